"""Fig. 2's OpenFace baseline."""
