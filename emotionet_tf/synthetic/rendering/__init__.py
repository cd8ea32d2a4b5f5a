"""From a person, a pose and a scene to a photo."""
