"""The packages that a preparation needs on this machine, looked for before anything is read."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from emotionet_tf.errors import UserError
from emotionet_tf.faces.detectors.registry import DETECTORS

NEEDS_BEAM = UserError("preparing data needs Apache Beam: pip install 'emotionet_tf[beam]'")


def check_packages(detectors: Iterable[str]) -> None:
    """Raises UserError, which says how to get it, if Beam or a detector's package is not installed.

    They are looked for and not imported, which would take seconds.
    """
    if find_spec("apache_beam") is None:
        raise NEEDS_BEAM
    for name in detectors:
        DETECTORS[name].check_package()
