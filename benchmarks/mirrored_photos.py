"""How far scores of a photo and of its mirror image are apart, with and without --mirror, and what that costs.

    python -m benchmarks.mirrored_photos --photos_dir=DIR [--photos_dir=DIR ...] [--model_dir=DIR ...]

Faces are found in the photo and, anew, in its mirror image; AUs of sides are swapped back.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from absl import flags

from emotionet_tf.cli import entry_point

_PHOTOS_DIRS = flags.DEFINE_multi_string(
    "photos_dir", None, "Folder of photos; repeat for more.", required=True
)
_MODEL_DIRS = flags.DEFINE_multi_string(
    "model_dir", [], "A model's folder; repeat for more. Default: the detector that comes with the package."
)
_NUM_CALLS = 50


def main(arguments: list[str]) -> None:
    """Prints a line for scores as they are, and one for the mean of both sides."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.action_units import flip_permutation
    from emotionet_tf.inference.au_detector import ActionUnitDetector
    from emotionet_tf.photos.reading import list_photos, read_photo

    photos = [read_photo(Path(folder, name)) for folder in _PHOTOS_DIRS.value for name in list_photos(folder)]
    ways = {mirror: ActionUnitDetector(_MODEL_DIRS.value or None, mirror=mirror) for mirror in (False, True)}
    swap = flip_permutation(ways[False].aus)
    # Faces are looked for once.
    finder = ways[False]
    pairs = [(finder.detect(photo)[0], finder.detect(photo[:, ::-1].copy())[0]) for photo in photos]
    found = [
        (photo, seen[0].face, mirrored[0].face)
        for photo, (seen, mirrored) in zip(photos, pairs, strict=True)
        if seen and mirrored
    ]
    print(f"{len(photos)} photos, {len(found)} with a face both ways")
    for mirror, detector in ways.items():
        seen = detector.results([(photo, face) for photo, face, _ in found])
        other = detector.results([(photo[:, ::-1].copy(), face) for photo, _, face in found])
        apart = np.abs([np.subtract(a.scores, b.scores[swap]) for a, b in zip(seen, other, strict=True)])
        changed = np.mean([a.decisions != b.decisions[swap] for a, b in zip(seen, other, strict=True)])
        photo, face, _ = found[0]
        start = time.perf_counter()
        for _ in range(_NUM_CALLS):
            detector.results([(photo, face)])
        milliseconds = 1e3 * (time.perf_counter() - start) / _NUM_CALLS
        print(
            f"{'mirror  ' if mirror else 'as it is'}  scores apart {apart.mean():.3f} on average, {apart.max():.3f} at "
            f"most; {changed:.2%} of decisions differ; {milliseconds:.1f} ms a face for crops and networks"
        )


if __name__ == "__main__":
    entry_point.run(main)
