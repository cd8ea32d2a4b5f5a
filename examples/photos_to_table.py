"""Photos to a table of AU scores.

python examples/photos_to_table.py PHOTOS_DIR TABLE.csv [MODEL_DIR ...]
"""

import csv
import sys
from pathlib import Path

from emotionet_tf import ActionUnitDetector, read_photo


def main(photos_dir: str, table: str, *model_dirs: str) -> None:
    """Writes a row for each face in the JPEG photos of a folder; a photo without a face has one without scores."""
    detector = ActionUnitDetector(model_dirs or None)
    with Path(table).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["photo", "face", *(f"AU{au:02d}" for au in detector.aus)])
        for path in sorted(Path(photos_dir).glob("*.jpg")):
            (faces,) = detector.detect([read_photo(path)], all_faces=True)
            for number, face in enumerate(faces):
                writer.writerow([path.name, number, *(f"{score:.3f}" for score in face.scores)])
            if not faces:
                writer.writerow([path.name])


if __name__ == "__main__":
    main(*sys.argv[1:])
