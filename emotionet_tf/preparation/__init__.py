"""From label lists and photos to records of both views in one pass: planned, prepared in chunks by Beam, joined."""
