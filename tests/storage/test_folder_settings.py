import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.storage.folder_settings import claim_folder, parse_refusal


def test_same_settings_may_come_again_and_others_are_refused_with_every_difference(tmp_path):
    path = tmp_path / "run" / "settings.json"
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    with pytest.raises(
        UserError, match="kind was 'hard' and is now None; seed was 0 and is now 1; choose another"
    ):
        claim_folder(path, {"size": (1, 2), "seed": 1})


def test_refusal_names_its_folder_to_who_can_remove_it(tmp_path):
    claim_folder(tmp_path / "settings.json", {"seed": 0})
    with pytest.raises(UserError) as error:
        claim_folder(tmp_path / "settings.json", {"seed": 1})
    refusal = f"{tmp_path} was made with other settings: seed was 0 and is now 1"
    assert parse_refusal(str(error.value)) == (tmp_path, refusal)
    assert parse_refusal(f"{tmp_path}: No space left on device") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": 1}', "\udcff"])
def test_damaged_file_is_named(tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"settings\.json is damaged"):
        claim_folder(tmp_path / "settings.json", {})


def test_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="run is a file"):
        claim_folder(tmp_path / "run" / "settings.json", {})
