"""The detector that comes with the package, made from rendered and free faces alone."""
