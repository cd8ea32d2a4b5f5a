"""What a file of a network is checked for before Keras sees it: models are data, and no code in them is run."""
