"""Times the downloader beside a plain loop over the same URLs, against hosts of its own on loopback, and takes its
peak memory with ever longer lists.

python -m benchmarks.download [--num_photos=2000] [--num_hosts=8] [--latency_ms=50] [--rows=1000,10000,100000]
"""

import asyncio
import multiprocessing
import re
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from absl import flags

from emotionet_tf.cli import entry_point

_NUM_PHOTOS = flags.DEFINE_integer("num_photos", 2000, "Photos to download, of about 20 kB.")
_NUM_HOSTS = flags.DEFINE_integer("num_hosts", 8, "Hosts that have them, 127.0.0.1 and on.")
_LATENCY_MS = flags.DEFINE_float("latency_ms", 50, "Milliseconds until a host answers.")
_ROWS = flags.DEFINE_list("rows", ["1000", "10000", "100000"], "Lengths of the lists whose memory is taken.")
_LOOP_SHARE = 20


def main(arguments: list[str]) -> None:
    """Prints photos a second of both ways, and the downloader's peak memory at each length of list."""
    entry_point.refuse_arguments(arguments)
    hosts = [f"127.0.0.{number + 1}" for number in range(_NUM_HOSTS.value)]
    with photo_hosts(hosts, _LATENCY_MS.value / 1e3) as port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = [
            f"http://{hosts[i % len(hosts)]}:{port}/N_{i % 100}/N_{i % 100}_{i}.jpg"
            for i in range(_NUM_PHOTOS.value)
        ]
        size = f"{len(photo()) / 1e3:.0f} kB"
        print(
            f"{len(urls)} photos of {size} on {len(hosts)} hosts that answer after {_LATENCY_MS.value:g} ms"
        )
        in_loop = urls[::_LOOP_SHARE]
        seconds = loop_seconds(in_loop, folder)
        print(f"plain loop:            {len(in_loop) / seconds:7.1f} photos/s")
        for title, changes in (
            ("as by default", {}),
            ("no delay, 16 a host", {"host_delay_seconds": 0.0, "connections_per_host": 16}),
        ):
            write_list(folder / "list.txt", [(url, "") for url in urls])
            seconds, _, statuses = in_process(
                folder / "list.txt", folder / title.replace(" ", "_"), **changes
            )
            print(f"{title:22s} {len(urls) / seconds:7.1f} photos/s, process and all; {statuses}")
        for num_rows in map(int, _ROWS.value):
            dead, missing = "127.0.0.99:9", f"127.0.0.99:{port}"
            # Nine of ten rows are of a host that is dead, the others of one that has no such photo.
            pairs = [(f"http://{dead if i % 10 else missing}/N_{i}_1.jpg", "") for i in range(num_rows)]
            write_list(folder / "list.txt", pairs)
            seconds, megabytes, statuses = in_process(
                folder / "list.txt", folder / f"rows{num_rows}", pause_seconds=0.1, host_delay_seconds=0.0,
                connections_per_host=64,
            )  # fmt: skip
            print(f"{num_rows:8d} rows: peak memory {megabytes:6.1f} MB, {seconds:6.1f} s, {statuses}")


def photo() -> bytes:
    """Bytes that count as a JPEG."""
    return b"\xff\xd8\xff\xda\x00\x02" + b"\x11" * 20_000 + b"\xff\xd9"


def write_list(path: Path, pairs: list[tuple[str, str]]) -> None:
    """Writes a training list."""
    path.write_text("".join("\t".join([*pair, *["0"] * 60]) + "\n" for pair in pairs))


def loop_seconds(urls: list[str], folder: Path) -> float:
    """Returns what fetching and writing one photo after the other takes."""
    start = time.perf_counter()
    for number, url in enumerate(urls):
        with urllib.request.urlopen(url) as response:
            (folder / f"loop{number}.jpg").write_bytes(response.read())
    return time.perf_counter() - start


def in_process(path: Path, output_dir: Path, **changes: float) -> tuple[float, float, dict[str, int]]:
    """Returns seconds, peak memory in MB and rows by status of a download in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    start = time.perf_counter()
    process = context.Process(target=_download, args=(theirs, str(path), str(output_dir), changes))
    process.start()
    megabytes, statuses = ours.recv()
    process.join()
    return time.perf_counter() - start, megabytes, statuses


def _download(pipe: Connection, path: str, output_dir: str, changes: dict[str, float]) -> None:
    from emotionet_tf.downloads.config import DownloadConfig
    from emotionet_tf.downloads.download_photos import download_photos

    summary = download_photos(DownloadConfig((path,), output_dir, private_hosts=True, **changes))  # type: ignore[arg-type]
    # Not getrusage: what it says of a new process includes its parent's memory.
    kilobytes = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]
    pipe.send((int(kilobytes) / 1e3, dict(summary.table.statuses)))


@contextmanager
def photo_hosts(hosts: list[str], latency_seconds: float) -> Iterator[int]:
    """Yields the port of photo hosts that run in a process of their own; ids that end in _1 are missing there."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, hosts, latency_seconds), daemon=True)
    process.start()
    yield ours.recv()
    process.terminate()
    process.join()


def _serve(pipe: Connection, hosts: list[str], latency_seconds: float) -> None:
    found = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(photo()), photo())
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                is_missing = request.split()[1].endswith(b"_1.jpg")
                await asyncio.sleep(0 if is_missing else latency_seconds)
                writer.write(missing if is_missing else found)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        servers = [await asyncio.start_server(answer, hosts[0], 0, backlog=1024)]
        port = servers[0].sockets[0].getsockname()[1]
        servers += [
            await asyncio.start_server(answer, host, port, backlog=1024)
            for host in [*hosts[1:], "127.0.0.99"]
        ]
        pipe.send(port)
        await asyncio.gather(*(server.serve_forever() for server in servers))

    asyncio.run(serve())


if __name__ == "__main__":
    entry_point.run(main)
