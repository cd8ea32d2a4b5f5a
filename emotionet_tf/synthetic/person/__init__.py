"""One person: the shape of the head, its expressions, skin and hair."""
