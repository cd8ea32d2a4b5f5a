"""One HTTP request for a photo, and what its answer means."""

from __future__ import annotations

import asyncio
import email.utils
import ipaddress
import os
import socket
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

import emotionet_tf
from emotionet_tf.downloads.config import DownloadConfig
from emotionet_tf.downloads.photo_checks import KIND_BYTES
from emotionet_tf.errors import UserError
from emotionet_tf.photos.file_kinds import kind_problem

try:
    import aiohttp
    from yarl import URL
except ImportError as error:
    raise UserError("downloading needs aiohttp: pip install 'emotionet_tf[download]'") from error

_REDIRECTS = (301, 302, 303, 307, 308)
_RETRIED = (408, 425, 429)
_DNS_SECONDS = 300
_KEEP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request: a body, another place, or a problem.

    Attributes:
      status: HTTP status; None without a response.
      body: The bytes that came; empty where there is a problem or a redirect.
      location: Where a redirect leads; empty for other replies.
      problem: Why there is no body.
      is_worth_retrying: Whether the same request may succeed later.
      is_host_trouble: Whether the host failed to do its work, rather than having no such photo.
      wait_seconds: For how long the host asks not to come back; None if it does not.
    """

    status: int | None = None
    body: bytes = b""
    location: str = ""
    problem: str = ""
    is_worth_retrying: bool = False
    is_host_trouble: bool = False
    wait_seconds: float | None = None


class PrivateAddressError(OSError):
    """A host's address lies in a private network."""


def new_session(config: DownloadConfig) -> aiohttp.ClientSession:
    """Returns a session for a download's requests; it keeps no cookies and limits no connections, as the host queues
    do."""
    connector = aiohttp.TCPConnector(
        limit=0,
        ttl_dns_cache=_DNS_SECONDS,
        keepalive_timeout=_KEEP_SECONDS,
        socket_factory=None if config.private_hosts else _public_socket,
    )
    timeout = aiohttp.ClientTimeout(
        total=config.total_seconds, sock_connect=config.connect_seconds, sock_read=config.read_seconds
    )
    contact = f" (+{config.contact})" if config.contact else ""
    headers = {
        "User-Agent": f"emotionet_tf/{emotionet_tf.__version__}{contact} photo download for a label list",
        "Accept": "image/jpeg, image/png, image/*;q=0.8",
        # Photos do not shrink, and what cannot be unpacked cannot burst.
        "Accept-Encoding": "identity",
    }
    return aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        # Without a proxy to look for, each request would be asked about one in vain, in threads.
        trust_env=bool(urllib.request.getproxies()),
    )


def url_problem(text: str) -> str:
    """Returns why a text cannot be fetched; empty if it can."""
    try:
        url = URL(text)
        url.port  # noqa: B018 - a wrong port raises only here
    except (ValueError, TypeError):
        return "no valid URL"
    if url.scheme not in ("http", "https"):
        return "neither http nor https"
    return "" if url.host else "no valid URL"


def host_of(text: str) -> str:
    """Returns host and port of a URL that `url_problem` has nothing against."""
    url = URL(text)
    return f"{url.host}:{url.port}"


def redirected(text: str, location: str) -> str:
    """Returns where a redirect leads; raises ValueError where that is not a URL."""
    return str(URL(text).join(URL(location)))


async def fetch(session: aiohttp.ClientSession, url: str, config: DownloadConfig) -> Reply:
    """Returns what one request for a photo gives; never raises for what the other side does."""
    try:
        async with session.get(url, allow_redirects=False) as response:
            return await _read(response, config)
    except (aiohttp.InvalidURL, UnicodeError):
        return Reply(problem="no valid URL")
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        return _reply_to(error)


async def _read(response: aiohttp.ClientResponse, config: DownloadConfig) -> Reply:
    status = response.status
    if status in _REDIRECTS:
        location = response.headers.get("Location", "")
        return Reply(status, location=location, problem="" if location else f"HTTP {status} to nowhere")
    if status != 200:
        is_busy = status in _RETRIED or status >= 500
        wait = retry_after(response.headers.get("Retry-After", "")) if is_busy else None
        return Reply(
            status,
            problem=f"HTTP {status}",
            is_worth_retrying=is_busy,
            is_host_trouble=is_busy,
            wait_seconds=wait,
        )
    too_large = Reply(status, problem=f"larger than {config.max_bytes} bytes")
    if (response.content_length or 0) > config.max_bytes:
        return too_large
    body = bytearray()
    is_photo = False
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > config.max_bytes:
            return too_large
        if not is_photo and len(body) >= KIND_BYTES:
            if problem := kind_problem(bytes(body[:KIND_BYTES])):
                return Reply(status, problem=problem)
            is_photo = True
    return Reply(status, bytes(body))


def retry_after(text: str) -> float | None:
    """Returns a Retry-After header's seconds from now, of either form; None for none, or one that says nothing."""
    text = text.strip()
    if text.isdecimal():
        return float(text)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, date.timestamp() - time.time())


def _reply_to(error: BaseException) -> Reply:
    """Returns what an error of a request means."""
    problem, is_worth_retrying = _problem(error)
    return Reply(problem=problem, is_worth_retrying=is_worth_retrying, is_host_trouble=is_worth_retrying)


def _problem(error: BaseException) -> tuple[str, bool]:
    """Returns an error's name in the table, and whether the request is worth retrying."""
    cause = getattr(error, "os_error", None) or error.__cause__
    if isinstance(error, PrivateAddressError) or isinstance(cause, PrivateAddressError):
        return "private address, refused without --private_hosts", False
    kinds: tuple[tuple[Any, str, bool], ...] = (
        (aiohttp.ConnectionTimeoutError, "no connection in time", True),
        (aiohttp.SocketTimeoutError, "no data in time", True),
        (asyncio.TimeoutError, "not done in time", True),
        (aiohttp.ClientConnectorDNSError, "host not found", True),
        (aiohttp.ClientConnectorCertificateError, "certificate not valid", False),
        (aiohttp.ClientSSLError, "no secure connection", True),
        (aiohttp.ClientPayloadError, "body cut off", True),
        (aiohttp.ServerDisconnectedError, "connection dropped", True),
        (aiohttp.ClientResponseError, "broken HTTP response", True),
    )
    for kind, problem, is_worth_retrying in kinds:
        if isinstance(error, kind):
            return problem, is_worth_retrying
    if isinstance(error, ConnectionResetError):
        return "connection dropped", True
    number = getattr(error, "errno", None)
    return (os.strerror(number).lower() if number else type(error).__name__), True


def _public_socket(address: Any) -> socket.socket:
    """Returns a socket for an address that names and redirects have led to; refuses private networks, so that no list
    can make this machine ask its neighbours."""
    family, kind, protocol, _, place = address
    if not ipaddress.ip_address(place[0].partition("%")[0]).is_global:
        raise PrivateAddressError(f"{place[0]} is a private address")
    opened = socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened
