"""A run from start to end: checkpoints, stops, recovery."""
