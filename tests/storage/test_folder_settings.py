import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.storage import folder_settings
from emotionet_tf.storage.error_reports import REPORT_VARIABLE, read_report, report_error
from emotionet_tf.storage.folder_settings import OtherSettingsError, claim_folder


def test_same_settings_may_come_again_and_others_are_refused_with_every_difference(tmp_path):
    path = tmp_path / "run" / "settings.json"
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    with pytest.raises(
        UserError, match="kind was 'hard' and is now None; seed was 0 and is now 1; choose another"
    ):
        claim_folder(path, {"size": (1, 2), "seed": 1})


def test_process_that_asks_for_a_report_gets_the_folder_and_its_changes(tmp_path, monkeypatch):
    report = tmp_path / "report"
    claim_folder(tmp_path / "settings.json", {"seed": 0})
    with pytest.raises(OtherSettingsError) as error:
        claim_folder(tmp_path / "settings.json", {"seed": 1})
    report_error(error.value)
    assert read_report(report) == {}
    monkeypatch.setenv(REPORT_VARIABLE, str(report))
    report_error(error.value)
    assert read_report(report) == {
        "kind": "OtherSettingsError",
        "message": f"{tmp_path} was made with other settings: seed was 0 and is now 1; choose another output folder, "
        "or remove this one",
        "folder": str(tmp_path),
        "changes": ["seed was 0 and is now 1"],
    }


def test_run_that_the_other_keras_began_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_settings, "installed_versions", lambda: {"keras": "2.15.0"})
    claim_folder(tmp_path / "run.json", {"seed": 0})
    monkeypatch.setattr(folder_settings, "installed_versions", lambda: {"keras": "2.16.1"})
    claim_folder(tmp_path / "run.json", {"seed": 0}, is_of_one_keras=True)
    monkeypatch.setattr(folder_settings, "installed_versions", lambda: {"keras": "3.15.1"})
    claim_folder(tmp_path / "run.json", {"seed": 0})
    with pytest.raises(
        UserError, match=r"was begun with Keras 2\.15\.0, and this is Keras 3\.15\.1: resume it in"
    ):
        claim_folder(tmp_path / "run.json", {"seed": 0}, is_of_one_keras=True)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": 1}', "\udcff"])
def test_damaged_file_is_named(tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"settings\.json is damaged"):
        claim_folder(tmp_path / "settings.json", {})


def test_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="run is a file"):
        claim_folder(tmp_path / "run" / "settings.json", {})


def test_settings_that_did_not_exist_then_have_their_defaults_also_inside_others(tmp_path):
    path = tmp_path / "run.json"
    claim_folder(path, {"changes": {"flip": 0.5}})
    now, defaults = (
        {"changes": {"flip": 0.5, "border": 0.0}},
        {"changes": {"flip": 0.1, "border": 0.0}, "seed": 0},
    )
    claim_folder(path, {**now, "seed": 0}, defaults=defaults)
    with pytest.raises(OtherSettingsError, match="border"):
        claim_folder(path, {"changes": {"flip": 0.5, "border": 0.2}, "seed": 0}, defaults=defaults)
    with pytest.raises(OtherSettingsError, match="flip"):
        claim_folder(path, {"changes": {"flip": 0.1, "border": 0.0}, "seed": 0}, defaults=defaults)
