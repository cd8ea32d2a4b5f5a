"""The names of classes, persons or categories, as folders and lists have them."""

from __future__ import annotations

import sys
import unicodedata

from emotionet_tf.label_lists.rejection_reasons import CLASS_IS_NO_TEXT, LINE_FEED_IN_CLASS, NO_CLASS


def clean_class_name(text: str) -> str:
    """Returns a class's name without the blanks around it, in composed Unicode (NFC).

    An accented letter of one code point and the same letter of two, as some systems name folders, are one class.
    """
    # A million rows have few classes; interned, they share the names.
    return sys.intern(unicodedata.normalize("NFC", text.strip()))


def class_name_problem(name: str | None) -> str:
    """Returns why a name cannot be a class's; empty where it can, or where there is to be none."""
    if name == "":
        return NO_CLASS
    if name and "\n" in name:
        return LINE_FEED_IN_CLASS
    # What a reader puts in place of bytes that are not UTF-8: two names would become one.
    return CLASS_IS_NO_TEXT if name and "\ufffd" in name else ""
