"""The gallery: what a page says of a figure, that nothing on it comes from elsewhere, and what is
found in a browser.
"""

import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from figures import declare, facts, gallery, jobs, prints, results

EXPERIMENT = """
import minimax_lab as mm
from figures import experiment

def rule(step):
    return mm.Alternating(step, mm.Consensus(1.0))

@experiment("slow")
def walk(step=0.1):
    return {"x": mm.run(mm.games.cubic(), rule(step), (1.0, 1.0), 5).final}

@experiment("slow")
def other(step=0.1):
    return {"x": mm.Extragradient(step)}
"""
PLOTS = '''"""Where a walk goes; and so on."""

def drawn(walk):
    """A walk, a < b. Second sentence."""

def second(other):
    """Another."""

def absent(walk):
    """Never drawn."""
'''
TABLE = """
## From paper to figure

| paper | its figure | ours | make target | source |
|---|---|---|---|---|
| Somebody 2020, *On walks* | figure 1 | `drawn` | `make figure-drawn` | A |
| the same, a question | none: why | nearest, on dots: `second` | `make figure-second` | B: dots |
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Three plots of two experiments, of which one has a result and two are drawn."""
    root = tmp_path_factory.mktemp("gallery")
    for name, text in {
        "figures/experiments/e.py": EXPERIMENT,
        "figures/plots/p.py": PLOTS,
        "figures/README.md": TABLE,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    known = declare.experiments(root)
    plots, folders = declare.plots(root, known), jobs.Folders(root)
    for name in ("drawn", "second"):
        folders.figures.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (900, 300), "white").save(folders.figures / f"{name}.png")
        (folders.figures / f"{name}.pdf").write_bytes(b"%PDF")
    arrays = {"x": np.ones(2)}
    header = results.describe(known["walk"], {"step": 0.1}, {"gone.py": "0"}, arrays, 1.5)
    results.save(folders.result(known["walk"]), arrays, header)
    return gallery.write(plots, known, folders)


def test_a_page_says_what_a_figure_is_and_what_made_it(project):
    said = (project.parent / "drawn.html").read_text()
    assert "A walk, a &lt; b. Second sentence." in said
    assert "Somebody 2020, On walks" in said
    assert "make figure-drawn" in said
    assert "stale: figures/experiments/e.py changed" in said and "step = 0.1" in said
    for file in re.findall(r'(?:href|src|data-dark)="([^"#:]+)(?:#[^"]*)?"', said):
        assert (project.parent / file).exists(), file
    nearest = (project.parent / "second.html").read_text()
    assert "nearest: on other data" in nearest and "There is no result yet." in nearest


def test_the_first_page_is_small_and_asks_nobody_else(project):
    said = project.read_text()
    assert "Not drawn, for want of a record: absent." in said
    assert 'data-rule="Alternating|Consensus"' in said and 'data-game="cubic"' in said
    assert said.count("<option>Somebody 2020, On walks</option>") == 1
    for page in project.parent.glob("*.html"):
        assert not re.search(r'(src|href)="(https?:)?//|@import|url\(', page.read_text()), page
    with Image.open(project.parent / "small" / "drawn.webp") as small:
        assert small.size == (480, 160)
    assert (project.parent / "small" / "drawn.webp").stat().st_size < 20_000


def test_a_dark_copy_has_the_dark_paper_and_the_same_hues():
    pixels = np.array([[[255, 255, 255], [0, 0, 0], [0, 114, 178]]], np.uint8)
    white, black, blue = prints.negative(pixels)[0].astype(int)
    assert white.tolist() == [0x15, 0x18, 0x1C] and black.tolist() == [255, 255, 255]
    assert blue[0] < blue[1] < blue[2] and blue.sum() > pixels[0, 2].sum()


def test_every_figure_has_a_paper_and_a_question():
    root = gallery.SHOWING.parents[1]
    table = facts.papers(root / "figures" / "README.md")
    plots = declare.plots(root, declare.experiments(root))
    assert set(plots) == set(table)
    assert table["dirac_five_turns"].paper.startswith("Mescheder, Geiger, Nowozin 2018")
    assert table["overview"].paper == facts.OURS
    assert all(facts.question(plot) for plot in plots.values())


def test_a_browser_finds_and_arranges(project):
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        pytest.skip("no chromium here")
    address = f"{project.as_uri()}?theme=dark#q=WALK&rule=Consensus&by=question"
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", address]
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
    assert 'data-theme="dark"' in told
    assert "1 of 2 figures" in told
    assert re.search(r'<img src="small/drawn-dark.webp"', told)
    assert re.search(r'href="second.html"[^>]* hidden', told)
    assert "Where a walk goes <small>1</small>" in told


def test_what_a_card_says_is_a_sentence():
    caption = "The games of `planar` (He et al. 2022), walked. More of it."
    assert gallery._first(caption) == "The games of planar (He et al. 2022), walked."
