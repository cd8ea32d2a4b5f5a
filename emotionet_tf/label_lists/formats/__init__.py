"""The formats of label lists, one file each: which columns say what."""
