"""Flags of earlier flagfiles and scripts are still there, with their defaults."""

from pathlib import Path

import pytest
from command_flags import default_of_flags

LINES = [line for line in Path(__file__).with_name("flags.txt").read_text().splitlines() if line[0] != "#"]
MODULES = sorted({line.split(" ")[0] for line in LINES})


@pytest.mark.parametrize("module", MODULES)
def test_no_flag_is_lost_and_no_default_is_changed(module):
    now = {f"{module} --{name}={default}" for name, default in default_of_flags(module).items()}
    assert {line for line in LINES if line.startswith(f"{module} ")} <= now
