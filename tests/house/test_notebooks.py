"""The notebooks: files that run as they are, in the order of the site, and as its pages."""

import base64
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from tests.dear import but

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "docs" / "notebooks").glob("*.py"))


@pytest.fixture
def notebooks(monkeypatch):
    pytest.importorskip("nbclient")
    monkeypatch.syspath_prepend(ROOT / "docs" / "made")
    return importlib.import_module("notebooks")


def test_all_are_in_the_index_of_the_site():
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert len(SOURCES) >= 4
    assert all(f": notebooks/{source.stem}.md" in site for source in SOURCES)


@pytest.mark.parametrize("source", but(SOURCES, SOURCES[:1] + SOURCES[2:]), ids=lambda s: s.stem)
def test_a_notebook_runs_as_it_is(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with jax.numpy_dtype_promotion("standard"):  # what a reader has
        exec(compile(source.read_text(encoding="utf-8"), source.name, "exec"), {"__name__": "cell"})
    assert not list(tmp_path.iterdir()), "a notebook leaves no files behind"


def test_a_cell_is_shown_with_all_it_gives(notebooks):
    from nbformat.v4 import new_code_cell, new_output

    picture = base64.b64encode(b"not really a picture").decode()
    outputs = [
        new_output("stream", name="stdout", text="said\n"),
        new_output("stream", name="stderr", text="a warning\n"),
        new_output("execute_result", {"text/html": "<table>\n\n</table>", "text/plain": "T"}),
        new_output("execute_result", {"text/latex": r"$\displaystyle x^2$", "text/plain": "x**2"}),
    ]
    pictures = []
    text = notebooks.shown(new_code_cell("f(x)", outputs=outputs), "page", pictures)
    assert text.startswith("```python\nf(x)\n```")
    assert "```text\nsaid\n```" in text
    assert "warning" not in text
    assert "<table>\n</table>" in text  # a blank line would end the table
    assert "$$\nx^2\n$$" in text
    drawn = [new_output("execute_result", {"image/png": picture, "text/plain": "<Axes: >"})]
    for i in range(2):
        assert f"](page-{i}.png)" in notebooks.shown(
            new_code_cell("draw(x)", outputs=drawn), "page", pictures
        )
    assert pictures == [b"not really a picture"] * 2


SMALL = """# %% [markdown]
# # Small

# %%
import minimax_lab as mm

mm.draw.curves([1.0, 0.5])

# %%
1 + 1
"""
BUILT = """
import pathlib, pickle, sys
import notebooks

folder = pathlib.Path(sys.argv[1])
notebooks.SOURCES, notebooks.KEPT = [folder / "small.py"], folder / "kept"
files = notebooks.files()
notebooks.NotebookClient = None  # what is kept is not run again
assert notebooks.files() == files
(folder / "files").write_bytes(pickle.dumps(files))
"""


def test_a_notebook_is_executed_once_in_a_kernel_that_shows_pictures(notebooks, tmp_path):
    (tmp_path / "small.py").write_text(SMALL)
    folder = Path(
        notebooks.__file__
    ).parent  # a process of its own: the client leaves its loop open
    subprocess.run([sys.executable, "-c", BUILT, tmp_path], cwd=folder, check=True)
    files = pickle.loads((tmp_path / "files").read_bytes())
    page = files["notebooks/small.md"]
    assert page.startswith("# Small\n\nThis page is a notebook: [open it in Jupyter](small.ipynb)")
    assert "![What the cell draws](small-0.png)" in page
    assert "```text\n2\n```" in page
    assert files["notebooks/small-0.png"].startswith(b"\x89PNG")


def test_a_picture_of_ours_is_shown_by_what_is_returned():
    from matplotlib import pyplot

    import minimax_lab as mm

    axes = mm.draw.curves([1.0, 0.5, 0.25])
    assert axes._repr_png_().startswith(b"\x89PNG")
    _, own = pyplot.subplots()
    mm.draw.curves([1.0, 0.5], axes=own)
    assert not hasattr(own, "_repr_png_")  # whose figure it is shows it
    pyplot.close("all")
