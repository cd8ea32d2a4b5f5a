"""Fetches the photos of URL lists: `python -m tfrecords_tools.download --list=dataFile_0001.txt --output_dir=photos`.

Writes the photos, and the table `downloads.csv` with a row for each row of the lists: what came, and why not. Running
the same command again resumes where it was stopped, and tries again what failed. It ends with 0 where some photo of
the lists is there, though others failed, and with 2 where not one is. robots.txt is not asked, as it speaks to
crawlers; this fetches the single photos of the lists and follows no links.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.cli.config_flags import ConfigFlags
from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote

_CONFIG = ConfigFlags(DownloadConfig)


def main(arguments: list[str]) -> None:
    """Downloads the photos and prints the counts."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=flags.FLAGS.output_dir)
    from emotionet_tf.downloads.download_photos import download_photos
    from emotionet_tf.downloads.ledger import FETCHED, PRESENT
    from emotionet_tf.downloads.progress_and_summary import ProgressLine, format_summary

    config = _CONFIG.build()
    summary = download_photos(config, ProgressLine())
    print(format_summary(summary, config.output_dir))
    if summary.stop:
        raise summary.stop
    if not summary.table.statuses[FETCHED] + summary.table.statuses[PRESENT]:
        raise UserError("not one photo of the lists came; the table says why not")


if __name__ == "__main__":
    entry_point.run(main)
