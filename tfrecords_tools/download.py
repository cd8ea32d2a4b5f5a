"""Fetches the photos of URL lists: `python -m tfrecords_tools.download --list=dataFile_0001.txt --output_dir=photos`.

Writes the photos, and the table `downloads.csv` with a row for each row of the lists: what came, and why not. Running
the same command again resumes where it was stopped, and tries again what failed. It ends with 0 where some photo of
the lists is there, though others failed, and with 2 where not one is. robots.txt is not asked, as it speaks to
crawlers; this fetches the single photos of the lists and follows no links.
"""

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.console.signals import interrupted_at_once
from emotionet_tf.errors import UserError
from emotionet_tf.storage.paths import refuse_remote

_LIST = flags.DEFINE_multi_string(
    "list", None, "A label list with URLs: EmotioNet's training list (dataFile_NNNN.txt), its opt list (CSV or .xlsx), "
    "or a CSV with URLs in its column path. A * in quotes or a folder stands for several; put commas between more, or "
    "repeat.", required=True,
)  # fmt: skip
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for the photos and the table.", required=True)
_NUM_CONNECTIONS = flags.DEFINE_integer(
    "num_connections", 64, "Requests at once, over all hosts; our default."
)
_CONNECTIONS_PER_HOST = flags.DEFINE_integer(
    "connections_per_host", 6, "Requests at once to one host; default: as many as browsers make."
)
_HOST_DELAY = flags.DEFINE_float(
    "host_delay_seconds", 0.02, "Seconds from the start of a request to a host to the next one's. Our default, at most "
    "50 requests a second, fetches a million photos of one host in 6 hours.",
)  # fmt: skip
_CONNECT = flags.DEFINE_float(
    "connect_seconds", 10, "Seconds after which a connection is given up; our default."
)
_READ = flags.DEFINE_float(
    "read_seconds", 20, "Seconds without a byte after which a response is given up; our default."
)
_TOTAL = flags.DEFINE_float(
    "total_seconds", 120, "Seconds for a request with its whole response; our default."
)
_MAX_ATTEMPTS = flags.DEFINE_integer(
    "max_attempts", 4, "Requests for one URL: after time-outs, dropped connections, cut off photos and the statuses "
    "408, 425, 429 and 5xx it is asked again; our default.",
)  # fmt: skip
_MAX_BYTES = flags.DEFINE_integer("max_bytes", 20_000_000, "Largest photo, in bytes; our default.")
_PAUSE = flags.DEFINE_float(
    "pause_seconds", 30, "Seconds for which a host is put aside after 5 failures in a row. They double each time, and "
    "after the fourth pause it is given up for this run; our default.",
)  # fmt: skip
_MAX_WAIT = flags.DEFINE_float(
    "max_wait_seconds", 900, "A host that asks to wait longer than these seconds (Retry-After) is given up for this "
    "run; shorter waits are kept. Our default.",
)  # fmt: skip
_SKIP_EXISTING = flags.DEFINE_bool(
    "skip_existing",
    True,
    "Leave photos that are there and whole as they are; --noskip_existing fetches all again.",
)
_SKIP_PERMANENT = flags.DEFINE_bool(
    "skip_permanent", False, "Do not try again what an earlier run could not get for a lasting reason: 404, 410, or "
    "something else than a photo came.",
)  # fmt: skip
_REJECT_SHA256 = flags.DEFINE_string(
    "reject_sha256", "", "File with SHA-256 sums, one a line, of pictures that hosts show for removed photos; they are "
    "not kept, and removed where an earlier run kept them. The summary shows which sums are frequent. Default: none.",
)  # fmt: skip
_PRIVATE_HOSTS = flags.DEFINE_bool(
    "private_hosts", False, "Fetch from loopback and private addresses too, such as a mirror or proxy of your own; by "
    "default they are refused, so that no list or redirect can make this machine ask its neighbours.",
)  # fmt: skip
_CONTACT = flags.DEFINE_string(
    "contact",
    "",
    "Web or mail address that is sent with each request, so that hosts can reach you. Default: none.",
)


def main(arguments: list[str]) -> None:
    """Downloads the photos and prints the counts."""
    entry_point.refuse_arguments(arguments)
    refuse_remote(output_dir=_OUTPUT_DIR.value)
    from emotionet_tf.downloads.config import DownloadConfig
    from emotionet_tf.downloads.download_photos import download_photos
    from emotionet_tf.downloads.ledger import FETCHED, PRESENT
    from emotionet_tf.downloads.progress_and_summary import ProgressLine, format_summary
    from emotionet_tf.label_lists.label_file_arguments import expand_label_files

    config = DownloadConfig(
        lists=tuple(expand_label_files(_LIST.value)),
        output_dir=_OUTPUT_DIR.value,
        num_connections=_NUM_CONNECTIONS.value,
        connections_per_host=_CONNECTIONS_PER_HOST.value,
        host_delay_seconds=_HOST_DELAY.value,
        connect_seconds=_CONNECT.value,
        read_seconds=_READ.value,
        total_seconds=_TOTAL.value,
        max_attempts=_MAX_ATTEMPTS.value,
        max_bytes=_MAX_BYTES.value,
        pause_seconds=_PAUSE.value,
        max_wait_seconds=_MAX_WAIT.value,
        skip_existing=_SKIP_EXISTING.value,
        skip_permanent=_SKIP_PERMANENT.value,
        reject_sha256=_REJECT_SHA256.value,
        private_hosts=_PRIVATE_HOSTS.value,
        contact=_CONTACT.value,
    )
    with interrupted_at_once():
        summary = download_photos(config, ProgressLine())
    print(format_summary(summary, config.output_dir))
    if summary.stop:
        raise summary.stop
    if not summary.table.statuses[FETCHED] + summary.table.statuses[PRESENT]:
        raise UserError("not one photo of the lists came; the table says why not")


if __name__ == "__main__":
    entry_point.run(main)
