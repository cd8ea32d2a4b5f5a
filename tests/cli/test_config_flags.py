"""Flags are made from a dataclass's settings, and give the dataclass back."""

from dataclasses import MISSING, dataclass

import pytest
from absl import flags
from absl.testing import flagsaver

from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.errors import UserError
from emotionet_tf.settings import setting
from emotionet_tf.training.pretrain_config import PretrainConfig
from emotionet_tf.training.run_options import RunOptions
from emotionet_tf.training.train_config import TrainConfig


@dataclass(frozen=True)
class Blur:
    radius_px: float = setting(2.0, "Radius.")
    sides: tuple[int, int] = setting((3, 5), {"min": "Least.", "max": "Largest."}, at_least=1)


NO_BLUR = Blur(radius_px=0.0)


@dataclass(frozen=True, kw_only=True)
class Config:
    photos: tuple[str, ...] = setting(MISSING, "Photos.", flag="cf_photo", is_repeated=True)
    extra: tuple[str, ...] | None = setting(None, "More photos.", flag="cf_extra", is_repeated=True)
    steps: int = setting(5, "Steps.", flag="cf_steps", at_least=1)
    view: str = setting("near", "Crop.", flag="cf_view", choices=("near", "far"))
    is_fast: bool = setting(False, "Or slow.", flag="cf_fast")
    share: float | None = setting(None, "Share.", flag="cf_share", from_flag=lambda share: share or None)
    points: tuple[float, ...] = setting((0.5, 0.75), "Points.", flag="cf_points")
    words: tuple[str, ...] = setting((), "Words.", flag="cf_words")
    blur: Blur = setting(Blur, "Blur.", flag="cf_blur", off_value=NO_BLUR)
    computed: int = 3


made: dict[str, ConfigFlags[Config]] = {}


@pytest.fixture(scope="module", autouse=True)
def own_flags():
    """Defines the flags for these tests alone: the process has others, for which a required flag would be missing."""
    made["config"] = ConfigFlags(Config)
    yield
    flags.FLAGS.remove_flag_values([name for name in flags.FLAGS if name.startswith("cf_")])


def parse(*arguments: str) -> Config:
    with flagsaver.flagsaver():
        flags.FLAGS.unparse_flags()
        # Other commands' flags that must be given are of no interest here.
        flags.FLAGS(["command", *arguments], known_only=True)
        return made["config"].build()


@pytest.fixture(autouse=True)
def without_required(monkeypatch):
    monkeypatch.setattr(flags.FlagValues, "validate_all_flags", lambda self: None)


def test_defaults_are_the_dataclass_s():
    assert parse("--cf_photo=a") == Config(photos=("a",))


def test_every_kind_of_flag_reaches_its_field():
    arguments = (
        "--cf_photo=a",
        "--cf_photo=b,c",
        "--cf_steps=7",
        "--cf_view=far",
        "--cf_fast",
        "--cf_share=0.5",
    )
    lists = ("--cf_points=0.1, 0.2", "--cf_words=x, y")
    nested = ("--cf_blur_radius_px=4", "--cf_blur_sides_min=2", "--cf_blur_sides_max=9")
    assert parse(*arguments, *lists, *nested) == Config(
        photos=("a", "b,c"),
        steps=7,
        view="far",
        is_fast=True,
        share=0.5,
        points=(0.1, 0.2),
        words=("x", "y"),
        blur=Blur(4.0, (2, 9)),
    )


def test_nested_settings_are_turned_off_together():
    assert parse("--cf_photo=a", "--nocf_blur", "--cf_blur_radius_px=4").blur == NO_BLUR


def test_value_of_a_flag_is_converted():
    assert parse("--cf_photo=a", "--cf_share=0").share is None


def test_list_of_other_than_numbers_is_refused():
    with pytest.raises(UserError, match="^--cf_points takes numbers such as 0.5,0.75, got '0.5,half'$"):
        parse("--cf_photo=a", "--cf_points=0.5,half")


def test_help_has_the_range_and_required_flags_are_marked():
    assert flags.FLAGS["cf_steps"].help == "Steps. At least 1."
    assert flags.FLAGS["cf_blur_sides_max"].help == "Largest. At least 1."
    assert flags.FLAGS["cf_photo"].default is None
    assert "cf_computed" not in flags.FLAGS and "computed" not in flags.FLAGS


@pytest.mark.parametrize("config", [TrainConfig, PretrainConfig, RunOptions])
def test_every_field_of_a_run_is_a_setting(config):
    fields = config.__dataclass_fields__.values()
    assert [field.name for field in fields if "setting" not in field.metadata] == []
