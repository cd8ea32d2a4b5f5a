import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.run_settings import claim_folder


def test_same_settings_may_come_again_and_others_are_refused_with_every_difference(tmp_path):
    path = tmp_path / "run" / "settings.json"
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    claim_folder(path, {"size": (1, 2), "seed": 0, "kind": "hard"})
    with pytest.raises(
        UserError, match="kind was 'hard' and is now None; seed was 0 and is now 1; choose another"
    ):
        claim_folder(path, {"size": (1, 2), "seed": 1})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"settings": 1}', "\udcff"])
def test_damaged_file_is_named(tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=r"settings\.json is damaged"):
        claim_folder(tmp_path / "settings.json", {})


def test_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="run is a file"):
        claim_folder(tmp_path / "run" / "settings.json", {})
