"""What pictures of branches, atlases and basins contain."""

import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import draw
from minimax_lab.running.judge import OUTCOMES, Outcome

BOX = ((0.0, 1.0), (0.0, 1.0))


def labels(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def event(kind, value, coefficient):
    x, multipliers = mm.Profile((np.zeros(()), np.zeros(()))), np.array([1j, -1j])
    return mm.Event(kind, "step", value, x, 1j, multipliers, 1, coefficient, np.zeros(6))


def branch(events):
    values = np.linspace(0, 1, 11)
    points = np.column_stack([values**2, -values])
    multipliers = np.repeat((values + 0.45)[:, None], 2, axis=1) * np.array([1j, -1j])
    like = mm.Profile((np.zeros(()), np.zeros(())))
    return mm.Branch("step", 1, values, points, multipliers, events, "reached step = 1", like)


def test_a_branch_is_solid_where_stable_and_its_events_are_marked():
    one = branch(
        (
            event(mm.EventKind.NEIMARK_SACKER, 0.55, -1.0),
            event(mm.EventKind.DOUBLING, 0.8, 1.0),
        )
    )
    axis = draw.branch(one, coordinate=1)
    solid, dashed, circle, triangle = axis.get_lines()
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert solid.get_xdata().max() == pytest.approx(0.5)
    assert np.array_equal(dashed.get_xdata(), one.values[5:])
    assert np.array_equal(solid.get_ydata(), one.points[:6, 1])
    assert circle.get_markerfacecolor() == "black"
    assert triangle.get_markerfacecolor() == "white"
    said = labels(axis)
    assert "Neimark-Sacker, supercritical" in said
    assert "period doubling, subcritical" in said
    named = draw.branch({"a": one, "b": branch(())}, walked=([0.1], [0.2]))
    assert {"a", "b", "where runs go"} <= set(labels(named))
    assert named.get_ylabel() == "$x_0$"


def atlas():
    axes = np.linspace(0.1, 1.0, 4), np.linspace(1.0, 2.0, 3)
    radius = np.add.outer(axes[0], axes[1]) / 2
    verdict = np.where(
        radius < 1, OUTCOMES.index(Outcome.CONVERGED), OUTCOMES.index(Outcome.DIVERGED)
    )
    line = np.array([[0.1, 1.9], [0.5, 1.5], [1.0, 1.0]])
    kinds = (mm.EventKind.DOUBLING, mm.EventKind.DOUBLING, mm.EventKind.NEIMARK_SACKER)
    return mm.Atlas(
        ("step", "direction.strength"),
        axes,
        radius,
        verdict,
        np.log(radius),
        np.log(radius),
        radius / 10,
        (mm.Boundary(line, kinds),),
    )


@pytest.mark.parametrize("show", ["radius", "rate", "exponent", "winding", "verdict"])
def test_an_atlas_shows_one_quantity_its_boundary_and_its_best_point(show):
    axis = draw.atlas(atlas(), show=show, names=("h", "g"))
    said = labels(axis)
    assert "least radius" in said
    assert "stability ends: a value at \N{MINUS SIGN}1" in said
    assert "stability ends: a pair on the circle" in said
    assert ("converged" in said) == (show == "verdict")
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("h", "g")
    assert (axis.get_xlim(), axis.get_ylim()) == ((0.1, 1.0), (1.0, 2.0))
    (star,) = [line for line in axis.get_lines() if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (0.1, 1.0)


def test_basins_have_a_colour_an_attractor_and_say_their_shares():
    attractors = (
        mm.Attractor(mm.Fate.EQUILIBRIUM, np.array([[0.25, 0.25]]), mm.Kind.NASH),
        mm.Attractor(mm.Fate.CYCLE, np.full((5, 2), 0.75)),
        mm.Attractor(mm.Fate.ESCAPE, np.zeros((0, 2))),
        mm.Attractor(mm.Fate.OPEN, np.zeros((0, 2))),
    )
    index = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2]])
    found = mm.Basins(BOX, attractors, index)
    axis = draw.basins(found)
    assert labels(axis) == [
        "strict local Nash at (0.25, 0.25): 25.0%",
        "cycle: 25.0%",
        "escape: 50.0%",
    ]
    assert np.array_equal(axis.get_images()[0].get_array(), index)
    assert axis.get_images()[0].get_extent() == [0, 1, 0, 1]
    assert found.entropy(2) == 0
    assert found.entropy(4) == pytest.approx(1.5 * np.log(2))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: draw.branch("x"), "branches is"),
        (lambda: draw.branch(branch(()), coordinate=2), "coordinate is 2"),
        (lambda: draw.atlas(3), "atlas is"),
        (lambda: draw.atlas(atlas(), show="radios"), "Did you mean 'radius'"),
        (lambda: draw.atlas(atlas(), names=("a",)), "two names"),
        (lambda: draw.basins(None), "basins is"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, match):
    with pytest.raises(mm.InputError, match=match):
        call()
