"""From planned photos to sets with label lists and a truth table."""
