from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from small_ownnet import VARIABLE, build_small

from emotionet_tf.models.backbones import ownnet

BUILD_OWNNET = ownnet.build_ownnet


@pytest.fixture(scope="module", autouse=True)
def small_ownnet() -> Iterator[None]:
    """Lets trainings, in this process and in warm commands, take a small network: they are not about the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ownnet, "build_ownnet", build_small)
        patch.setitem(os.environ, VARIABLE, "1")
        yield


@pytest.fixture
def full_ownnet(small_ownnet, monkeypatch) -> None:
    """Gives a test OwnNet itself, in this process."""
    monkeypatch.setattr(ownnet, "build_ownnet", BUILD_OWNNET)
