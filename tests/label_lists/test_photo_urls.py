import pytest

from emotionet_tf.errors import UserError
from emotionet_tf.label_lists.photo_urls import OpenUrlList, PhotoUrls
from emotionet_tf.label_lists.rejection_reasons import RejectedRow
from emotionet_tf.label_lists.streaming import open_label_list

URL = "https://example.invalid/Images/N_0000000201/N_0000000201_{:05d}.jpg"
ORIGINAL = "http://example.invalid/a.jpg"
OPT_HEADER = "URL,URL orig," + ",".join(f" 'AU {au}'" for au in range(1, 61))
ZEROS = ["0"] * 60


def photos_of(tmp_path, *pairs, opt=False):
    """What is read of a list whose rows have these URLs and original URLs."""
    separator = "," if opt else "\t"
    lines = [OPT_HEADER] if opt else []
    lines += [separator.join([*pair, *ZEROS]) for pair in pairs]
    path = tmp_path / "list"
    path.write_text("\n".join(lines) + "\n", newline="")
    return list(OpenUrlList(path))


@pytest.mark.parametrize("opt", [False, True])
def test_photo_of_a_list_has_its_urls_line_and_place(tmp_path, opt):
    expected = PhotoUrls(
        "N_0000000201_00001",
        URL.format(1),
        ORIGINAL,
        line=1 + opt,
        photo="N_0000000201/N_0000000201_00001.jpg",
    )
    assert photos_of(tmp_path, (URL.format(1), ORIGINAL), opt=opt) == [expected]
    assert expected.urls == (URL.format(1), ORIGINAL)


@pytest.mark.parametrize(
    ("cells", "urls"),
    [
        ((f" '{URL.format(1)}' ", f"'{ORIGINAL}'"), (URL.format(1), ORIGINAL)),
        ((URL.format(1), ""), (URL.format(1),)),
        ((URL.format(1), "unknown"), (URL.format(1),)),
        ((URL.format(1), "ftp://example.invalid/a.jpg"), (URL.format(1),)),
        ((URL.format(1), "http://[::1"), (URL.format(1),)),
        ((URL.format(1), "http://"), (URL.format(1),)),
        ((URL.format(1), "http://example.invalid:port/a.jpg"), (URL.format(1),)),
        ((URL.format(1), "http://example.invalid/caf\ufffd.jpg"), (URL.format(1),)),
        ((URL.format(1), URL.format(1)), (URL.format(1),)),
        (
            (URL.format(1), "HTTP://example.invalid/my photo.jpg"),
            (URL.format(1), "HTTP://example.invalid/my%20photo.jpg"),
        ),
        (("N_0000000201/N_0000000201_00001.jpg", ORIGINAL), (ORIGINAL,)),
    ],
)
@pytest.mark.parametrize("opt", [False, True])
def test_addresses_that_cannot_be_fetched_are_left_out(tmp_path, cells, urls, opt):
    good = (URL.format(2), ORIGINAL)  # tells the training list's format
    photo, _ = photos_of(tmp_path, good, cells, opt=opt)[::-1]
    assert (photo.example_id, photo.urls) == ("N_0000000201_00001", urls)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("", ORIGINAL), "no id"),
        (("", ""), "no id"),
        (("N_0000000201_00001.jpg", ""), "no URL that begins with http:// or https://"),
        ((URL.format(1), ORIGINAL, "0"), "63 fields instead of 62"),
        (
            ("https://example.invalid/..", ""),
            "id is no photo's file name: it has a name that begins with a dot",
        ),
    ],
)
def test_row_that_cannot_be_fetched_is_rejected_with_reason(tmp_path, cells, reason):
    _, bad = photos_of(tmp_path, (URL.format(2), ORIGINAL), cells)
    assert isinstance(bad, RejectedRow)
    assert (bad.line, bad.reason) == (2, reason)


def test_plain_csv_may_have_urls_as_paths(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        f"id,path,AU12\nann.jpg,http://example.invalid/x.jpg,1\n,{URL.format(3)},0\nb.jpg,b.jpg,0\n"
    )
    first, second, third = OpenUrlList(path)
    assert (first.photo, first.urls) == ("ann.jpg", ("http://example.invalid/x.jpg",))
    assert second.photo == "N_0000000201/N_0000000201_00003.jpg"
    assert isinstance(third, RejectedRow)
    assert [row.example_id for row in open_label_list(path)] == [
        row.example_id for row in (first, second, third)
    ]


def test_photo_that_is_listed_twice_comes_twice(tmp_path):
    first, second = photos_of(
        tmp_path, (URL.format(1), ORIGINAL), ("http://other.invalid/N_0000000201_00001.png", "")
    )
    assert (first.line, second.line) == (1, 2)
    assert first.photo == second.photo


def test_list_that_names_no_photos_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("name,AU12\nx,1\n")
    with pytest.raises(
        UserError,
        match=r"list.csv: not a list of photos' URLs; .*must be one of: .*a column 'path' with URLs",
    ):
        OpenUrlList(path)
