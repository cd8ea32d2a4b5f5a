"""How well crops are aligned, and how far those of different face detectors are apart.

python -m benchmarks.crop_agreement --stand_in=DIR --detectors=mtcnn,mediapipe
python -m benchmarks.crop_agreement --photos_dir=../shared/data/photos_dev --detectors=mtcnn,mediapipe

Each detector looks at all photos. On rendered photos, each of which shows one face, it stands beside the true five
and the true 68 landmarks. All numbers are of registered close-ups of 240 px, in which the eyes are 84 px apart.

For each detector it also prints how far scores of stored crops, as records have them, are from scores of the same crops
before they are stored, as `predict` has them: by the chroma of the JPEG and by how it is decoded.
"""

import csv
import dataclasses
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from absl import flags

from emotionet_tf.cli import detector_flags, entry_point
from emotionet_tf.errors import UserError
from emotionet_tf.faces.aligned_crops import CROP_SIZE_PX, face_transform, reference_shape
from emotionet_tf.faces.detectors.interface import Face
from emotionet_tf.faces.mean_head import LANDMARK_NAMES

_STAND_IN = flags.DEFINE_string(
    "stand_in", None, "Folder that synthesize wrote; none measures --photos_dir alone."
)
_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir",
    None,
    "Folder of real photos with images.csv: columns file, n_faces, and left_pupil_x to right_pupil_y in pixels, blank "
    "where nobody marked them; none measures --stand_in alone.",
)
_NUM_PHOTOS = flags.DEFINE_integer(
    "num_photos", 300, "Rendered photos to measure, evenly spread over its set opt.", lower_bound=1
)
flags.adopt_module_key_flags(detector_flags)

VIEW = "close_up"
BATCH_SIZE = 32
REFERENCE = reference_shape(VIEW)
EYE_DISTANCE_PX = float(REFERENCE[1, 0] - REFERENCE[0, 0])


@dataclasses.dataclass(frozen=True, eq=False)
class Photo:
    """A photo and what is known of it.

    Attributes:
      folder: Folder of the photos.
      name: Relative path of the photo in it.
      num_faces: Faces that it shows.
      eyes: [2, 2] pixels, image-left first; None where nobody marked them.
      known: Faces made of what is known, by what it is.
    """

    folder: Path
    name: str
    num_faces: int
    eyes: np.ndarray | None
    known: Mapping[str, Face] = dataclasses.field(default_factory=dict)


def main(arguments: list[str]) -> None:
    """Prints, for rendered and for real photos, the faces found, the eyes' places and the crops' distances."""
    entry_point.refuse_arguments(arguments)
    if not (_STAND_IN.value or _PHOTOS_DIR.value):
        raise UserError("nothing to measure: give --stand_in, --photos_dir or both")
    from emotionet_tf.faces.detectors.choice import DetectorChoice, build_detector

    choice = detector_flags.detector_choice()
    detectors = {
        name: build_detector(DetectorChoice((name,), {name: choice.of(name)})) for name in choice.names
    }
    for title, photos in _photo_sets():
        faces: dict[str, list[Face | None]] = {
            name: [photo.known[name] for photo in photos] for name in photos[0].known
        }
        for name, detector in detectors.items():
            faces[name] = _found(detector, photos)
        print(f"\n{title}: {len(photos)} photos")
        print_alignment(photos, faces)
        print_disagreement(faces)
        for name in detectors:
            print_stored(name, photos, faces[name])


def _photo_sets() -> Iterator[tuple[str, list[Photo]]]:
    if _STAND_IN.value:
        yield (
            f"rendered photos of {_STAND_IN.value}",
            rendered_photos(Path(_STAND_IN.value), _NUM_PHOTOS.value),
        )
    if _PHOTOS_DIR.value:
        yield f"real photos {_PHOTOS_DIR.value}", real_photos(Path(_PHOTOS_DIR.value))


def _read_table(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise UserError(f"{path} is missing")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def real_photos(folder: Path) -> list[Photo]:
    """Returns the photos of images.csv."""
    photos = []
    for row in _read_table(folder / "images.csv"):
        pupils = [row[f"{side}_pupil_{axis}"] for side in ("left", "right") for axis in "xy"]
        eyes = np.array(pupils, np.float64).reshape(2, 2) if all(pupils) else None
        photos.append(Photo(folder, row["file"], int(row["n_faces"]), eyes))
    return photos


def rendered_photos(folder: Path, num_photos: int) -> list[Photo]:
    """Returns rendered photos with their true landmarks; the 68 are computed as the photos were made."""
    from emotionet_tf.synthetic.dataset.photo_plan import body_stream, plan_photo
    from emotionet_tf.synthetic.person.head_cache import load_head
    from emotionet_tf.synthetic.person.landmarks_68 import image_landmarks_68
    from emotionet_tf.synthetic.person.person import make_body
    from emotionet_tf.synthetic.rendering.geometry import place

    rows = [row for row in _read_table(folder / "truth.csv") if row["set"] == "opt"]
    settings = json.loads((folder / "synthesize.json").read_text())["settings"]
    sides, head = (settings["size_px_min"], settings["size_px_max"]), load_head()
    photos = []
    for row in rows[:: max(1, len(rows) // num_photos)][:num_photos]:
        key = settings["seed"], row["set"], int(row["identity"])
        plan = plan_photo(*key, int(row["id"].rpartition("_")[2]), sides)
        geometry = place(head, make_body(head, key[2], body_stream(*key)), plan.pose, plan.scene)
        five = np.array([float(row[f"{name}_{axis}"]) for name in LANDMARK_NAMES for axis in "xy"]).reshape(
            5, 2
        )
        points = image_landmarks_68(geometry, plan.side_px)
        box = float(row["box_left"]), float(row["box_top"])
        size = float(row["box_right"]) - box[0], float(row["box_bottom"]) - box[1]
        known = {
            "true five": Face((*box, *size), 1.0, five),
            "true 68": Face((*box, *size), 1.0, five, points),
        }
        photos.append(Photo(folder / "photos", row["path"], 1, five[:2], known))
    return photos


def _found(detector, photos: Sequence[Photo]) -> list[Face | None]:
    """Returns the largest face that a detector finds in each photo."""
    from emotionet_tf.photos.reading import read_photo

    faces: list[Face | None] = []
    for start in range(0, len(photos), BATCH_SIZE):
        batch = photos[start : start + BATCH_SIZE]
        pixels = [read_photo(photo.folder / photo.name) for photo in batch]
        found = detector.detect(pixels, names=[photo.name for photo in batch])
        faces += [own[0] if own else None for own in found]
    return faces


def print_alignment(photos: Sequence[Photo], faces: Mapping[str, Sequence[Face | None]]) -> None:
    """Prints how many faces are found, and how far the true eyes are in the crops from where they belong."""
    num_faces = sum(photo.num_faces > 0 for photo in photos)
    num_marked = sum(photo.eyes is not None for photo in photos)
    print(
        f"faces found, and the distance of the true eyes from their place in the crop ({num_marked} marked faces):"
    )
    print("                  found  false   mean px   95 % px   mean % of the eyes' distance")
    for name, own in faces.items():
        found = sum(face is not None and photo.num_faces > 0 for photo, face in zip(photos, own, strict=True))
        false = sum(face is not None and not photo.num_faces for photo, face in zip(photos, own, strict=True))
        errors = [
            eye_error_px(face, photo.eyes)
            for photo, face in zip(photos, own, strict=True)
            if face is not None and photo.eyes is not None
        ]
        mean, high = (np.mean(errors), np.percentile(errors, 95)) if errors else (np.nan, np.nan)
        print(
            f"  {name:14s}{found / max(1, num_faces):7.1%}{false:7d}{mean:10.2f}{high:10.2f}"
            f"{100 * mean / EYE_DISTANCE_PX:10.1f}"
        )


def print_disagreement(faces: Mapping[str, Sequence[Face | None]]) -> None:
    """Prints how far crops by different finders are apart, over the faces that both found."""
    print(
        f"distance between two crops of a face, mean over its reference points, px of {CROP_SIZE_PX} (95 %):"
    )
    print(" " * 16 + "".join(f"{name:>16s}" for name in faces))
    for name, own in faces.items():
        cells = []
        for other in faces.values():
            apart = [
                crop_distance_px(a, b)
                for a, b in zip(own, other, strict=True)
                if a is not None and b is not None
            ]
            cells.append(f"{np.mean(apart):.2f} ({np.percentile(apart, 95):.1f})" if apart else "-")
        print(f"  {name:14s}" + "".join(f"{cell:>16s}" for cell in cells))


def print_stored(name: str, photos: Sequence[Photo], faces: Sequence[Face | None]) -> None:
    """Prints how far the package's scores of stored crops are from those of the crops themselves."""
    from emotionet_tf.faces.crops_and_rows import CHROMAS, CropStyle, crop_jpeg
    from emotionet_tf.inference.scoring.choice import build_scorer
    from emotionet_tf.inference.scoring.keras_models import crop_kind
    from emotionet_tf.photos.reading import read_photo
    from emotionet_tf.records.reading.crop_decoding import centre_offset, crop_batch, decode_square

    places = [
        (read_photo(photo.folder / photo.name), face)
        for photo, face in zip(photos, faces, strict=True)
        if face is not None
    ]
    if not places:
        return
    models = build_scorer(None, None, None).models  # type: ignore[attr-defined]
    # The first call costs more than the others.
    first = crop_jpeg(*places[0], VIEW, CropStyle())
    decode_square(first, 0, 0, CROP_SIZE_PX)
    print(f"scores of stored crops beside those of the crops themselves, {len(places)} faces of {name}:")
    print("  chroma  decoding   mean     max  decisions differ   bytes a crop  ms to write  ms to read")
    for chroma in CHROMAS:
        for is_accurate in (False, True):
            apart, changed, num_bytes, seconds = [], [], 0, np.zeros(2)
            for model in models:
                kind, size_px = crop_kind(model), model.config.image_size_px
                style = CropStyle(kind.crop_size_px, framing=kind.framing, jpeg_chroma=chroma)
                start = time.perf_counter()
                jpegs = [crop_jpeg(photo, face, kind.view, style) for photo, face in places]
                seconds[0] += time.perf_counter() - start
                num_bytes += sum(map(len, jpegs))
                offset = centre_offset(kind.crop_size_px, size_px)
                start = time.perf_counter()
                stored = [
                    decode_square(jpeg, offset, offset, size_px, is_accurate=is_accurate).numpy()
                    for jpeg in jpegs
                ]
                seconds[1] += time.perf_counter() - start
                shown = crop_batch(kind.of(places), size_px)
                own, other = (
                    model.predict_scores(np.asarray(images, np.float32)) for images in (shown, stored)
                )
                apart.append(np.abs(own - other).ravel())
                changed.append(((own >= 0.5) != (other >= 0.5)).ravel())
            every, num_crops = np.concatenate(apart), len(models) * max(1, len(places))
            write_ms, read_ms = 1e3 * seconds / num_crops
            print(
                f"  {chroma:8s}{'accurate' if is_accurate else 'fast':9s}{every.mean():7.4f}{every.max():8.3f}"
                f"{np.concatenate(changed).mean():14.2%}{num_bytes / num_crops:19.0f}{write_ms:13.2f}{read_ms:12.2f}"
            )


def eye_error_px(face: Face, eyes: np.ndarray) -> float:
    """Returns the mean distance of the true eyes in a face's crop from where the reference shape has them."""
    return float(np.linalg.norm(_moved(face_transform(face, VIEW), eyes) - REFERENCE[:2], axis=1).mean())


def crop_distance_px(first: Face, second: Face) -> float:
    """Returns by how much one crop shows the places of the other's reference points elsewhere, mean of both ways."""
    transforms = [face_transform(face, VIEW) for face in (first, second)]
    apart = []
    for one, other in (transforms, transforms[::-1]):
        in_photo = _moved(np.linalg.inv(np.vstack([one, [0, 0, 1]]))[:2], REFERENCE)
        apart.append(np.linalg.norm(_moved(other, in_photo) - REFERENCE, axis=1).mean())
    return float(np.mean(apart))


def _moved(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ transform[:, :2].T + transform[:, 2]


if __name__ == "__main__":
    entry_point.run(main)
