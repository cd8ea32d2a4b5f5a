"""The backbones of both papers: their names, their layers, and the weights that they start from."""
