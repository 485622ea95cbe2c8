"""Files that are what their names say, exactly as wide as the paper they are for."""

import os
import re
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from PIL import Image

import minimax_lab as mm
from minimax_lab import draw, games
from minimax_lab.draw import Paper

NAMED = {f"a rule with a name of some length, number {i}": 0.9 ** np.arange(20) for i in range(5)}
HEADS = {
    "pdf": rb"%PDF-1\.",
    "png": rb"\x89PNG",
    "svg": rb"<\?xml .*<svg ",
    "eps": rb"%!PS-Adobe-3\.0 EPSF",
    "pgf": rb"%% Creator: Matplotlib, PGF.*\\begin\{pgfpicture\}.*\\end\{pgfpicture\}",
}


def width_of(path):
    """In inches, as the file itself says."""
    content = path.read_bytes()
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return picture.size[0] / 220
    if path.suffix == ".svg":
        return float(ET.fromstring(content).get("width").removesuffix("pt")) / 72
    if path.suffix == ".pgf":
        return float(re.search(rb"\{\\pgfpointorigin\}\{\\pgfqpoint\{([\d.]+)in", content)[1])
    box = rb"/MediaBox \[([^\]]+)\]" if path.suffix == ".pdf" else rb"%%HiResBoundingBox: (.*)"
    left, _, right, _ = map(float, re.search(box, content)[1].split())
    return (right - left) / 72


@pytest.mark.parametrize("kind", HEADS)
def test_every_format_writes_what_it_says_and_the_same_again(kind, tmp_path):
    axes = draw.curves(NAMED)
    (one,) = draw.save(axes, tmp_path / f"one.{kind}")
    assert one == tmp_path / f"one.{kind}"
    assert re.match(HEADS[kind], one.read_bytes(), re.DOTALL)
    (two,) = draw.save(draw.curves(NAMED), tmp_path / f"two.{kind}")
    assert one.read_bytes() == two.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {one.name, two.name}


@pytest.mark.parametrize("kind", HEADS)
def test_a_file_is_as_wide_as_its_paper(kind, tmp_path):
    for paper in (Paper.COLUMN, Paper(4.2, 8.0)):
        with draw.style(paper):
            axes = draw.curves(NAMED)
        before = axes.figure.get_size_inches().tolist()
        (path,) = draw.save(axes, tmp_path / f"figure.{kind}")
        assert width_of(path) == pytest.approx(paper.width, abs=3e-3)
        assert axes.figure.get_size_inches().tolist() == before
        for text in axes.get_legend().get_texts():
            assert text.get_fontsize() == pytest.approx(8 * paper.letters / 9)


@pytest.mark.parametrize("name", ["PAGE", "TEXT", "JMLR", "IEEE", "IEEE_PAGE", "POSTER", "SLIDE"])
def test_the_usual_papers_fit_a_spectrum_with_its_legend(name, tmp_path):
    paper = getattr(Paper, name)
    with draw.style(paper):
        axes = draw.spectrum({name: np.array([0.5 + 1j, 0.5 - 1j]) for name in NAMED}, of="field")
        (path,) = draw.save(axes, tmp_path / "spectrum.png")
    assert width_of(path) == pytest.approx(paper.width, abs=3e-3)
    assert axes.get_aspect() == 1
    (line,) = [line for line in axes.lines if line.get_label() == next(iter(NAMED))]
    assert line.get_markersize() == pytest.approx(5.5 * paper.factor)


def test_figures_of_ones_own_are_saved_for_a_paper_too(tmp_path):
    with draw.style():
        figure = Figure(figsize=(3.25, 2.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw.curves(NAMED, axes=left)
        draw.spectrum(np.array([0.5]), of="update", axes=right)
        left.get_legend().remove()
    (path,) = draw.save(figure, tmp_path / "own.pdf", paper=Paper.COLUMN)
    assert width_of(path) == pytest.approx(3.25, abs=1e-4)
    axes = draw.curves(NAMED)  # made for no paper: its legend is beside it
    with pytest.raises(mm.InputError, match=r"cannot be made 3.25 inches wide.*mm.draw.style\(pap"):
        draw.save(axes, tmp_path / "beside.pdf", paper=Paper.COLUMN)
    assert os.listdir(tmp_path) == ["own.pdf"]


def test_settings_and_paper_hold_for_the_pictures_within():
    with draw.style(Paper.POSTER, **{"axes.facecolor": "#eeeeee"}), draw.style():
        assert matplotlib.rcParams["font.size"] == pytest.approx(26)
        assert draw.curves([1.0, 0.5]).get_facecolor() == to_rgba("#eeeeee")
    assert draw.curves([1.0, 0.5]).get_facecolor() == to_rgba("white")


def test_postscript_has_no_transparency_and_the_figure_keeps_its_own(tmp_path, caplog):
    axes = draw.curves({"band": 0.9 ** np.arange(9) * np.array([[1.0], [2.0], [3.0]])})
    (band,) = axes.collections
    before = band.get_facecolor().tolist(), band.get_alpha()
    (path,) = draw.save(axes, tmp_path / "band.eps")
    assert not caplog.records
    assert (band.get_facecolor().tolist(), band.get_alpha()) == before
    mixed = [1 - 0.18 * (1 - part) for part in to_rgba("#0072B2")[:3]]
    assert "{:.3g} {:.3g} {:.3g} setrgbcolor".format(*mixed) in path.read_text().replace("\n", " ")


def test_maps_of_pgf_lie_beside_it(tmp_path):
    walked = {"box": ((-6, 4), (-3, 7)), "grid": 12}
    found = mm.basins(games.two_basins(), mm.Alternating(0.05), **walked)
    written = draw.save(draw.basins(found), tmp_path / "basins.pgf")
    assert [path.name for path in written] == ["basins.pgf", "basins-img0.png"]
    assert "{basins-img0.png}" in written[0].read_text()
    with Image.open(written[1]) as picture:
        assert picture.size > (10, 10)


def test_bad_papers_are_named(tmp_path):
    axes = draw.curves([1.0, 0.5])
    for call, words in [
        (lambda: Paper(0), "Paper.width is 0"),
        (lambda: Paper("wide"), "Paper.width is wide"),
        (lambda: Paper(3.0, letters=-1), "Paper.letters is -1"),
        (lambda: draw.save(axes, tmp_path / "x.pdf", paper=3.25), r"paper is 3.25.*Paper\(3.25\)"),
        (lambda: draw.style("icml").__enter__(), "paper is icml.*Paper.COLUMN"),
        (lambda: draw.curves([1.0], axes=3), "axes is 3"),
        (lambda: draw.curves([1.0], axes=axes, axis=axes), "axis is .*left out where axes"),
        (lambda: draw.comparison([1.0]), "found is .*mm.compare"),
    ]:
        with pytest.raises(mm.InputError, match=words):
            call()
