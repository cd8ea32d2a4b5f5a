"""What runners other than the local one need to be told, looked at before Beam tries to do without."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from emotionet_tf.errors import UserError
from emotionet_tf.preparation.required_packages import NEEDS_BEAM

try:
    from apache_beam.options.pipeline_options import PipelineOptions
except ImportError as import_error:
    raise NEEDS_BEAM from import_error

_NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    "flinkrunner": (("flink_master", "HOST:8081"),),
    "sparkrunner": (("spark_master_url", "spark://HOST:7077"),),
    "dataflowrunner": (
        ("project", "PROJECT"),
        ("region", "REGION"),
        ("temp_location", "gs://BUCKET/FOLDER"),
    ),
    "portablerunner": (("job_endpoint", "HOST:8099"),),
    "daskrunner": (("dask_client_address", "tcp://HOST:8786"),),
    "prismrunner": (("prism_location", "FILE"),),
}
"""By the runner's name in small letters: the options without which Beam would look for a cluster on this machine, which
it would have to download first, or fail; with an example each."""
_PATHS = {"daskrunner": "apache_beam.runners.dask.dask_runner.DaskRunner"}
"""Where runners of Beam's are that it does not find by their names."""
_DOWNLOADING = ("directrunner", "switchingdirectrunner")
"""Names that since Beam 2.68 mean Prism first, a program that Beam downloads, and FnApiRunner where that fails."""
_MAX_CAUSE = 400


def path_of(runner: str) -> str:
    """Returns the name by which Beam finds a runner.

    Raises:
      UserError: If Beam would download a program by that name.
    """
    if runner.lower() in _DOWNLOADING:
        raise UserError(
            f"runner {runner} would download a program; leave --runner away: local is Beam's FnApiRunner"
        )
    return _PATHS.get(runner.lower(), runner)


def check_options(runner: str, options: Sequence[str]) -> PipelineOptions:
    """Returns a runner's options for Beam.

    Args:
      runner: The runner's name.
      options: Its options, as a command line has them.
    Raises:
      UserError: If Beam has no such option, or one is missing that the runner needs.
    """
    given = {match[1] for option in options if (match := re.match(r"--([^=]+)", option))}
    needed = _NEEDED.get(runner.lower()) or _NEEDED.get(f"{runner.lower()}runner", ())
    missing = [f"--{name}={example}" for name, example in needed if name not in given]
    if missing:
        raise UserError(
            f"runner {runner} needs more options behind --: --runner={runner} -- {' '.join(missing)}"
        )
    try:
        beam_options = PipelineOptions(list(options))
        known = beam_options.get_all_options()
        # Beam skips options that it does not know.
        unknown = sorted(set(beam_options.get_all_options(retain_unknown_options=True)) - set(known))
    except SystemExit:  # argparse has said more
        raise UserError(f"Beam cannot read the options {' '.join(options)}") from None
    if unknown:
        raise UserError(f"--{unknown[0]} is not an option that Beam has for --runner={runner}")
    return beam_options


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Writes what Beam logs to a file, instead of pages of it between our lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers[:] = [handler]
    try:
        yield
    except BaseException:
        logging.getLogger(__name__).exception("the pipeline ended with an error")
        raise
    finally:
        root.handlers[:] = before
        handler.close()


def cause_of(error: BaseException) -> str:
    """Returns what a runner says of its failure, in one line and cut to a length that can be read."""
    text = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return text if len(text) <= _MAX_CAUSE else text[:_MAX_CAUSE] + "..."
