"""Which records of a folder can be used, and how the others are repaired."""
