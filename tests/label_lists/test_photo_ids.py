import pytest

from emotionet_tf.label_lists.photo_ids import example_id, relative_photo_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 'https://example.invalid/Images/N_0000000002/N_0000000002_00001.jpg'", "N_0000000002_00001"),
        ("photos/N_0000000002_00001.png", "N_0000000002_00001"),
        ("https://example.invalid/some/where/face.jpg?size=3", "face.jpg"),
        ("a/b/face.jpg", "a/b/face.jpg"),
        ("a\\b\\face.jpg", "a/b/face.jpg"),
        ("./face.jpg", "face.jpg"),
        ("N_0000000002_00001#1", "N_0000000002_00001#1"),
        ("", ""),
    ],
)
def test_id_is_the_emotionet_stem_or_the_path(text, expected):
    assert example_id(text) == expected


def test_photo_path_is_folder_and_file_of_a_url():
    assert (
        relative_photo_path("https://example.invalid/Images/N_0000000002/N_0000000002_00007.jpg")
        == "N_0000000002/N_0000000002_00007.jpg"
    )
    assert relative_photo_path("x/y/z.jpg") == "x/y/z.jpg"
