"""Several looks at an image inside a network."""
