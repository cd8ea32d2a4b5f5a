import pytest

from emotionet_tf.experiments.runner.placeholders import PACKAGE_DIR, filled


@pytest.mark.parametrize(
    ("text", "run", "expected"),
    [
        ("{run}/records/val", "/data/run", "/data/run/records/val"),
        ("--output_dir={run}", "/data/run", "--output_dir=/data/run"),
        ("--source=train={run}/a@{run}/b", "run", "--source=train=run/a@run/b"),
        # As pathlib writes what lies in the current folder.
        ("--csvs={run}/a,{run}", ".", "--csvs=a,."),
        ("{run}/a", "/", "/a"),
        ("--flagfile={package}/configs/x.flags", "run", f"--flagfile={PACKAGE_DIR}/configs/x.flags"),
        ("--group=run", "run", "--group=run"),
    ],
)
def test_folders_are_named_wherever_an_argument_has_them(text, run, expected):
    assert filled(text, run) == expected


def test_library_of_another_checkout_can_be_named():
    assert filled("{package}/configs", "run", "/lib/emotionet_tf") == "/lib/emotionet_tf/configs"
