"""The datasets whose label files the library reads: a new one is a file in `readers/`, and its entry here."""

from __future__ import annotations

from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.datasets.coded_sequences import DatasetFormat
from emotionet_tf.label_lists.datasets.label_folders import LabelFolder
from emotionet_tf.label_lists.datasets.readers.aff_wild2 import AFF_WILD2
from emotionet_tf.label_lists.datasets.readers.aff_wild2_mtl import AFF_WILD2_MTL
from emotionet_tf.label_lists.datasets.readers.bp4d import BP4D, BP4D_PLUS, EB_PLUS
from emotionet_tf.label_lists.datasets.readers.casme2 import CASME2
from emotionet_tf.label_lists.datasets.readers.ck_plus import CK_PLUS
from emotionet_tf.label_lists.datasets.readers.disfa import DISFA
from emotionet_tf.label_lists.datasets.readers.disfa_plus import DISFA_PLUS
from emotionet_tf.label_lists.datasets.readers.elan import ELAN
from emotionet_tf.label_lists.datasets.readers.mmi import MMI
from emotionet_tf.label_lists.datasets.readers.not_read import AFF_WILD2_COUNTS, FEAFA, SMIC
from emotionet_tf.label_lists.datasets.readers.observer_xt import OBSERVER_XT
from emotionet_tf.label_lists.datasets.readers.raf_au import RAF_AU
from emotionet_tf.label_lists.datasets.readers.samm import SAMM
from emotionet_tf.label_lists.datasets.readers.unbc_pain import UNBC_PAIN

DATASET_FORMATS: tuple[DatasetFormat, ...] = (
    DISFA,
    DISFA_PLUS,
    BP4D,
    BP4D_PLUS,
    EB_PLUS,
    CK_PLUS,
    UNBC_PAIN,
    AFF_WILD2,
    AFF_WILD2_MTL,
    RAF_AU,
    CASME2,
    SAMM,
    MMI,
    ELAN,
    OBSERVER_XT,
)
"""Those that are read, in the order of the manual's table."""

REFUSED_FORMATS: tuple[DatasetFormat, ...] = (SMIC, FEAFA, AFF_WILD2_COUNTS)
"""Those that are recognized, to say why they are not read."""


def find_dataset(path: Path, name: str = "") -> DatasetFormat | None:
    """Returns the format of a dataset's folder or file; None where it is none that is known.

    Args:
      path: The folder or file.
      name: The format's name; empty finds it by the layout.
    Raises:
      UserError: If there is no format of this name, the folder does not look like it, has the label files of several
        datasets, or those of one that is not read.
    """
    folder = LabelFolder.of(path)
    if name:
        return _named(folder, name)
    found = [one for one in DATASET_FORMATS if one.recognizes(folder)]
    if len(found) > 1:
        titles = " and of ".join(one.title for one in found)
        names = " or ".join(f"--label_format={one.name}" for one in found)
        raise UserError(f"{path} has label files of {titles}: name one's folder, or give {names}")
    if not found and (refused := next((one for one in REFUSED_FORMATS if one.recognizes(folder)), None)):
        raise UserError(f"{path} is not read: {refused.refusal}")
    return found[0] if found else None


def _named(folder: LabelFolder, name: str) -> DatasetFormat:
    named = next((one for one in DATASET_FORMATS if one.name == name), None)
    if named is None:
        known = ", ".join(one.name for one in DATASET_FORMATS)
        raise UserError(f"label format '{name}' must be one of {known}")
    if not folder.root.exists():
        raise UserError(f"{folder.root}: no such label list")
    if not folder.matching(named.label_file):
        raise UserError(f"{folder.root}: not {named.title}, which is {named.looks}")
    return named
