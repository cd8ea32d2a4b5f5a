import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import warm_commands
from tensorflow import keras

import emotionet_tf.configs
from emotionet_tf.errors import UserError
from emotionet_tf.models import ModelConfig, build_model, load_model, save_model
from emotionet_tf.models.multi_head import head_layer_name
from emotionet_tf.stream.augmentation_ranges import NO_AUGMENTATION
from emotionet_tf.stream.batches import evaluation_stream
from emotionet_tf.stream.sources import Source
from emotionet_tf.training.adaptation import heads as refitting
from emotionet_tf.training.adaptation.config import HeadRefitConfig
from emotionet_tf.training.adaptation.discriminants import FeaturePart, fit_discriminants, spread_of
from emotionet_tf.training.adaptation.heads import refit_heads

CONFIG = ModelConfig(
    "ownnet1",
    (1, 12),
    "close_up",
    ("opt", "free"),
    "opt",
    image_size_px=32,
    crop_size_px=32,
    learnt={"opt": (1,), "free": (1, 12)},
)


@pytest.fixture
def model_dir(tmp_path: Path) -> str:
    keras.utils.set_random_seed(0)
    save_model(build_model(CONFIG), CONFIG, tmp_path / "model", "last")
    return str(tmp_path / "model")


@pytest.fixture(autouse=True)
def few_labels(monkeypatch):
    monkeypatch.setattr(refitting, "_FEWEST", 3)


def refit_of(model_dir: str, source: Source, other: str, output_dir: Path, **settings) -> HeadRefitConfig:
    return HeadRefitConfig(
        model_dir=model_dir,
        sources=(source,),
        records_dir=other,
        output_dir=str(output_dir),
        augmentation=NO_AUGMENTATION,
        **{"batch_size": 6, "num_images": 24, **settings},
    )


def seen_by(model_dir: str, records: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns features, labels and mask of all records, in their order."""
    network = load_model(model_dir).network
    trunk = keras.Model(network.inputs, network.get_layer("dropout").output)
    stream = evaluation_stream(records, view="close_up", batch_size=8, image_size_px=32, aus=CONFIG.aus)
    batches = [
        (trunk({"image": batch["image"]}, training=False).numpy(), batch["labels"], batch["mask"])
        for batch in stream
    ]
    return tuple(np.concatenate(one).astype(np.float64) for one in zip(*batches, strict=True))


@pytest.mark.slow
def test_head_becomes_the_discriminants_of_its_photos(model_dir, make_records, tmp_path, capsys):
    labelled, other = make_records("opt", 24, size_px=32), make_records("mine", 24, first=50, size_px=32)
    config = refit_of(model_dir, Source("opt", labelled), other, tmp_path / "refitted")
    path = refit_heads(config)
    assert path == tmp_path / "refitted" / "last.keras"
    before, after = load_model(model_dir), load_model(tmp_path / "refitted")

    # 24 images in batches of six are each record once; in another order the sums are the same.
    features, labels, mask = seen_by(model_dir, labelled)
    spread = spread_of(seen_by(model_dir, other)[0])
    kernel, bias = after.network.get_layer(head_layer_name("opt")).get_weights()
    parts = [FeaturePart(np.arange(features.shape[1]), spread, config.shrinkage)]
    for column, expected in enumerate(fit_discriminants(features, labels, mask, parts, 0.1)):
        np.testing.assert_allclose(kernel[:, column], expected.weights, rtol=1e-3, atol=1e-6)
        assert bias[column] == pytest.approx(expected.bias, rel=1e-3, abs=1e-5)

    changed = {
        weight.name.partition("/")[0]
        for weight, old, new in zip(
            before.network.weights, before.network.get_weights(), after.network.get_weights(), strict=True
        )
        if (old != new).any()
    }
    assert changed <= {"head_opt", "kernel", "bias"} and changed
    np.testing.assert_array_equal(
        after.network.get_layer("head_free").get_weights()[0],
        before.network.get_layer("head_free").get_weights()[0],
    )
    # The head had not learnt AU 12.
    assert dict(after.config.learnt) == {"opt": (1, 12), "free": (1, 12)}
    assert "head opt fitted: 1, 12\n" in capsys.readouterr().out
    content = json.loads((tmp_path / "refitted" / "refit_heads.json").read_text())
    assert content["fitted_aus"] == {"opt": [1, 12]} and set(content["records_checksums"]) == {
        labelled,
        other,
    }

    refit_heads(dataclasses.replace(config, output_dir=str(tmp_path / "again")))
    assert (tmp_path / "again" / "last.keras").read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_new_head_sees_an_earlier_layer_that_votes_on_its_own(model_dir, make_records, tmp_path):
    labelled, other = make_records("opt", 24, size_px=32), make_records("mine", 24, first=50, size_px=32)
    settings = {"levels": ("relu1:2",), "new_heads": ("mine",), "level_shrinkage": 0.6, "level_aus": (12,)}
    refit_heads(refit_of(model_dir, Source("mine", labelled), other, tmp_path / "refitted", **settings))
    before, after = load_model(model_dir), load_model(tmp_path / "refitted")
    assert after.config.heads == ("opt", "free", "mine") and after.config.learnt["mine"] == (1, 12)
    # 8 features; relu1 has 8 maps of 4 by 4 places, so squares of 2 by 2.
    old = before.network.get_layer("head_free").get_weights()
    kernel, bias = after.network.get_layer("head_free").get_weights()
    np.testing.assert_array_equal(kernel, np.concatenate([old[0], np.zeros((8 * 4, 2))]))
    np.testing.assert_array_equal(bias, old[1])

    features, labels, mask = seen_by(str(tmp_path / "refitted"), labelled)
    others = seen_by(str(tmp_path / "refitted"), other)[0]
    np.testing.assert_allclose(features[:, :8], seen_by(model_dir, labelled)[0], rtol=1e-6)
    parts = [
        FeaturePart(columns, spread_of(others[:, columns]), shrinkage)
        for columns, shrinkage in ((np.arange(8), 0.85), (np.arange(8, 40), 0.6))
    ]
    kernel = after.network.get_layer("head_mine").get_weights()[0]
    both, level = (fit_discriminants(features, labels, mask, voting, 0.1) for voting in (parts, parts[1:]))
    np.testing.assert_allclose(kernel[:, 0], both[0].weights, rtol=2e-3, atol=1e-5)
    np.testing.assert_allclose(kernel[:, 1], level[1].weights, rtol=2e-3, atol=1e-5)
    assert kernel[:8, 0].any() and not kernel[:8, 1].any()


@pytest.mark.slow
def test_au_with_few_labels_stays_and_is_named(model_dir, make_records, tmp_path, monkeypatch, capsys):
    labelled = make_records("opt", 24, size_px=32)
    _, labels, mask = seen_by(model_dir, labelled)
    fewest = [
        min((labels * mask)[:, column].sum(), ((1 - labels) * mask)[:, column].sum()) for column in range(2)
    ]
    rare, common = np.argsort(fewest)
    assert fewest[rare] < fewest[common]
    monkeypatch.setattr(refitting, "_FEWEST", fewest[common])
    refit_heads(refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "refitted"))
    names = [CONFIG.aus[column] for column in (common, rare)]
    said = capsys.readouterr().out
    assert f"head opt fitted: {names[0]}; as they were, for want of labels: {names[1]}" in said
    before, after = load_model(model_dir), load_model(tmp_path / "refitted")
    old, new = (each.network.get_layer("head_opt").get_weights()[0] for each in (before, after))
    assert (old[:, rare] == new[:, rare]).all() and (old[:, common] != new[:, common]).any()

    # A photo that is looked at again is no further one.
    monkeypatch.setattr(refitting, "_FEWEST", 25)
    with pytest.raises(UserError, match=r"no AU of .*opt can be fitted: each takes 25 photos that show it"):
        refit_heads(refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "none", num_images=240))
    assert not (tmp_path / "none").exists()


def test_what_does_not_fit_is_named(model_dir, make_records, tmp_path):
    labelled, large = make_records("opt", 6, size_px=32), make_records("large", 6, size_px=40)
    with pytest.raises(UserError, match="the model has no head 'mine', only opt, free"):
        refit_heads(refit_of(model_dir, Source("mine", labelled), labelled, tmp_path / "out"))
    with pytest.raises(UserError, match="only opt, free; --new_head=mine adds it"):
        refit_heads(refit_of(model_dir, Source("mine", labelled), labelled, tmp_path / "out"))
    with pytest.raises(UserError, match="--new_head: the model has a head 'opt'"):
        refit_heads(
            refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out", new_heads=("opt",))
        )
    with pytest.raises(UserError, match="--new_head: mine has no photos"):
        refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out", new_heads=("mine",))
    with pytest.raises(UserError, match="--level_aus: the heads see no level"):
        refit_heads(refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out", level_aus=(12,)))
    with pytest.raises(UserError, match="the backbone has no layer 'relu9' with maps"):
        refit_heads(
            refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out", levels=("relu9:2",))
        )
    with pytest.raises(UserError, match="holds crops of 40 px, but the model in .* was trained on 32 px"):
        refit_heads(refit_of(model_dir, Source("opt", labelled), large, tmp_path / "out"))
    with pytest.raises(UserError, match="the network's own folder"):
        refit_heads(refit_of(model_dir, Source("opt", labelled), labelled, Path(model_dir)))
    with pytest.raises(UserError, match="--source: opt is given twice"):
        config = refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out")
        dataclasses.replace(config, sources=config.sources * 2)


def test_level_with_too_many_features_is_refused_before_photos_are_read(
    model_dir, make_records, tmp_path, monkeypatch
):
    labelled = make_records("opt", 6, size_px=32)
    monkeypatch.setattr(refitting, "_MOST_FEATURES", 31)
    with pytest.raises(
        UserError, match="--level: relu1:2 has 32 features, and at most 31 can be fitted; a larger"
    ):
        refit_heads(
            refit_of(model_dir, Source("opt", labelled), labelled, tmp_path / "out", levels=("relu1:2",))
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "flag, message",
    [
        (
            "--level=relu4",
            "a level must be LAYER:WINDOW, such as relu4:2, with a window from 1 to 99, got 'relu4'",
        ),
        ("--level_aus=99", "--level_aus: '99' is not an AU of FACS"),
        ("--level_aus=4,4", "--level_aus names an AU twice: 4, 4"),
    ],
)
def test_mistyped_flag_is_named_in_one_line(flag, message):
    folders = ["--model_dir=none", "--source=opt=none", "--records_dir=none", "--output_dir=none/refitted"]
    done = warm_commands.run(["-m", "emotionet_tf.bin.refit_heads", *folders, flag])
    assert done.returncode == 2 and done.stderr.startswith(f"error: {message}")
    assert done.stderr.count("\n") == 1


def test_flagfile_of_the_detector_holds_flags_that_the_command_knows():
    flagfile = Path(emotionet_tf.configs.__file__).parent / "free_detector_refit.flags"
    folders = ["--model_dir=none", "--source=opt=none", "--records_dir=none", "--output_dir=none/refitted"]
    done = warm_commands.run(["-m", "emotionet_tf.bin.refit_heads", f"--flagfile={flagfile}", *folders])
    assert done.returncode == 2 and done.stderr.startswith("error: none is not a model folder")
    assert done.stderr.count("\n") == 1
