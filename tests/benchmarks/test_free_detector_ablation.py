from pathlib import Path

import numpy as np
import pytest
from tensorflow import keras

from benchmarks.ablation_figures import COMPARED, MOUTH_WIDTH, Collection, proxy_aucs, scores_by_arm
from emotionet_tf.experiments.free_detector.ablation import ARMS, Ablation
from emotionet_tf.experiments.free_detector.plan import LOOKS, SHIPPED_AUS
from emotionet_tf.experiments.free_detector.scales import SCALES
from emotionet_tf.experiments.runner.nodes import parents
from emotionet_tf.models import ModelConfig, build_model
from emotionet_tf.models.model_folders import LoadedModel
from emotionet_tf.models.packing import pack_model

PROXIES = {"happiness": (12, 25), "anger": (4,)}
AUS = (4, 12, 25)


def collection() -> Collection:
    return Collection(
        conditions=np.array(["neutral", "neutral", "happiness", "happiness", "anger"]),
        groups=np.array([0, 1, 2, 3, 4]),
        crops=np.zeros((5, 36, 36, 3), np.uint8),
        mouth_widths=np.array([1.0, 1.2, 1.4, 1.1, 0.9]),
        proxies=PROXIES,
    )


def test_mean_auc_is_that_of_the_proxies_and_seeds():
    # AU 4 of anger over neutral: 1 of 2 pairs; AU 12 of happiness: 4 of 4; AU 25: 2 of 4, two ties among them.
    logits = np.array([[1.0, 0, 5], [3, 0, 5], [0, 1, 5], [0, 2, 9], [2, 0, 0]])
    worst = np.array([[1.0, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    aucs = proxy_aucs(collection(), {"arm": np.stack([logits, worst])}, AUS, 100)
    mean = (0.5 + 1 + (0.5 + 0.5 + 1 + 1) / 4) / 3
    assert aucs["arm"][0] == pytest.approx((mean + 0) / 2)
    # The mouth: 0 of 2 pairs for anger, 3 of 4 for both of happiness.
    assert aucs[MOUTH_WIDTH][0] == pytest.approx((0 + 0.75 + 0.75) / 3)
    assert aucs["arm"].shape == (101,)


def test_arms_that_are_compared_exist_and_differ_only_in_what_is_asked():
    names = {arm.name for arm in ARMS}
    assert {arm for _, *pair in COMPARED for arm in pair} <= names | {"fusion"}
    nodes = Ablation(SCALES["small"], free_photos=Path("photos"), seeds=(0, 1)).nodes()
    parents(nodes)
    sources = {
        node.name: [flag.split("=", 1)[1] for flag in node.arguments if flag.startswith("--source=")]
        for node in nodes
    }
    assert [one.split("=")[0] for one in sources["train/one_head-1"]] == ["all"] * 4
    heads = [one.split("=")[0] for one in sources["train/student-1"]]
    assert heads == ["renders", "taught", "blendshapes", "mesh"]
    for name in ("student-1", "distilled-0"):
        assert sources[f"refit/{name}"] == [sources["train/student-1"][place] for place in (0, 2, 3)]
    furrowed, levelled = (
        [
            flag.replace(name, "")
            for node in nodes
            if node.name == f"refit/distilled-1_{name}"
            for flag in node.arguments
        ]
        for name in ("furrowed", "levelled")
    )
    assert set(levelled) - set(furrowed) == {"--level=relu4:2", "--level_aus=4"}
    assert "--new_head=furrows" in furrowed and set(furrowed) < set(levelled)
    packing = {node.name: [flag for flag in node.arguments if "--output_dir" not in flag] for node in nodes}
    own_looks = [f"--look={look}" for look in LOOKS["expression"]]
    assert packing["pack/looking-1"] == [*packing["pack/levelled-1"], *own_looks]
    assert sources["train/without_mesh-1"] == sources["train/student-1"][:3]
    assert [one.split("=")[1] for one in sources["train/one_head-1"]] == [
        one.split("=")[1] for one in sources["train/student-1"]
    ]
    assert (
        "records/train@" in sources["train/control-0"][1]
        and "records/free@" in sources["train/self_trained-0"][1]
    )


def test_every_arm_asks_some_head_for_every_shipped_au():
    for arm in ARMS:
        if arm.asked:
            assert set(SHIPPED_AUS["expression"]) <= {au for aus in arm.asked.values() for au in aus}


@pytest.mark.slow
def test_fusion_is_the_mean_of_the_refitted_students_logits(tmp_path):
    crops = np.random.default_rng(0).integers(0, 256, (3, 36, 36, 3)).astype(np.uint8)
    config = ModelConfig("ownnet1", AUS, "close_up", ("opt",), "opt", image_size_px=32, crop_size_px=36)
    folders = []
    for seed in range(2):
        keras.utils.set_random_seed(seed)
        model = LoadedModel(config, build_model(config), tmp_path)
        folders.append(pack_model(model, tmp_path / f"packed-{seed}", provenance={}))
    scores, aus = scores_by_arm({"refitted": folders}, crops)
    assert aus == AUS and scores["refitted"].shape == (2, 3, 3)
    np.testing.assert_allclose(scores["fusion"][0], scores["refitted"].mean(0))
    assert np.abs(scores["refitted"][0] - scores["refitted"][1]).max() > 1e-3
