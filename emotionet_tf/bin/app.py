"""Serves a page in the browser: drop a photo or video, or use the webcam, and see the AUs.

`python -m emotionet_tf.bin.app [--model_dir=DIR ...] [--port=7860]`

It listens on this machine alone unless --host says otherwise. What people give it is removed when it ends.
"""

import os
import tempfile
from pathlib import Path

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.inference.prediction_settings import DetectorUse
from emotionet_tf.page.settings import PageConfig

_MODELS = ConfigFlags(DetectorUse)
_CONFIG = ConfigFlags(PageConfig)


def main(arguments: list[str]) -> None:
    """Serves the page until Ctrl-C."""
    from emotionet_tf.page.layout import check_package

    entry_point.refuse_arguments(arguments)
    models, config = _MODELS.build(), _CONFIG.build()
    with tempfile.TemporaryDirectory(prefix="emotionet_tf_page_") as folder:
        uploads, shown = Path(folder, "uploads"), Path(folder, "shown")
        for path in (uploads, shown):
            path.mkdir()
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)
        check_package()
        from emotionet_tf.inference.au_detector import ActionUnitDetector
        from emotionet_tf.page.layout import serve
        from emotionet_tf.page.views import Views

        detector = ActionUnitDetector.of(models, config.runtime)
        detector.warm_up()
        serve(config, Views(detector, shown, uploads, config.max_video_seconds))


if __name__ == "__main__":
    entry_point.run(main)
