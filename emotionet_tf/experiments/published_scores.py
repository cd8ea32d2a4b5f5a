"""The EmotioNet challenges' tables as data: what participants scored on their validation and test sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emotionet_tf.action_units import ACTION_UNITS, AUTOMATIC_AUS

CHALLENGES: Mapping[str, tuple[int, ...]] = {"2020": ACTION_UNITS, "2018": AUTOMATIC_AUS}
"""The AUs of each challenge: that of 2018 is "without AU 10, 15, 18, 24, 28, and 51-56" (Werner et al. 2020)."""


@dataclass(frozen=True)
class PublishedScore:
    """Final ranking scores of a model or participant on the challenges' sets; None where none is printed.

    Attributes:
      name: As the source writes it.
      kind: The heading that it stands below, such as "Competitors 2020".
      key: The row or fusion of ours that it is about; None for other participants.
      val_2020: Validation set, 23 AUs.
      test_2020: Test set, 23 AUs.
      val_2018: Validation set of 2018, 12 AUs.
      test_2018: Test set of 2018, 12 AUs.
    """

    name: str
    kind: str
    key: str | None
    val_2020: float | None = None
    test_2020: float | None = None
    val_2018: float | None = None
    test_2018: float | None = None


@dataclass(frozen=True)
class PublishedMeasures:
    """Mean accuracy and mean F1 of a model or participant on one set of the challenges; None where none is printed.

    Attributes:
      name: As the source writes it.
      key: The row or fusion of ours that it is about; None for other participants.
      accuracy_2020: 23 AUs.
      f1_2020: 23 AUs.
      accuracy_2018: 12 AUs.
      f1_2018: 12 AUs.
    """

    name: str
    key: str | None
    accuracy_2020: float | None
    f1_2020: float | None
    accuracy_2018: float | None = None
    f1_2018: float | None = None
