"""The page as Gradio shows it. Nothing on it is loaded from elsewhere, and nothing is sent anywhere."""

from __future__ import annotations

import html
import os
from typing import Any

import numpy as np

from emotionet_tf import __version__
from emotionet_tf.errors import UserError
from emotionet_tf.page.settings import PageConfig
from emotionet_tf.page.views import Views

_KEPT_SECONDS = 3600
_USERS_AT_ONCE = 2
_BUTTONS: list[Any] = ["download", "fullscreen"]
"""Of a picture; none that shares it."""
_ABOUT = """
**emotionet_tf {version}**, model `{model}`. {score}

The detector in the package was made from rendered and free faces, without a photo that a person coded: see its model
card for how good it is, and for what it must not be used. Files that you give stay on the machine that serves this
page, and are removed when it ends.
"""


def check_package() -> None:
    """Raises UserError, which says how to get it, unless Gradio is installed."""
    # It asks at its import whether it may report its use.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import gradio  # noqa: F401
    except ImportError as error:
        raise UserError(f"the page needs Gradio: pip install 'emotionet_tf[app]' ({error})") from error


def build_page(views: Views) -> Any:
    """Returns the page, a `gradio.Blocks`."""
    import gradio as gr

    about = views.detector.about
    with gr.Blocks(title="emotionet_tf", analytics_enabled=False, delete_cache=(600, _KEPT_SECONDS)) as page:
        gr.Markdown("# Facial Action Units")
        with gr.Tab("Photo or video"):
            _file_tab(views)
        with gr.Tab("Webcam"):
            _webcam_tab(views)
        gr.Markdown(
            _ABOUT.format(
                version=__version__,
                model=about["model"],
                score=about["score"][0].upper() + about["score"][1:] + ".",
            )
        )
    return page


def serve(config: PageConfig, views: Views) -> None:
    """Serves the page until Ctrl-C.

    Raises:
      UserError: If the port is taken.
    """
    import gradio as gr

    page = build_page(views)
    page.queue(default_concurrency_limit=_USERS_AT_ONCE, max_size=32)
    fonts: dict[str, Any] = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    try:
        page.launch(
            server_name=config.host,
            server_port=config.port,
            share=False,
            quiet=True,
            show_error=True,
            max_file_size=f"{config.max_megabytes}mb",
            allowed_paths=[str(views.folder)],
            ssr_mode=False,
            theme=gr.themes.Default(**fonts),
            footer_links=[],
            enable_monitoring=False,
            prevent_thread_lock=True,
        )
    except OSError as error:
        raise UserError(
            f"--port={config.port} at {config.host} cannot be used: another program has it, or the address is not this "
            "machine's; give another"
        ) from error
    # What was asked for, not what it may be called by others.
    print(f"page: http://{config.host}:{config.port} (Ctrl-C ends it)", flush=True)
    page.block_thread()


def _file_tab(views: Views) -> None:
    import gradio as gr

    with gr.Row():
        with gr.Column():
            file = gr.File(label="Drop a photo or video here", type="filepath", elem_id="file")
            all_faces = gr.Checkbox(True, label="All faces, not the largest only")
            summary = gr.Markdown(elem_id="summary")
            files = gr.File(label="Download", file_count="multiple", interactive=False, elem_id="downloads")
        with gr.Column():
            picture = gr.Image(
                label="Photo", type="filepath", interactive=False, buttons=_BUTTONS, elem_id="picture"
            )
            video = gr.Video(label="Video", visible=False, interactive=False, elem_id="video")
            aus = gr.Dataframe(label="Action Units", interactive=False, elem_id="aus")

    def predict(path: str | None, every_face: bool, progress: Any = gr.Progress()) -> list[Any]:  # noqa: B008
        if path is None:
            return ["", None, gr.update(value=None), gr.update(value=None, visible=False), None]
        try:
            view = views.of_file(path, all_faces=every_face, on_progress=lambda share: progress(share))
        except UserError as error:
            # Gradio shows errors and summaries as HTML, and a file's name may be in them.
            raise gr.Error(html.escape(str(error)), print_exception=False) from error
        shown = view.picture or view.video
        return [
            html.escape(view.summary),
            [str(view.table), str(shown)],
            gr.update(value=None if view.picture is None else str(view.picture), visible=view.video is None),
            gr.update(value=None if view.video is None else str(view.video), visible=view.video is not None),
            view.aus,
        ]

    outputs = [summary, files, picture, video, aus]
    gr.on([file.change, all_faces.change], predict, [file, all_faces], outputs, api_name="predict")


def _webcam_tab(views: Views) -> None:
    import gradio as gr

    with gr.Row():
        camera = gr.Image(sources=["webcam"], streaming=True, type="numpy", label="Webcam", elem_id="camera")
        with gr.Column():
            seen = gr.Image(label="What is seen", interactive=False, buttons=_BUTTONS, elem_id="seen")
            aus = gr.Dataframe(label="Action Units", interactive=False, elem_id="camera_aus")

    def predict(pixels: np.ndarray | None) -> tuple[Any, Any]:
        return (None, None) if pixels is None else views.of_picture(pixels)

    camera.stream(
        predict,
        [camera],
        [seen, aus],
        stream_every=0.2,
        concurrency_limit=_USERS_AT_ONCE,
        show_progress="hidden",
    )
