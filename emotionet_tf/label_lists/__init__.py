"""Label lists say for each photo which AUs are active, or of what class it is; `formats` has a file for each kind."""
