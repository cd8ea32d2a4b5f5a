"""Photos as found: their kinds, limits and decoding. Nothing about faces."""
