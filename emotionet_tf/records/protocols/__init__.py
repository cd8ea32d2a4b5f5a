"""Evaluation protocols: which persons are tested together, by what was published or for any dataset."""
