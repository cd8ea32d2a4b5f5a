"""A photo host on loopback that can be as bad as real ones, and counts what it is asked."""

from __future__ import annotations

import asyncio
import csv
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np

Answer = Callable[["PhotoServer", str, asyncio.StreamWriter], Awaitable[None]]


def jpeg(seed: int = 0, size_px: int = 24) -> bytes:
    """A small JPEG of its own for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size_px, size_px, 3), np.uint8)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


def response(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """An HTTP response, whose length is the body's unless another is given."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


def table_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of the table of a download to a folder."""
    with (folder / "downloads.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class PhotoServer:
    """Answers GET by path, from a thread of its own, in bare HTTP so that it can break its rules.

    Attributes:
      answers: Path to a response, to a list of them of which each request takes the next (the last one stays), or to
        a coroutine that writes one.
      num_asked: Requests by path.
      most_at_once: Requests under way at once, at most.
      starts: Times at which requests came.
      headers: Of the last request.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.answers: dict[str, bytes | list[bytes] | Answer] = {}
        self.num_asked: Counter[str] = Counter()
        self.num_at_once = self.most_at_once = 0
        self.starts: list[float] = []
        self.headers = ""
        self.seconds = 0.0
        self._host = host
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> PhotoServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str) -> str:
        """The URL of a path here."""
        return f"http://{self._host}:{self.port}{path}"

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, self._host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.headers = request.decode()
                await self._answer(self.headers.split()[1], writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.starts.append(self._loop.time())
        self.num_at_once += 1
        self.most_at_once = max(self.most_at_once, self.num_at_once)
        try:
            if self.seconds:
                await asyncio.sleep(self.seconds)
            answer = self.answers.get(path, response(b"no", "404 Not Found"))
            if isinstance(answer, list):
                answer = answer[min(self.num_asked[path], len(answer) - 1)]
            self.num_asked[path] += 1
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(self, path, writer)
        finally:
            self.num_at_once -= 1
