"""Cross-validation by person: a network for each tested part, and their scores averaged and pooled."""
