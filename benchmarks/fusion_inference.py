"""Times a fusion of six pairs of networks over a folder of photos: `python -m benchmarks.fusion_inference`.

The pairs are those of Werner et al.'s fusion A+B: three architectures, twice, each a network for the expression AUs in
close-ups and one for the pose AUs in context views. They are untrained: what they cost does not depend on their
weights. Compared are one prediction with all pairs, a prediction with each, and the networks' bare forward passes on
images that are in memory.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point

_PHOTOS_DIR = flags.DEFINE_string("photos_dir", None, "Folder of photos. Default: rendered ones.")
_NUM_PHOTOS = flags.DEFINE_integer(
    "num_photos", 48, "Photos to predict, the first of the folder.", lower_bound=1
)
_BACKBONES = flags.DEFINE_list(
    "backbones", ["ownnet8", "mobilenet_v3_large", "efficientnet_b0"] * 2, "Networks, each for both groups; "
    "ownnet1,mobilenet_v3_large_x0.5,efficientnet_b0_x0.5 are small ones.",
)  # fmt: skip
_IMAGE_SIZE = flags.DEFINE_integer("image_size_px", 224, "Side of the input image in pixels; the paper's.")
_BATCH_SIZE = flags.DEFINE_integer("batch_size", 16, "Photos at a time; predict's default.")
_ROUNDS = flags.DEFINE_integer("rounds", 3, "Measurements of each way, in turn.", lower_bound=1)
_OWN_TIME = flags.DEFINE_bool(
    "own_time", False, "Count the time that the process computes, on all cores together, instead of the clock's: for a "
    "machine with other work.",
)  # fmt: skip


def make_pairs(folder: Path, backbones: list[str], image_size_px: int) -> list[list[str]]:
    """Saves untrained networks: each backbone for expression AUs and for pose AUs. Returns each pair's folders."""
    from tensorflow import keras

    from emotionet_tf.action_units import EXPRESSION, POSE
    from emotionet_tf.models import ModelConfig, build_model, save_model

    pairs = []
    for number, backbone in enumerate(backbones):
        pair = []
        for group in (EXPRESSION, POSE):
            keras.utils.set_random_seed(number)
            config = ModelConfig(
                backbone,
                group.aus,
                group.view,
                ("opt",),
                "opt",
                uses_angles=group.uses_angles,
                image_size_px=image_size_px,
                crop_size_px=image_size_px + image_size_px // 14,
            )
            member = folder / str(number) / group.name
            save_model(build_model(config), config, member, "best")
            pair.append(str(member))
        pairs.append(pair)
    return pairs


def make_photos(folder: Path, num_photos: int) -> Path:
    """Renders photos as `synthesize` does; returns their folder."""
    from emotionet_tf.synthetic.dataset.photo_set import synthesize
    from emotionet_tf.synthetic.dataset.photo_set_config import PhotoSetConfig

    synthesize(PhotoSetConfig(folder, num_train=num_photos, num_opt=0, num_val=0, num_test=0, seed=0))
    return folder / "photos"


def timed(do: Callable[[], object]) -> float:
    """Returns how many seconds a call takes, by the clock or computed on all cores together, as `--own_time` says."""
    clock = time.process_time if _OWN_TIME.value else time.perf_counter
    start = clock()
    do()
    return clock() - start


def main(arguments: list[str]) -> None:
    """Prints each way's best time a photo over the rounds, and the ratios."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.photos.reading import list_photos

    with tempfile.TemporaryDirectory() as folder:
        photos_dir = Path(_PHOTOS_DIR.value or make_photos(Path(folder, "photos"), _NUM_PHOTOS.value))
        list_photos(photos_dir)  # a wrong folder is told before networks are made
        pairs = make_pairs(Path(folder, "members"), _BACKBONES.value, _IMAGE_SIZE.value)
        ways, num_photos = _ways(photos_dir, pairs, str(Path(folder, "faces.csv")))
        for do in ways.values():
            do()  # the first call traces
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_ROUNDS.value):
            for name, do in ways.items():
                seconds[name].append(timed(do))
    _print_table({name: [one / num_photos for one in rounds] for name, rounds in seconds.items()}, num_photos)


def _ways(
    photos_dir: Path, pairs: list[list[str]], output: str
) -> tuple[dict[str, Callable[[], object]], int]:
    """Returns what to time, by name, and the number of photos."""
    from emotionet_tf.faces.box_crops import crop_face
    from emotionet_tf.faces.detectors.mtcnn import MtcnnDetector
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.inference.photo_prediction import predict_photos
    from emotionet_tf.inference.prediction_settings import PredictConfig
    from emotionet_tf.models import load_model
    from emotionet_tf.photos.reading import list_photos, read_photo

    places = [photos_dir / name for name in list_photos(photos_dir)[: _NUM_PHOTOS.value]]
    config = PredictConfig(tuple(map(str, places)), output, batch_size=_BATCH_SIZE.value)
    finder = MtcnnDetector()
    members = [member for pair in pairs for member in pair]
    fusion = ActionUnitDetector(members, detector=finder)
    singles = [ActionUnitDetector(pair, detector=finder) for pair in pairs]
    networks = [load_model(member) for member in members]
    photos = [read_photo(place) for place in places]
    batches = [
        photos[start : start + config.batch_size] for start in range(0, len(photos), config.batch_size)
    ]
    faces = [finder.detect(batch) for batch in batches]

    def crop(view: str) -> list:
        size = networks[0].config.crop_size_px
        return [
            [
                crop_face(photo, face.signed(finder.name), view, size, "registered")
                for photo, own in zip(batch, found, strict=True)
                for face in own
            ]
            for batch, found in zip(batches, faces, strict=True)
        ]

    import numpy as np

    edge = networks[0].config.image_size_px
    images = [np.stack(crops)[:, :edge, :edge].astype(np.float32) for crops in crop("close_up") if crops]
    return {
        f"fusion of {len(pairs)} pairs, one prediction": lambda: predict_photos(config, fusion),
        f"{len(pairs)} predictions, one a pair": lambda: [
            predict_photos(config, single) for single in singles
        ],
        "forward passes alone": lambda: [
            network.predict_logits(batch) for batch in images for network in networks
        ],
        "decoding alone": lambda: [read_photo(place) for place in places],
        "detection alone": lambda: [finder.detect(batch) for batch in batches],
        "cropping both views alone": lambda: [crop("close_up"), crop("context")],
    }, len(places)


def _print_table(per_photo: dict[str, list[float]], num_photos: int) -> None:
    print(f"{num_photos} photos, {len(_BACKBONES.value) * 2} networks at {_IMAGE_SIZE.value} px")
    best = {name: min(rounds) for name, rounds in per_photo.items()}
    for name, rounds in per_photo.items():
        shown = " ".join(f"{1e3 * one:.1f}" for one in rounds)
        print(f"{name:32s}{1e3 * best[name]:8.1f} ms a photo   rounds {shown}")
    fused, separate, forward, *stages = best.values()
    print(f"single predictions take {separate / fused:.2f} times the fusion's time")
    print(f"the fusion takes {fused / forward:.2f} times the forward passes' time alone")
    print(f"and {fused / (forward + sum(stages)):.2f} times the sum of its stages")


if __name__ == "__main__":
    entry_point.run(main)
