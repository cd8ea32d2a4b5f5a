"""Exported models against Keras on real crops, in ONNX Runtime, LiteRT, TensorFlow's SavedModel and a browser.

    python -m benchmarks.exports --photos_dir=DIR [--onnxruntime_web=DIR]

The package's detector is exported in each format and run on the largest face of each photo; printed are the largest
difference of scores, and how many decisions differ whose score lies further than .001 from its threshold. With
--onnxruntime_web, the folder `dist` of the npm package onnxruntime-web, the ONNX file also runs in Chromium, which has
to be there, driven by playwright.
"""

from __future__ import annotations

import base64
import functools
import http.server
import json
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from absl import flags

from emotionet_tf.cli import entry_point
from emotionet_tf.errors import UserError

if TYPE_CHECKING:
    import numpy as np

_PHOTOS_DIR = flags.DEFINE_string(
    "photos_dir", None, "Photos of faces. Default: those that come with the package."
)
_WEB = flags.DEFINE_string("onnxruntime_web", None, "Folder dist of the npm package onnxruntime-web.")

_PAGE = """<!DOCTYPE html><script type="module">
try {
const ort = await import("./ort/ort.wasm.min.mjs");
ort.env.wasm.wasmPaths = new URL("./ort/", location.href).href;
ort.env.wasm.numThreads = 1;
const given = await (await fetch("inputs.json")).json();
const session = await ort.InferenceSession.create("model.onnx");
const feeds = {};
for (const [name, one] of Object.entries(given)) {
  const bytes = Uint8Array.from(atob(one.data), (letter) => letter.charCodeAt(0));
  const values = one.type === "uint8" ? bytes : new Float32Array(bytes.buffer);
  feeds[name] = new ort.Tensor(one.type, values, one.shape);
}
const start = performance.now();
const results = await session.run(feeds);
window.seen = {
  scores: Array.from(results.scores.data), decisions: Array.from(results.decisions.data),
  milliseconds: performance.now() - start,
};
} catch (error) { window.seen = { error: String(error) }; }
</script>"""


def main(arguments: list[str]) -> None:
    """Prints a line for each format."""
    entry_point.refuse_arguments(arguments)
    from emotionet_tf.inference.exports import onnx_format, saved_model_format, tflite_format
    from emotionet_tf.inference.exports.export import describe
    from emotionet_tf.inference.exports.faces import faces_for_check
    from emotionet_tf.inference.exports.graph import DetectorGraph
    from emotionet_tf.inference.exports.settings import ExportConfig
    from emotionet_tf.inference.scoring.keras_models import KerasScorer
    from emotionet_tf.inference.shipped_detectors import detector_folders

    scorer = KerasScorer(detector_folders())
    graph = DetectorGraph.of(scorer)
    places, angles = faces_for_check(_PHOTOS_DIR.value)
    inputs, scores = graph.inputs(places, angles), scorer.scores(places, angles)
    show = functools.partial(_show, scores, scorer.thresholds)
    print(f"{len(places)} faces")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.onnx")
        onnx_format.write(graph, file, describe(graph, ExportConfig(str(file))))
        show("ONNX Runtime", onnx_format.run(file, inputs))
        saved_model_format.write(graph, Path(folder, "saved"))
        show("SavedModel", saved_model_format.run(Path(folder, "saved"), inputs))
        for precision in ("float32", "float16", "int8"):
            lite = Path(folder, f"{precision}.tflite")
            tflite_format.write(graph, lite, precision, inputs)
            show(f"LiteRT, {precision}", tflite_format.run(lite, inputs))
        if _WEB.value:
            outputs, milliseconds = _in_browser(Path(folder), Path(_WEB.value), inputs)
            show("browser (onnxruntime-web)", outputs)
            print(f"  browser: {milliseconds / len(places):.1f} ms a face, one thread of WebAssembly")


def _show(scores: np.ndarray, thresholds: np.ndarray, name: str, outputs: dict[str, np.ndarray]) -> None:
    import numpy as np

    is_near = np.abs(scores - thresholds) <= 1e-3
    different = (outputs["decisions"] != (scores >= thresholds)) & ~is_near
    print(
        f"{name}: scores differ by at most {np.abs(outputs['scores'] - scores).max():.2g}, "
        f"{int(different.sum())} of {different.size} decisions differ"
    )


def _in_browser(
    folder: Path, web: Path, inputs: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], float]:
    """Returns what the file in a folder gives in Chromium, and the milliseconds that it took."""
    import numpy as np
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise UserError("no chromium is installed")
    (folder / "ort").symlink_to(web.resolve())
    (folder / "index.html").write_text(_PAGE)
    content = {
        name: {
            "type": str(value.dtype),
            "shape": value.shape,
            "data": base64.b64encode(value.tobytes()).decode(),
        }
        for name, value in inputs.items()
    }
    (folder / "inputs.json").write_text(json.dumps(content))
    handler = functools.partial(_QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as driver:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        page = driver.chromium.launch(executable_path=chromium, args=options).new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_function("window.seen", timeout=300_000)
        seen = page.evaluate("window.seen")
        if "error" in seen:
            raise UserError(f"the browser says: {seen['error']}")
        server.shutdown()
    num_faces = len(next(iter(inputs.values())))
    outputs = {name: np.array(seen[name]).reshape(num_faces, -1) for name in ("scores", "decisions")}
    return outputs, seen["milliseconds"]


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
    }

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


if __name__ == "__main__":
    entry_point.run(main)
