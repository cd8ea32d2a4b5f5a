"""A reading of a whole dataset beside what is published of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotionet_tf.action_units import au_name
from emotionet_tf.label_lists.datasets.coded_sequences import CodedSequence, PublishedCounts

_TOLERANCE = 0.01
"""Of a share: lists that drop some frames without a face differ by less from one that keeps all."""


def compare_with_published(
    published: PublishedCounts, sequences: Sequence[CodedSequence], labels: Sequence[np.ndarray]
) -> str:
    """Returns a sentence that says what of a whole dataset is as published, and what is not; "" where it is not whole.

    Args:
      published: What is known of it.
      sequences: All its videos.
      labels: Of each, [n, AUs]: 1 present, 0 absent, NaN unknown.
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
    for au, expected in published.shares.items():
        columns = [
            array[:, one.aus.index(au)] for one, array in zip(sequences, labels, strict=True) if au in one.aus
        ]
        values = np.concatenate(columns) if columns else np.empty(0)
        known = values[~np.isnan(values)]
        share = known.mean() if len(known) else np.nan
        if not abs(share - expected) <= _TOLERANCE:
            differences.append(f"{au_name(au)} present in {share:.3f}, published {expected:.3f}")
    if differences:
        return "differs from what is published: " + "; ".join(differences)
    shares = f" and the shares of {len(published.shares)} AUs" if published.shares else ""
    return f"{'rows' if published.num_rows else 'sequences'}{shares} are as published"
