"""What each kind of answer comes to: a photo, another try, or a reason in the table."""

import asyncio
import hashlib
import time
from email.utils import formatdate

import pytest
from local_server import jpeg, response

from emotionet_tf.downloads import http_requests

PHOTO = jpeg()
BUSY = response(b"", "503 Service Unavailable")


def the_row(rows):
    (row,) = rows
    return row


def reason_of(download, write_list, server, answer, **changes):
    server.answers["/N_1/N_1_1.jpg"] = answer
    summary, rows = download(write_list((server.url("/N_1/N_1_1.jpg"), "")), **changes)
    assert summary.table.num_rows == 1
    return the_row(rows)


def test_photo_is_stored_under_its_id_with_its_facts(download, write_list, server, tmp_path):
    row = reason_of(download, write_list, server, response(PHOTO), contact="mailto:a@b.c")
    assert (tmp_path / "photos" / "N_1" / "N_1_1.jpg").read_bytes() == PHOTO
    assert row == {
        "id": "N_1_1", "list": "dataFile_0001.txt", "line": "1", "photo": "N_1/N_1_1.jpg", "status": "fetched",
        "url": server.url("/N_1/N_1_1.jpg"), "http_status": "200", "bytes": str(len(PHOTO)), "attempts": "1",
        "reason": "", "sha256": hashlib.sha256(PHOTO).hexdigest(),
    }  # fmt: skip
    assert "User-Agent: emotionet_tf/" in server.headers
    assert "mailto:a@b.c" in server.headers


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "403 Forbidden"])
def test_missing_photo_is_asked_for_once(download, write_list, server, status):
    row = reason_of(download, write_list, server, response(b"", status))
    assert (row["status"], row["reason"], row["attempts"]) == ("failed", f"HTTP {status[:3]}", "1")
    assert server.num_asked["/N_1/N_1_1.jpg"] == 1


def test_original_url_is_tried_where_the_first_fails(download, write_list, server):
    server.answers["/orig.jpg"] = response(PHOTO)
    pairs = [(server.url(f"/N_1/N_1_{i}.jpg"), server.url("/orig.jpg")) for i in range(3)]
    _, rows = download(write_list(*pairs))
    assert {(row["status"], row["url"]) for row in rows} == {("fetched", server.url("/orig.jpg"))}
    assert [row["attempts"] for row in rows] == ["2", "2", "2"]


def test_busy_server_is_asked_again_up_to_the_limit(download, write_list, server):
    row = reason_of(download, write_list, server, [BUSY, response(PHOTO)])
    assert (row["status"], row["attempts"]) == ("fetched", "2")
    server.answers["/N_1/N_1_2.jpg"] = BUSY
    _, rows = download(write_list((server.url("/N_1/N_1_2.jpg"), "")))
    assert (rows[0]["reason"], rows[0]["attempts"]) == ("HTTP 503", "2")


@pytest.mark.parametrize("header", ["1", "date"])
def test_retry_after_is_waited_for(download, write_list, server, header):
    wait = formatdate(time.time() + 2, usegmt=True) if header == "date" else header
    answers = [response(b"", "429 Too Many Requests", f"Retry-After: {wait}"), response(PHOTO)]
    row = reason_of(download, write_list, server, answers)
    assert row["status"] == "fetched"
    # A date has whole seconds: of the two that it lies ahead, one may be gone at once.
    assert server.starts[1] - server.starts[0] > 0.95


def test_host_that_asks_for_too_long_a_wait_is_given_up(download, write_list, server):
    server.answers = {
        f"/N_1/N_1_{i}.jpg": response(b"", "429 Too Many Requests", "Retry-After: 3600") for i in range(20)
    }
    _, rows = download(
        write_list(*[(server.url(path), "") for path in server.answers]), connections_per_host=1
    )
    assert {row["reason"] for row in rows} == {"host given up: it asks to wait 3600 s (HTTP 429)"}
    assert sum(server.num_asked.values()) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!DOCTYPE html><html>Photo removed</html>", "HTML instead of a photo"),
        (b"\n <HTML>" + b"x" * 5000, "HTML instead of a photo"),
        (b"", "empty file"),
        (b"hello world, this is text", "no photo of a known kind"),
    ],
)
def test_what_is_no_photo_is_rejected_whatever_its_header_says(download, write_list, server, body, reason):
    row = reason_of(download, write_list, server, response(body, "200 OK", "Content-Type: image/jpeg"))
    assert (row["status"], row["reason"], row["attempts"]) == ("rejected", reason, "1")


def test_photo_with_a_wrong_type_header_is_taken(download, write_list, server):
    row = reason_of(download, write_list, server, response(PHOTO, "200 OK", "Content-Type: text/html"))
    assert row["status"] == "fetched"


def test_too_large_a_photo_is_rejected_by_its_length_and_by_what_comes(download, write_list, server):
    async def endless(server, path, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + PHOTO[:400])
        while not writer.is_closing():
            writer.write(b"\0" * 4096)
            await writer.drain()
            await asyncio.sleep(0)

    row = reason_of(download, write_list, server, endless, max_bytes=50_000)
    assert (row["status"], row["reason"]) == ("rejected", "larger than 50000 bytes")
    row = reason_of(download, write_list, server, response(PHOTO), max_bytes=300)
    assert (row["status"], row["reason"]) == ("rejected", "larger than 300 bytes")


async def _cut(server, path, writer):
    writer.write(response(PHOTO[:-40], length=len(PHOTO)))
    await writer.drain()
    writer.close()


async def _drop(server, path, writer):
    writer.close()


async def _half_a_chunk(server, path, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + PHOTO)
    writer.close()


async def _gibberish(server, path, writer):
    writer.write(b"\0\1\2 no HTTP\r\n\r\n")
    writer.close()


async def _silent(server, path, writer):
    await asyncio.sleep(3)


async def _drip(server, path, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\xff\xd8\xff")
    for _ in range(100):
        writer.write(b"\xe0")
        await writer.drain()
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_cut, "body cut off"),
        (response(PHOTO, length=len(PHOTO) - 40), "broken HTTP response"),
        (response(PHOTO[:-40]), "cut off"),
        (_drop, "connection dropped"),
        (_half_a_chunk, "broken HTTP response"),
        (_gibberish, "broken HTTP response"),
        (_silent, "no data in time"),
        (_drip, "not done in time"),
    ],
    ids=["cut", "length-too-short", "photo-cut", "drop", "chunk", "gibberish", "silent", "drip"],
)
def test_broken_answer_is_tried_again_and_ends(download, write_list, server, answer, reason, tmp_path):
    start = time.monotonic()
    row = reason_of(download, write_list, server, answer)
    assert (row["status"], row["reason"], row["attempts"]) == ("failed", reason, "2")
    assert time.monotonic() - start < 4  # two requests of a second at most
    assert not list((tmp_path / "photos").rglob("*.jpg"))
    row = reason_of(download, write_list, server, [answer, response(PHOTO)])
    assert row["status"] == "fetched"


def test_surplus_bytes_spoil_no_other_photo(download, write_list, server):
    server.answers = {f"/N_1/N_1_{i}.jpg": response(jpeg(i)) for i in range(20)}
    server.answers["/N_1/N_1_3.jpg"] = response(jpeg(3) + jpeg(99), length=len(jpeg(3)))
    urls = [(server.url(path), "") for path in server.answers]
    _, rows = download(write_list(*urls), connections_per_host=1)
    expected = {f"N_1_{i}": hashlib.sha256(jpeg(i)).hexdigest() for i in range(20)} | {"N_1_3": ""}
    assert {row["id"]: row["sha256"] for row in rows} == expected
    assert rows[3]["reason"] == "broken HTTP response"


def test_redirects_are_followed_but_not_in_circles(download, write_list, server):
    server.answers["/a"] = response(b"", "302 Found", "Location: b/c.jpg")
    server.answers["/b/c.jpg"] = response(PHOTO)
    row = reason_of(download, write_list, server, response(b"", "301 Moved Permanently", "Location: /a"))
    assert (row["status"], row["url"], row["attempts"]) == ("fetched", server.url("/N_1/N_1_1.jpg"), "1")

    server.answers["/N_1/N_1_2.jpg"] = response(b"", "302 Found", "Location: /N_1/N_1_2.jpg")
    _, rows = download(write_list((server.url("/N_1/N_1_2.jpg"), "")))
    assert rows[0]["reason"] == "too many redirects"
    assert server.num_asked["/N_1/N_1_2.jpg"] == 6


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "redirect to what is neither http nor https"),
        ("http://host:port/", "redirect to no valid URL"),
    ],
)
def test_redirect_elsewhere_than_to_the_web_is_refused(download, write_list, server, location, reason):
    row = reason_of(download, write_list, server, response(b"", "302 Found", f"Location: {location}"))
    assert row["reason"] == reason


def test_private_addresses_are_refused_by_default(download, write_list, server):
    row = reason_of(download, write_list, server, response(PHOTO), private_hosts=False)
    assert (row["reason"], row["attempts"]) == ("private address, refused without --private_hosts", "1")
    assert not server.starts


def test_dead_host_says_so(download, write_list):
    _, rows = download(write_list(("http://127.0.0.1:9/N_1/N_1_1.jpg", "")))
    assert rows[0]["reason"] == "connection refused"


@pytest.mark.parametrize(("text", "seconds"), [("12", 12), ("", None), ("soon", None), ("-3", None)])
def test_retry_after_of_either_form_or_none(text, seconds):
    assert http_requests.retry_after(text) == seconds
    assert http_requests.retry_after(formatdate(time.time() - 60, usegmt=True)) == 0
    assert http_requests.retry_after(formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=2)
