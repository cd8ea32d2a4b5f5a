import re

import numpy as np
import pandas as pd
import pytest

from emotionet_tf.action_units import ACTION_UNITS, au_name
from emotionet_tf.errors import UserError
from emotionet_tf.inference.au_detector import ActionUnitDetector
from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.photos.reading import list_photos
from emotionet_tf.plots.examples import strongest_examples
from emotionet_tf.plots.results_page import check_results_page, write_results_page

ABOUT = {"model": "fast@12", "emotionet_tf": "0.1.0", "score": "how sure it is"}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return ActionUnitDetector(runtime="onnx").predict_table([FACES_DIR])


def examples_of(table, photos=None):
    places = photos or {name: FACES_DIR / name for name in list_photos(FACES_DIR)}
    aus = [au for au in ACTION_UNITS if au_name(au) in table]
    return strongest_examples(table, aus, places)


def test_page_of_photos_has_shares_and_the_strongest_examples_and_loads_nothing(table, tmp_path):
    write_results_page(tmp_path / "page.html", table, ABOUT, examples=examples_of(table))
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Action Units in 10 photos" in html and "fast@12" in html and "how sure it is" in html
    assert set(re.findall(r'(?:src|href)="([^"]{0,22})', html)) == {
        "data:image/png;base64,",
        "data:image/jpeg;base64",
    }
    smiles = html.partition("<h3>AU12 lip corner puller</h3>")[2].partition("<h3>")[0]
    shown = re.findall(r"<figcaption>([\d.]+) (\S+)</figcaption>", smiles)
    expected = table[table["AU12_decision"] == 1].nlargest(6, "AU12")
    assert shown == [(f"{row.AU12:.2f}", row.file) for row in expected.itertuples()] and len(shown) > 0
    count = int((table["AU12_decision"] == 1).sum())
    assert f'<td class="number">10</td>\n<td class="number">{count}</td>' in html


def test_page_of_a_video_has_its_timelines_and_no_examples(table, tmp_path):
    video = pd.concat([table.iloc[:1]] * 5, ignore_index=True)
    video = video.assign(file="clip.mp4", frame=range(5), seconds=np.arange(5) / 25, face_id=[0, 0, 0, 1, 1])
    write_results_page(tmp_path / "page.html", video, ABOUT)
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "5 faces in 5 frames of clip.mp4." in html
    assert re.findall(r'<img alt="(clip[^"]*)"', html) == ["clip.mp4, face 0", "clip.mp4, face 1"]
    assert "Strongest examples" not in html


def test_page_of_photos_without_a_face_says_so(table, tmp_path):
    scores = [name for name in table if re.match(r"AU\d+", name) and "threshold" not in name]
    nobody = table.iloc[:1].assign(found=0).astype(dict.fromkeys(scores, "Float64"))
    nobody[scores] = pd.NA
    write_results_page(tmp_path / "page.html", nobody, ABOUT, examples=examples_of(nobody))
    assert "0 faces in 1 photos." in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_names_are_escaped(table, tmp_path):
    odd = table.iloc[:1].assign(file="<b>.jpg")
    write_results_page(
        tmp_path / "page.html",
        odd,
        ABOUT,
        examples=examples_of(odd, {"<b>.jpg": FACES_DIR / list_photos(FACES_DIR)[0]}),
    )
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<b>.jpg" not in html and "&lt;b&gt;.jpg" in html


@pytest.mark.parametrize(
    ("path", "table_format", "message"),
    [
        ("page.pdf", None, "--report=page.pdf must end in .html"),
        ("page.html", "openface", "--report is made of our own table; leave out --format"),
        (".", None, "must end in .html"),
    ],
)
def test_page_that_cannot_be_made_is_refused_at_once(path, table_format, message):
    with pytest.raises(UserError, match=message):
        check_results_page(path, table_format)


def test_page_names_aus_that_emotionet_lacks(table, tmp_path):
    names = {
        "AU06": "AU07",
        "AU12": "AU12L",
        "AU06_decision": "AU07_decision",
        "AU12_decision": "AU12L_decision",
    }
    renamed = table.rename(columns=names)
    write_results_page(tmp_path / "page.html", renamed, ABOUT)
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "lid tightener" in html and "lip corner puller, left" in html and "cheek raiser" not in html
