"""What follows from eigenvalues, by hand: no game and no eigensolver takes part."""

import math

import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis.eigenvalues import Spectrum, ordered

EPS = float(np.finfo(float).eps)


def spectrum(values, of="field", **about):
    about = {"size": len(values), "movement": 0.0, "at_equilibrium": True} | about
    return Spectrum(np.array(values, complex), of, **about)


def test_a_field_tells_its_abscissa_its_radius_and_the_largest_stable_step():
    found = spectrum([0.5 + 1j, 0.5 - 1j, 3.0])
    assert found.abscissa == 0.5 and found.radius == 3.0 and found.rate == -0.5
    assert found.step_limit == min(2 * 0.5 / 1.25, 2 * 3.0 / 9.0) == 2 / 3
    assert found.stable is True
    assert spectrum([0.5, -0.1]).stable is False and spectrum([0.5, -0.1]).step_limit == 0.0


def test_an_update_tells_its_radius_and_the_log_error_it_predicts_per_update():
    found = spectrum([0.6 + 0.6j, 0.6 - 0.6j, 0.1], "update", period=3)
    assert found.radius == pytest.approx(0.72**0.5)
    assert found.rate == pytest.approx(math.log(0.72) / 2 / 3)
    assert found.stable is True
    assert spectrum([1.01, 0.1], "update").stable is False
    assert spectrum([0.0], "update").rate == -math.inf
    with pytest.raises(mm.InputError, match="step_limit is asked of an update"):
        found.step_limit  # noqa: B018


@pytest.mark.parametrize(
    ("of", "part", "told"),
    [
        ("field", "all", True),
        ("field", "leftmost", True),
        ("field", "rightmost", None),
        ("field", "largest", None),
        ("update", "largest", True),
    ],
)
def test_a_part_of_a_spectrum_says_stable_only_where_it_can_know(of, part, told):
    assert spectrum([0.5, 0.4], of, part=part, size=9).stable is told
    assert spectrum([-0.5, 1.4], of, part=part, size=9).stable is False


@pytest.mark.parametrize("of", ["field", "update"])
def test_stable_means_by_more_than_rounding(of):
    """Ten units in the last place of the radius, times the root of the size."""
    radius = 1.0 if of == "update" else 5.0
    margin = 10 * 4 * 1e-9 * radius
    for room, told in [(1.01 * margin, True), (0.99 * margin, False), (0.0, False)]:
        values = [1 - room] if of == "update" else [room, 5.0]
        assert spectrum(values, of, size=16, precision=1e-9).stable is told


def test_a_close_call_asks_for_the_condition_of_the_values():
    """Two values at a distance e, their eigenvectors at that angle, have condition 1/e."""
    e, margin = 1e-4, 10 * 2**0.5 * EPS
    for room, told in [(0.99 * margin / e, False), (1.02 * margin / e, True), (1e-3, True)]:
        matrix = np.array([[room, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0 + e]])
        found = spectrum(np.diag(matrix), size=2, matrix=matrix)
        assert found.conditions == pytest.approx([1, 1 / e, 1 / e], rel=1e-3)
        assert found.stable is told


def test_the_condition_counts_for_at_most_half_the_digits():
    matrix = np.array([[1.0, 1.0], [0.0, 1.0]])
    most = 10 * EPS**0.5
    for room, told in [(0.98 * most, False), (1.02 * most, True)]:
        wide = np.diag([room, 1.0, 1.0])
        wide[1:, 1:] = matrix
        assert spectrum(np.diag(wide), size=1, matrix=wide).stable is told


def test_defective_is_a_condition_above_a_million():
    for e, told in [(0.9e-6, True), (1.1e-6, False)]:
        matrix = np.array([[1.0, 1.0], [0.0, 1.0 + e]])
        assert spectrum(np.diag(matrix), matrix=matrix).defective is told
    assert spectrum([1.0]).defective is None
    assert spectrum([1.0]).conditions is None and spectrum([1.0]).condition is None


def test_values_come_in_order_and_pairs_with_the_positive_part_first():
    values = np.array([2 - 1j, 2 + 1j, -1 + 0j, 2 + 3j, 2 - 3j])
    assert ordered(values, "field").tolist() == [2, 3, 4, 1, 0]
    assert ordered(values, "update").tolist() == [3, 4, 1, 0, 2]


def test_a_printed_spectrum_says_what_follows():
    field = spectrum([0.5 + 1j, 0.5 - 1j])
    assert str(field).splitlines() == [
        "spectrum of a field: 2 values, stable",
        "  abscissa 0.5, radius 1.11803, descent stable below step 0.8",
        "  0.5+1i, 0.5-1i",
    ]
    part = spectrum([2.0] * 7, part="rightmost", size=30, residuals=np.array([1e-9, 2e-7]))
    assert str(part).splitlines() == [
        "spectrum of a field: rightmost 7 of 30 values, stability undecided by these",
        "  abscissa 2, radius 2, descent stable below step 1 or less",
        "  " + ", ".join(["2+0i"] * 6 + ["..."]),
        "  residuals up to 2.0e-07",
    ]
    update = spectrum([1.5, 0.5], "update", period=2, at_equilibrium=False, movement=0.25)
    assert str(update).splitlines() == [
        "spectrum of an update: 2 values, not stable",
        "  radius 1.5 over 2 updates, predicted log error +0.202733 per update",
        "  1.5+0i, 0.5+0i",
        "  not at an equilibrium: one period still moves x by 0.25",
    ]
    elsewhere = spectrum([0.5] * 6, "field", at_equilibrium=False, movement=0.25)
    assert "..." not in str(elsewhere)
    assert str(elsewhere).endswith("not at an equilibrium: the field at x has norm 0.25")
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert "too defective to trust all digits" in str(spectrum([1.0, 1.0], matrix=jordan))
    assert "defective" not in str(spectrum([1.0, 1.0], matrix=jordan, size=201))
    assert "over" not in str(spectrum([0.5], "update"))
