"""TFRecord datasets on disk: what a folder of records holds, and how it is written, read, checked and repaired."""
