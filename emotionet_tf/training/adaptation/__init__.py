"""Trained networks, fitted to photos of another kind without labels."""
