"""A setting that is declared in a dataclass field is checked by its declaration."""

import math
from dataclasses import MISSING, dataclass, field, replace

import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True, kw_only=True)
class Config:
    view: str = setting(MISSING, "Crop.", choices=("near", "far"))
    steps: int = setting(5, "Steps.", at_least=1)
    share: float | None = setting(None, "Share.", above=0, at_most=1)
    rate: float = setting(0.1, "Rate.", at_least=0, at_most=1)
    points: tuple[float, ...] = setting((0.5,), "Points.", above=0, below=1)
    weights: dict[str, float] = setting(dict, "Weights.")
    free: int = field(default=-7)

    def __post_init__(self) -> None:
        check_settings(self, "run: ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"view": "side"}, "run: view must be one of near, far, got 'side'"),
        ({"view": None}, "run: view must be one of near, far, got None"),
        ({"steps": 0}, "run: steps must be at least 1, got 0"),
        ({"steps": math.inf}, "run: steps must be at least 1, got inf"),
        ({"share": 0}, "run: share must be above 0 and at most 1, got 0"),
        ({"share": 1.5}, "run: share must be above 0 and at most 1, got 1.5"),
        ({"rate": math.nan}, "run: rate must be between 0 and 1, got nan"),
        ({"points": (0.5, 1.0)}, "run: points must be above 0 and below 1, got (0.5, 1.0)"),
    ],
)
def test_invalid_value_is_named_with_what_it_must_be(changes, message):
    with pytest.raises(UserError) as raised:
        replace(Config(view="near"), **changes)
    assert str(raised.value) == message


def test_bounds_themselves_none_by_default_and_other_fields_are_valid():
    config = Config(view="far", steps=1, share=1, rate=0, points=(), free=-8)
    assert (config.share, Config(view="far").share, config.weights) == (1, None, {})


def test_setting_without_a_default_must_be_given():
    with pytest.raises(TypeError, match="view"):
        Config()
