"""The Anderson theorems: what they predict is what is documented, and errors planted in them are
caught.
"""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse.linalg

import minimax_lab as mm
from tests.theory.trials import tried
from theory.anderson import (
    alternating,
    digits,
    gmres,
    projections,
    restarts,
    simultaneous,
)
from theory.catalogue import theorems
from theory.draws import krylov
from theory.theorem import Family
from theory.verify.claims import constants
from theory.verify.falsify import Effort, falsify
from theory.verify.results import Status


def test_the_refuted_recollections_stand_beside_what_holds_and_are_called_unverified():
    for name in ("AM-2", "AM-4", "AM-5", "AM-9"):
        assert "**As recalled (unverified)" in theorems()[name].statement
        assert "memory" in theorems()[name].source.trust
    said = " ".join(
        theorem.statement for name, theorem in theorems().items() if name.startswith("AM-")
    )
    assert "the paper reports" not in said


def test_gmres_is_that_of_scipy():
    rng = np.random.default_rng(3)
    G, r = rng.normal(size=(7, 7)), rng.normal(size=7)
    moves, residuals = krylov.gmres(jnp.asarray(G), jnp.asarray(r), 9)
    for k in range(1, 8):
        wanted = scipy.sparse.linalg.gmres(G, r, rtol=1e-300, restart=k, maxiter=1)[0]
        np.testing.assert_allclose(moves[k], wanted, atol=1e-9)
        np.testing.assert_allclose(residuals[k], r - G @ wanted, atol=1e-9)
    np.testing.assert_allclose(
        moves[9], moves[7], atol=1e-12
    )  # nothing is left to gain, and nothing happens


def test_gmres_passes_a_step_that_gains_nothing():
    G = jnp.asarray([[0.0, 1.0], [-1.0, 0.0]])
    moves, residuals = krylov.gmres(G, jnp.asarray([1.0, 2.0]), 2)
    np.testing.assert_allclose(moves[1], 0, atol=1e-15)
    np.testing.assert_allclose(residuals[2], 0, atol=1e-15)


def test_distances_exceed_the_rate_of_the_residual_by_a_quarter_at_least():
    """The search goes further than random instances do."""
    found = falsify(
        Family(simultaneous.shapes, simultaneous.case),
        simultaneous.rate,
        (4, 6),
        jax.random.key(0),
        effort=Effort(8, 150, 50),
        numbers=constants(simultaneous.rate) | {"share": 0.0},
    )
    assert -0.3 < found.margin < -0.2


def test_textbook_points_are_those_of_the_rule_until_rounding_decides():
    rng = np.random.default_rng(0)
    A, w = digits.matrix(rng), rng.normal(size=2 * digits.SIZE)
    points = digits.textbook(A, w, 8, 1e-10)
    first = [next(points) for _ in range(6)]
    np.testing.assert_allclose(
        first[1], first[5], atol=1e-12
    )  # with the singular direction left out it stays
    exact = digits.precise(A, w, 50, over=1)
    assert (exact.moved, exact.column, exact.third) == (0.0, 0.0, None)
    precise = digits.precise(A, w, 50)
    assert precise.moved < 1e-48
    assert precise.third is not None


def test_the_first_escape_is_the_later_the_larger_the_cutoff():
    rng = np.random.default_rng(0)
    A, w = digits.matrix(rng, 20), rng.normal(size=40)
    left = [digits.escape(A, w, 40, cutoff, scaled=False).left for cutoff in digits.CUTOFFS]
    assert left == sorted(left)
    assert left[0] == 3
    assert left[-1] > 40  # not before the window slides
    assert digits.escape(A, w, 40, 1e-10, scaled=True).left == 3


# Planted errors that no constant and no control shows.


def wrong_circle(case):
    """A circle about one half."""
    values = jnp.linalg.eigvals(alternating.matrix_of(case))
    return jnp.abs(values - 0.5), jnp.ones_like(values.real)


def odd_pairs(walk):
    """A shifted index: |r_2j| = |r_(2j-1)|."""
    sizes = gmres.norms(gmres.krylov(walk, mm.Simultaneous(walk.step), 9)[1])
    return sizes[1:-1:2], sizes[2::2]


LONG = dataclasses.replace(
    alternating.AM_5.checks[0].family, build=alternating.long, sizes=((3, 6),)
)
ONCE = {"sizes": ((4,),)}


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (alternating.AM_6, "whole matrices", {"sides": wrong_circle} | ONCE),
        (alternating.AM_5, "", {"family": LONG}),
        (gmres.AM_3, "", {"sides": odd_pairs} | ONCE),
    ],
    ids=["a wrong circle", "a dropped h sigma < 2", "a shifted index"],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_sequences_that_differ_in_rate_are_not_alike():
    sizes = np.tile(0.67 ** np.arange(41.0), (len(restarts.WIDE), 1))
    assert restarts.alike(sizes)[0]
    assert not restarts.alike(sizes * np.array([1, 1, 1, 1, 1.01])[:, None] ** np.arange(41.0))[0]


def test_full_orthogonalisation_is_the_projection_it_is_defined_by():
    rng = np.random.default_rng(2)
    G, r = jnp.asarray(np.eye(6) + 0.3 * rng.normal(size=(6, 6))), jnp.asarray(rng.normal(size=6))
    moves, residuals = projections.orthogonalised(G, r, 6)
    np.testing.assert_allclose(residuals[6], 0, atol=1e-9)
    for k in range(1, 6):
        krylov_space = [np.linalg.matrix_power(G, j) @ r for j in range(k)]
        np.testing.assert_allclose(np.array(krylov_space) @ residuals[k], 0, atol=1e-9)
        assert np.linalg.matrix_rank(np.array([*krylov_space, moves[k]]), tol=1e-9) == k
