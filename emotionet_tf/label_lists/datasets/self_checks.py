"""A reading of a whole dataset beside what is published of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, PublishedCounts

_TOLERANCE = 0.01
"""Of a share: lists that drop some frames without a face differ by less from one that keeps all."""


def compare_with_published(
    published: PublishedCounts, sequences: Sequence[CodedSequence], labels: Sequence[np.ndarray] | None
) -> str:
    """Returns a sentence that says what of a whole dataset is as published, and what is not; "" where it is not whole.

    Args:
      published: What is known of it.
      sequences: All its videos.
      labels: Of each, [n, AUs]: 1 present, 0 absent, NaN unknown; None where they are not what the shares are of.
    """
    persons = {one.person for one in sequences}
    if len(persons) < published.num_persons:
        return ""
    num_rows = sum(len(one.frames) for one in sequences)
    differences = []
    if published.num_rows and num_rows != published.num_rows:
        differences.append(f"{num_rows:,} rows, published are {published.num_rows:,}")
    if published.num_sequences and len(sequences) != published.num_sequences:
        differences.append(f"{len(sequences):,} sequences, published are {published.num_sequences:,}")
    shares = published.shares if labels is not None else {}
    for au, expected in shares.items():
        share = _share_of(au, sequences, labels or ())
        if not abs(share - expected) <= _TOLERANCE:
            differences.append(f"{au_name(au)} present in {share:.3f}, published {expected:.3f}")
    if differences:
        return "differs from what is published: " + "; ".join(differences)
    also = f" and the shares of {len(shares)} AUs" if shares else ""
    return f"{'rows' if published.num_rows else 'sequences'}{also} are as published"


def _share_of(au: int, sequences: Sequence[CodedSequence], labels: Sequence[np.ndarray]) -> float:
    """Returns the share of known labels of an AU that are positive; NaN where none is known."""
    columns = [
        array[:, one.aus.index(au)] for one, array in zip(sequences, labels, strict=True) if au in one.aus
    ]
    values = np.concatenate(columns) if columns else np.empty(0)
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan
