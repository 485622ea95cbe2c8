"""The notebooks of docs/notebooks, Python files with cells as jupytext writes them: executed by a
kernel of their own, as pages of the site and as files to open.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "docs" / "notebooks").glob("*.py"))
KEPT = ROOT / "build" / "notebooks"
PACKAGES = ("minimax_lab", "theory")  # what notebooks import of ours
INLINE = "module://matplotlib_inline.backend_inline"
OPEN = "This page is a notebook: [open it in Jupyter]({0}.ipynb), or [run it as it is]({0}.py)."


def executed(source: Path) -> Any:
    """A notebook with what its cells gave; kept until the source or the package is newer."""
    kept = KEPT / f"{source.stem}.ipynb"
    read = [source, *(path for of in PACKAGES for path in (ROOT / of).rglob("*.py"))]
    if kept.exists() and kept.stat().st_mtime > max(path.stat().st_mtime for path in read):
        return nbformat.read(kept, as_version=4)
    found = jupytext.read(source)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(found, timeout=600, resources={"metadata": {"path": folder}})
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        client.execute(env=os.environ | {"MPLBACKEND": INLINE, "PYTHONPATH": paths})
    for cell in found.cells:
        cell.metadata.pop("execution", None)  # when it was run says nothing
    KEPT.mkdir(parents=True, exist_ok=True)
    nbformat.write(found, kept)
    return found


def files() -> dict[str, str | bytes]:
    """Everything the site gets, by address: a page, a notebook to open, and pictures."""
    made: dict[str, str | bytes] = {}
    with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
        notebooks = list(side_by_side.map(executed, SOURCES))
    for source, notebook in zip(SOURCES, notebooks, strict=True):
        pictures: list[bytes] = []
        text = "\n\n".join(shown(cell, source.stem, pictures) for cell in notebook.cells)
        title, rest = text.split("\n", 1)
        made[f"notebooks/{source.stem}.md"] = f"{title}\n\n{OPEN.format(source.stem)}\n{rest}\n"
        made[f"notebooks/{source.stem}.ipynb"] = nbformat.writes(notebook)
        for i, picture in enumerate(pictures):
            made[f"notebooks/{source.stem}-{i}.png"] = picture
    return made


def shown(cell: Any, stem: str, pictures: list[bytes]) -> str:
    """A cell as Markdown; its pictures are put beside those before."""
    if cell.cell_type == "markdown":
        return str(cell.source)
    parts = [f"```python\n{cell.source}\n```"]
    drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
    for output in cell.outputs:
        data = output.get("data", {})
        plain = output.get("text") or data.get("text/plain", "")
        if "image/png" in data:
            parts.append(f"![What the cell draws]({stem}-{len(pictures)}.png)")
            pictures.append(base64.b64decode(data["image/png"]))
        elif "text/html" in data:
            html = re.sub(r"\n\s*\n", "\n", data["text/html"].strip())
            parts.append(f'<div class="cell-output">\n{html}\n</div>')
        elif "text/latex" in data:
            formula = data["text/latex"].strip().strip("$").removeprefix(r"\displaystyle").strip()
            parts.append(f"$$\n{formula}\n$$")
        elif plain and output.get("name") != "stderr" and not (drawn and plain.startswith("<")):
            parts.append(f"```text\n{plain.rstrip()}\n```")
    return "\n\n".join(parts)
