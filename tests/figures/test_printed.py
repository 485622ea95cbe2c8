"""What a printed figure must be: read back from files that have it and from files that do not; and
looks that readers can tell apart.
"""

import itertools
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot

from figures import contact, declare, jobs, printed, results
from figures.methods import LOOKS, TOLD, look
from figures.page import DOUBLE, SINGLE, house
from minimax_lab.draw.style import COLOURS

ROOT = Path(__file__).resolve().parents[2]


def save(folder, name="page", width=SINGLE, layout="constrained", **more):
    """A page with a line; `more` is called with its axis."""
    with house():
        figure, axis = pyplot.subplots(figsize=(width, 2), layout=layout)
        axis.plot([0, 1])
        axis.set_ylabel("value $x^{2}_k$")
        for change in more.values():
            change(axis)
        for kind in ("pdf", "png"):
            figure.savefig(folder / f"{name}.{kind}")
        pyplot.close(figure)
    return list(printed.faults(folder, [name]))


@pytest.mark.parametrize("width", [SINGLE, DOUBLE])
def test_a_page_in_the_house_style_has_no_fault(tmp_path, width):
    assert save(tmp_path, width=width) == []
    page = printed.read(tmp_path / "page.pdf")
    assert page.width == pytest.approx(width)
    (label,) = (text for text in page.texts if text.words.startswith("value"))
    assert label.words == "value x2k"
    assert label.size == 8
    left, low, right, top = label.box  # it is written upwards
    assert 0 < right - left < 16 < 20 < top - low < 40


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"width": 5.0}, "it is 5.00 in wide"),
        ({"small": lambda axis: axis.set_xlabel("tiny", fontsize=5)}, "'tiny' has 5 points"),
        ({"large": lambda axis: axis.set_title("huge", fontsize=14)}, "'huge' has 14 points"),
        (
            {"over": lambda axis: axis.text(0.5, 0.5, "far" * 40, in_layout=False)},
            "runs over the edge",
        ),
        (
            {"over": lambda axis: axis.text(0.5, 0.5, "far" * 40, in_layout=False)},
            "cut off at the border",
        ),
        (
            {"twice": lambda axis: [axis.text(0.5, 0.5, word) for word in ("one", "two")]},
            "'one' lies over 'two'",
        ),
        ({"blank": lambda axis: axis.set_axis_off() or axis.lines[0].remove()}, "is blank"),
    ],
)
def test_what_a_page_should_not_have_is_found(tmp_path, change, said):
    assert any(said in fault for fault in save(tmp_path, **change))


def test_letters_that_are_drawn_are_no_text(tmp_path):
    with pyplot.rc_context({"pdf.fonttype": 3}):
        figure, axis = pyplot.subplots(figsize=(SINGLE, 2), layout="constrained")
        axis.set_xlabel("a")
        for kind in ("pdf", "png"):
            figure.savefig(tmp_path / f"page.{kind}")
        pyplot.close(figure)
    assert any("Type 3" in fault for fault in printed.faults(tmp_path))


@pytest.mark.parametrize("name", ["modes_ablation", "picture_graft_rates", "neuron_modes"])
def test_figures_are_drawn_as_they_are_printed(tmp_path, name):
    known = declare.experiments(ROOT)
    plot, folders = declare.plots(ROOT, known)[name], jobs.Folders(ROOT)
    folders.figures = tmp_path
    for read in plot.reads:
        if known[read].cost == "cheap":
            folders.data = tmp_path / "data"
            jobs.compute(known[read], folders)
    jobs.draw(plot, known, folders)
    assert list(printed.faults(tmp_path)) == []


def test_a_contact_sheet_has_every_figure_in_colour_and_in_grey(tmp_path):
    save(tmp_path, "one"), save(tmp_path, "two", width=DOUBLE)
    sheets = contact.write(tmp_path, tmp_path / "sheets")
    assert [sheet.name for sheet in sheets] == ["sheet-colour-1.png", "sheet-grey-1.png"]
    colour, grey = (pyplot.imread(sheet)[..., :3] for sheet in sheets)
    assert np.ptp(colour, axis=-1).max() > 0.5
    assert np.ptp(grey, axis=-1).max() == 0


def test_methods_that_share_a_figure_differ_in_their_looks():
    for record in ("mixtures", "league", "mixture_grafts", "picture_consensus", "picture_gaps"):
        found = results.load(ROOT / "figures/records" / f"{record}.npz")
        looks = [look(str(name)) for name in found["names"]]
        assert len({own.colour for own in looks}) == len(looks) or record == "league"
        assert len(set(looks)) == len(looks)
    assert set(TOLD.values()) <= set(LOOKS)


# Machado, Oliveira, Fernandes 2009: what linear red, green and blue are to those without the
# pigment for long waves, or for middle ones.
SEEN = {
    "all": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}
XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])


@pytest.mark.parametrize(("eye", "least"), [("all", 24), ("no red", 15), ("no green", 15)])
def test_twelve_colours_can_be_told_apart(eye, least):
    def lab(colour):
        value = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
        seen = np.clip(np.asarray(SEEN[eye]) @ linear, 0, 1)
        x, y, z = (
            np.cbrt(v) if v > 216 / 24389 else (24389 / 27 * v + 16) / 116
            for v in XYZ @ seen / XYZ.sum(1)
        )
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    assert len(COLOURS) >= 12
    places = [lab(colour) for colour in COLOURS]
    assert all(place[0] < 75 for place in places)  # none too light for a line on white
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(places, 2)) > least
