"""What our HTML pages of one file are made with: templates, and figures that lie in the page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from emotionet_tf.errors import UserError
from emotionet_tf.plots.canvas import new_figure
from emotionet_tf.storage.files import check_writable
from emotionet_tf.storage.paths import as_path

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure


def check_page(path: str) -> None:
    """Raises UserError unless a page can be written to a path, and its packages are there."""
    if not path.endswith((".html", ".htm")):
        raise UserError(f"--report={path} must end in .html")
    new_figure(1, 1)
    page_templates()
    check_writable(as_path(path), "report")


def page_templates() -> Environment:
    """Returns the templates of `plots/templates`, which escape what they are given; UserError without jinja2."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise UserError("the page needs jinja2: pip install 'emotionet_tf[charts]'") from error
    return Environment(
        loader=PackageLoader("emotionet_tf.plots"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def png_text(figure: Figure) -> str:
    """Returns a figure as a PNG in base64, for a `data:` address."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=90)
    return base64.b64encode(content.getvalue()).decode("ascii")
