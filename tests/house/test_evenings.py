"""The three first evenings, as somebody types them: the files, the Python, the commands, and the
picture that each page shows.
"""

import importlib
import re
import shlex
import time
from pathlib import Path

import jax
import numpy as np
import pytest
from PIL import Image

from minimax_lab.cli.entry import main
from tests.dear import but

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "evenings").glob("*.md"))


def test_there_are_three():
    assert [page.stem for page in PAGES] == ["gan", "method", "paper"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"(docs/evenings/{page.name})" in readme for page in PAGES)


@pytest.mark.parametrize("page", but(PAGES, PAGES[:2]), ids=lambda page: page.stem)
def test_an_evening_ends_with_its_picture(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(ROOT / "docs" / "made")
    pictures, begun = importlib.import_module("pictures"), time.perf_counter()
    with jax.numpy_dtype_promotion("standard"):  # what a reader has
        pictures.run(page)
        for line in re.findall(r"^minimax-lab .*", page.read_text(), re.MULTILINE):
            assert main(shlex.split(line)[1:]) in (0, None), line
    assert time.perf_counter() - begun < 120, "an evening, not a night"
    shown = page.with_suffix(".png")
    assert f"]({shown.name})" in page.read_text() and shown.stat().st_size < 60_000
    with Image.open(shown) as picture:
        ours = np.asarray(picture.convert("RGB"), float)
    theirs = np.asarray(pictures.small(Path(shown.name)).convert("RGB"), float)
    assert ours.shape == theirs.shape
    assert abs(ours - theirs).mean() < 2, "draw them anew: make pictures"
