"""How a run makes its images: one by one, or batch by batch where it is wanted and the device allows it."""

from __future__ import annotations

from emotionet_tf.errors import UserError
from emotionet_tf.stream.kept_crops import KeptCrops
from emotionet_tf.training.run_config import RunConfig
from emotionet_tf.training.run_options import TPU, RunOptions

_BYTES_A_GB = 10**9


def kept_crops(config: RunConfig, options: RunOptions, device_kind: str) -> KeptCrops | None:
    """Returns where a run's crops stay decoded, as the fast stream wants it; None where images are made one by one.

    A TPU's batches may be made by another process, which cannot call Python's functions: this is said, not refused.

    Args:
      config: The run.
      options: How it is carried out.
      device_kind: The kind of its `Devices`.
    Raises:
      UserError: If crops are to stay decoded without the fast stream.
    """
    if not config.fast_stream:
        if options.decoded_crops_gb:
            raise UserError(
                "--decoded_crops_gb keeps crops for the fast stream: add --fast_stream, or leave it out"
            )
        return None
    if device_kind == TPU:
        print("no fast stream on a TPU: images are made one by one, by TensorFlow")
        return None
    return KeptCrops(int(options.decoded_crops_gb * _BYTES_A_GB))
