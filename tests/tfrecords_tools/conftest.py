import pytest
from preparation_inputs import BrightnessDetector

from emotionet_tf.preparation import chunk_worker


@pytest.fixture
def detector(monkeypatch):
    """Takes the place of the detector that workers build."""
    stub = BrightnessDetector()
    monkeypatch.setattr(chunk_worker, "build_detector", lambda choice: stub)
    return stub
