"""One page with every figure and its caption; the images are inside, so it can be sent as one
file.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from pathlib import Path

from .declare import Plot
from .jobs import Folders

STYLE = (
    "body{font:16px/1.5 serif;max-width:62rem;margin:2rem auto;padding:0 1rem}figure{margin:3rem 0}"
    "img{max-width:100%;border:1px solid "
    "#ddd}figcaption{margin-top:.5rem}code{font-size:.9em;color:#555}"
)


def write(drawn: Mapping[str, Plot], folders: Folders) -> Path:
    """Write build/gallery/index.html; figures that were not drawn are named."""
    from minimax_lab.files import put

    parts, missing = [], []
    for name, plot in drawn.items():
        image = folders.figure(plot)
        if not image.exists():
            missing.append(name)
            continue
        inside = base64.b64encode(image.read_bytes()).decode()
        caption = f"<figcaption><code>{name}</code> {html.escape(plot.caption)}</figcaption>"
        parts.append(
            f'<figure id="{name}"><img alt="{name}" '
            f'src="data:image/png;base64,{inside}">{caption}</figure>'
        )
    if missing:
        parts.append(f"<p>Not drawn, for want of a record: {', '.join(missing)}.</p>")
    page = folders.build / "gallery" / "index.html"
    head = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>minimax_lab: figures</title><style>{STYLE}</style>"
    )
    put(page, f"{head}<h1>Figures</h1>{''.join(parts)}</html>\n")
    return page
