"""A file for each dataset, or program, whose label files the library reads; `registry` has them in order."""
