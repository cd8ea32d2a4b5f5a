"""The kinds of intensity outputs, without TensorFlow."""

REGRESSION, ORDINAL = "regression", "ordinal"
KINDS = ("none", REGRESSION, ORDINAL)
"""No intensities; 5 sigmoid(logit); or the sum of five probabilities, of at least 1, 2, 3, 4 and 5."""
