"""What the renderer's loops compile to is kept, and never outlives an edit of any of its modules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
from emotionet_tf.synthetic.rendering.compiled import kernel
from emotionet_tf.synthetic.rendering.shadow import BIAS


@kernel()
def bias():
    return BIAS


if __name__ == "__main__":
    from emotionet_tf.synthetic.rendering.probe import bias
    print(bias(), sum(bias.stats.cache_hits.values()))
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    shutil.copytree(
        ROOT / "emotionet_tf",
        tmp_path / "emotionet_tf",
        ignore=shutil.ignore_patterns("configs", "__pycache__"),
    )
    (tmp_path / "emotionet_tf" / "synthetic" / "rendering" / "probe.py").write_text(PROBE)
    return tmp_path


def probed(checkout: Path) -> list[str]:
    """What the loop returns, and how often it was found compiled."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "XDG_CACHE_HOME": str(checkout / "cache")}
    command = [sys.executable, "-m", "emotionet_tf.synthetic.rendering.probe"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=checkout, check=True)
    return run.stdout.split()


@pytest.mark.slow
def test_an_edited_constant_of_another_module_is_seen_at_once(checkout):
    assert probed(checkout) == ["0.02", "0"]
    assert probed(checkout) == ["0.02", "1"]
    shadow = checkout / "emotionet_tf" / "synthetic" / "rendering" / "shadow.py"
    shadow.write_text(shadow.read_text().replace("BIAS = 0.02", "BIAS = 0.5"))
    assert probed(checkout) == ["0.5", "0"]
    assert len(list((checkout / "cache" / "emotionet_tf").glob("kernels-*"))) == 2
