"""Label files that are recognized, to say why they are not read."""

from __future__ import annotations

import re

from emotionet_tf.label_lists.datasets.coded_sequences import DatasetFormat


def _refused(name: str, title: str, label_file: str, refusal: str) -> DatasetFormat:
    return DatasetFormat(
        name,
        title,
        "",
        re.compile(label_file, re.IGNORECASE),
        read=lambda *_: (),
        picture_of=lambda _: None,
        picture_name=lambda *_: "",
        refusal=refusal,
    )


SMIC = _refused(
    "smic",
    "SMIC",
    r"/SMIC[^/]*\.xlsx$",
    "SMIC has emotions and no AU codes: it is for spotting expressions, not for AUs",
)
FEAFA = _refused(
    "feafa",
    "FEAFA",
    r"/\d{8}\.auw$",
    "FEAFA's 24 values are its own movements from 0 to 1, not FACS AUs: its fourth value is not AU4",
)
AFF_WILD2_COUNTS = _refused(
    "aff_wild2_counts",
    "Aff-Wild2 (test set)",
    r"/[^/]*expected_frames[^/]*\.txt$",
    "it counts the frames of Aff-Wild2's test videos, whose labels are not published",
)
