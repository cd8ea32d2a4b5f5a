"""The formats of lists that the library reads: a new one is a file beside this one, and its entry here.

A list is in the first of the formats that recognizes its first row, so that narrow formats stand before wide ones.
"""

from __future__ import annotations

from emotionet_tf.label_lists.formats.class_csv import CLASS_LIST
from emotionet_tf.label_lists.formats.emotionet import OPT_LIST, OPT_LIST_OF_URLS, TRAINING_LIST
from emotionet_tf.label_lists.formats.list_format import ListFormat
from emotionet_tf.label_lists.formats.plain_csv import CSV_OF_URLS, PLAIN_CSV

LABEL_FORMATS: tuple[ListFormat, ...] = (TRAINING_LIST, OPT_LIST, PLAIN_CSV)
"""Lists that say which AUs a photo shows."""

CLASS_FORMATS: tuple[ListFormat, ...] = (CLASS_LIST,)
"""Lists that say which person or category a photo shows."""

URL_FORMATS: tuple[ListFormat, ...] = (TRAINING_LIST, OPT_LIST_OF_URLS, CSV_OF_URLS)
"""Lists that say where photos can be fetched; no labels are needed."""
