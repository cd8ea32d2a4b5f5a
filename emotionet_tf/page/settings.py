"""Where the page is served, and what it takes. Needs no Gradio."""

from __future__ import annotations

from dataclasses import dataclass

from emotionet_tf.runtimes import RUNTIMES
from emotionet_tf.settings import check_settings, setting


@dataclass(frozen=True)
class PageConfig:
    """A page; what each setting is, its declaration says.

    Raises:
      UserError: If a value is not valid.
    """

    host: str = setting(
        "127.0.0.1",
        "Address to listen at. Default: this machine alone; 0.0.0.0 lets in whoever reaches it, without a password.",
    )
    port: int = setting(7860, "Port to listen at.", at_least=1, at_most=65535)
    max_megabytes: int = setting(64, "Largest file that is taken, our default.", at_least=1)
    max_video_seconds: float = setting(
        120.0, "Of longer videos the beginning is predicted, so much of it; our default.", above=0
    )
    runtime: str | None = setting(
        None, "What runs the networks: tensorflow or onnx. Default: tensorflow.", choices=RUNTIMES
    )

    def __post_init__(self) -> None:
        check_settings(self)
