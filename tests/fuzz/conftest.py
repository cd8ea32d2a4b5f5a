"""How long the fuzz tests search: a few examples in CI, always the same; thousands by HYPOTHESIS_PROFILE=long."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

# A reader that takes 10 seconds for a file of a few kilobytes hangs; CI's machines are shared, so no less.
COMMON = {
    "deadline": timedelta(seconds=10),
    "print_blob": True,
    "suppress_health_check": [
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
}
settings.register_profile("ci", max_examples=20, derandomize=True, database=None, **COMMON)
settings.register_profile("long", max_examples=3000, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
