"""Which commands, in which order, make a result."""
