"""A run's scores, with intervals over persons and seeds."""
