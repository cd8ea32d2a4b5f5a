"""Tables of faces and their AUs: rows, file formats, other programs' layouts, what made them, and their summary."""
