import random
from pathlib import Path

import pytest

from emotionet_tf.label_lists.photo_ids import example_id
from emotionet_tf.label_lists.photo_places import place_key, stored_photo_path

HOSTILE = [
    "..",
    "../x.jpg",
    "a/../../x.jpg",
    "/etc/x.jpg",
    "//server/share/x.jpg",
    "C:\\x.jpg",
    "C:x.jpg",
    "..\\..\\x.jpg",
    "a//x.jpg",
    "~/\0.jpg",
    "x\0.jpg",
    "a\nb.jpg",
    ".hidden.jpg",
    "a/.git/x.jpg",
    "x.jpg.",
    "x.jpg ",
    "a /x.jpg",
    "CON.jpg",
    "a/nul .txt.jpg",
    "com\u00b9.jpg",
    "aux/x.jpg",
    "x.jpg:stream.jpg",
    "x?.jpg",
    "*.jpg",
    "\u202egpj.x.jpg",
    "\udc80.jpg",
    "caf\ufffd.jpg",
    "x" * 300 + ".jpg",
    "\u00e4" * 101 + ".jpg",
    "/".join(["folder"] * 150) + "/x.jpg",
    "N_1_" + "2" * 300,
    "a.jpg/b.jpg",
    "x.php",
    "x",
    ".jpg",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_id_that_is_no_harmless_name_everywhere_is_refused(name):
    with pytest.raises(ValueError, match="id is no photo's file name"):
        stored_photo_path(name)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("N_0000000201_00001", "N_0000000201/N_0000000201_00001.jpg"),
        ("face.JPG", "face.JPG"),
        ("a b/\u00fc\u4e2d.png", "a b/\u00fc\u4e2d.png"),
        ("%2e%2e%2fx.jpg", "%2e%2e%2fx.jpg"),
        ("console.jpg", "console.jpg"),
        ("..x/y.jpg", None),
    ],
)
def test_photo_is_stored_under_its_id_and_found_by_it(name, path):
    if path is None:
        with pytest.raises(ValueError, match="dot"):
            stored_photo_path(name)
        return
    assert stored_photo_path(name) == path
    assert example_id(path) == name


def test_whatever_a_list_says_the_place_is_below_the_folder_and_gives_the_id_back():
    chance = random.Random(8)
    pieces = [
        *"./\\:%?#*~ \0\n\t'\"",
        "..",
        "../",
        "%2f",
        "%2e",
        "N_1_2",
        ".jpg",
        ".png",
        "x",
        "\u00e9",
        "e\u0301",
    ]
    pieces += ["http://", "https://h", "file:///", "\u2024", "\uff0f", "CON", "\u202e", "\udcff", "C:"]
    num_stored = 0
    root = Path("/out")
    for _ in range(10_000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 8))) + chance.choice(["", ".jpg"])
        name = example_id(text)
        try:
            path = stored_photo_path(name)
        except ValueError:
            continue
        num_stored += 1
        target = root / path
        assert target.resolve().is_relative_to(root)
        assert target != root
        assert ".." not in target.parts
        assert example_id(path) == name
    assert num_stored > 500


def test_names_that_some_disks_take_for_one_have_one_key():
    assert place_key("a/\u00c9.jpg") == place_key("A/e\u0301.JPG")
    assert place_key("a/e.jpg") != place_key("a/f.jpg")
