"""The number formats that a network can compute in while it trains; its weights are float32 in all of them."""

from __future__ import annotations

FLOAT32 = "float32"
BFLOAT16 = "bfloat16"
FLOAT16 = "float16"
PRECISIONS = (FLOAT32, BFLOAT16, FLOAT16)


def keras_policy(precision: str) -> str | None:
    """Returns the name of Keras's policy for layers that compute in a precision; None for the layers' own."""
    return None if precision == FLOAT32 else f"mixed_{precision}"
