"""From a file's bytes to a photo: decoded whole and turned upright, or refused with a reason."""

from __future__ import annotations

import numpy as np

from emotionet_tf.photos.file_kinds import kind_of, kind_problem
from emotionet_tf.photos.jpeg_decoding import decode_jpeg
from emotionet_tf.photos.limits import UnreadablePhotoError, check_num_bytes
from emotionet_tf.photos.orientation import upright
from emotionet_tf.photos.pillow_decoding import decode_with_pillow


def decode_photo(data: bytes) -> np.ndarray:
    """Returns the photo that a file's bytes hold, [height, width, 3] uint8 RGB, upright as its EXIF says.

    The kind of file is told by its bytes, not by its name: JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF or HEIC, which needs
    pillow-heif. Of several pictures in one file the first counts. What is transparent shows white; colour profiles
    (ICC) are ignored.

    A JPEG has no checksums: a few bytes that were changed can leave a whole picture with wrong colours, and no decoder
    can tell. What libjpeg does tell of, such as data that end too early, is refused.

    Raises:
      UnreadablePhotoError: If they hold no picture of these kinds, a damaged one, or one beyond the limits of
        `photos.limits`, which are checked before anything is decoded.
    """
    check_num_bytes(len(data))
    kind = kind_of(data)
    if kind is None:
        raise UnreadablePhotoError(kind_problem(data[:1024]))
    try:
        pixels, orientation = decode_jpeg(data) if kind == "JPEG" else decode_with_pillow(kind, data)
    except UnreadablePhotoError:
        raise
    except MemoryError as error:
        raise UnreadablePhotoError("not enough memory") from error
    except Exception as error:  # decoders raise all kinds, from KeyError to SyntaxError
        raise UnreadablePhotoError(_reason(kind, error)) from error
    return upright(pixels, orientation)


def _reason(kind: str, error: Exception) -> str:
    text = " ".join(str(error).split())[:100]
    if "truncated" in text.lower() or "premature end" in text.lower():
        return f"the file is cut off ({kind}: {text})"
    return f"damaged {kind}: {text or type(error).__name__}"
