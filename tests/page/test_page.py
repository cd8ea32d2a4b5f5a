"""The page in a real browser, with its fake camera; left out where there is no Chromium."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from video_files import write_video

from emotionet_tf.inference.exports.faces import FACES_DIR
from emotionet_tf.photos.reading import read_photo

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Gradio is not imported here, as it would be in each worker that collects the tests.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("gradio") is None, reason="no Gradio"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium"),
]

ROOT = Path(__file__).parents[2]
HAPPY = FACES_DIR / "openpeople_001_happy.jpg"
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
_TOAST = "[data-testid=toast-body]"
_PATIENCE_MS = 60_000


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def port():
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "emotionet_tf.bin.app",
        "--runtime=onnx",
        f"--port={port}",
        "--max_megabytes=1",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT) as server:
        assert server.stdout.readline() == f"page: http://127.0.0.1:{port} (Ctrl-C ends it)\n"
        yield port
        server.terminate()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=CHROMIUM, args=_OPTIONS)


@pytest.fixture
def page(browser, port):
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    context.grant_permissions(["camera"], origin=f"http://127.0.0.1:{port}")
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector("#file input[type=file]", state="attached")
    yield page
    context.close()


def give(page, path) -> None:
    page.set_input_files("#file input[type=file]", str(path))


def test_photo_is_shown_with_its_aus_and_nothing_is_loaded_from_elsewhere(page, port):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("#file input[type=file]", state="attached")
    give(page, HAPPY)
    page.wait_for_selector("#picture img")
    page.wait_for_function("document.querySelector('#summary').innerText.includes('1 face')")
    page.wait_for_function("document.querySelector('#aus').innerText.includes('lip corner puller')")
    assert len(asked) > 5
    assert not [url for url in asked if not url.startswith((f"http://127.0.0.1:{port}/", "data:", "blob:"))]
    with page.expect_download() as download:
        page.locator("#downloads a").first.click()
    assert Path(download.value.path()).read_text().startswith("id,file,face_index")


def test_video_is_shown(page, tmp_path):
    give(page, write_video(tmp_path / "clip.mp4", [read_photo(HAPPY)[:320, :320]] * 20))
    page.wait_for_selector("#video video")
    page.wait_for_function(
        "document.querySelector('#summary').innerText.includes('20 frames, 20 with a face; 1 person')"
    )


def test_text_with_a_photos_name_is_refused_in_words(page, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture")
    give(page, tmp_path / "text.jpg")
    page.wait_for_selector(_TOAST)
    assert "text.jpg cannot be read: no photo of a known kind" in page.inner_text(_TOAST)


def test_file_above_the_limit_is_refused(page, tmp_path):
    (tmp_path / "large.mp4").write_bytes(bytes(2 << 20))
    give(page, tmp_path / "large.mp4")
    page.wait_for_selector(_TOAST)
    assert "maximum allowed size" in page.inner_text(_TOAST)


def test_webcam_is_looked_at(page):
    page.get_by_role("tab", name="Webcam").click()
    page.get_by_text("Click to Access Webcam").click()
    page.locator(
        "#camera button[aria-label='capture photo'], #camera button[aria-label='start recording']"
    ).first.click()
    page.wait_for_selector("#seen img")


def test_two_users_at_once_get_their_own_results(browser, port):
    names = ("openpeople_001_happy.jpg", "openpeople_003_angry.jpg")
    pages = []
    for _ in names:
        pages.append(browser.new_context().new_page())
        pages[-1].goto(f"http://127.0.0.1:{port}/")
        pages[-1].wait_for_selector("#file input[type=file]", state="attached")
    for page, name in zip(pages, names, strict=True):
        give(page, FACES_DIR / name)
    for page, name in zip(pages, names, strict=True):
        page.wait_for_selector("#picture img", timeout=_PATIENCE_MS)
        page.wait_for_function(f"document.querySelector('#downloads').innerText.includes('{name[:-4]}_aus')")
        text = page.inner_text("#downloads")
        assert not [other for other in names if other != name and other[:-4] in text]
        page.context.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, port):
    page = browser.new_context(viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_selector("#file input[type=file]", state="attached")
    give(page, HAPPY)
    page.wait_for_selector("#picture img", timeout=_PATIENCE_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def _status(port: int, method: str, path: str, content: object = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = None if content is None else json.dumps(content)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, response.read().decode(errors="replace")


def test_files_of_the_machine_cannot_be_fetched(port):
    # An ordinary file of the project, by its plain path.
    assert _status(port, "GET", f"/gradio_api/file={ROOT / 'setup.cfg'}")[0] in (403, 404)


def test_page_does_not_look_at_files_that_were_not_uploaded(port):
    given = {"path": str(HAPPY), "meta": {"_type": "gradio.FileData"}}
    status, answer = _status(port, "POST", "/gradio_api/call/predict", {"data": [given, True]})
    if status == 200:
        event = json.loads(answer)["event_id"]
        time.sleep(1)
        answer = _status(port, "GET", f"/gradio_api/call/predict/{event}")[1]
    assert "AU12" not in answer and "lip corner" not in answer
