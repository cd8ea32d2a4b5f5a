"""Face detectors: what they take and give, each in a file, and which one looks at a photo."""
