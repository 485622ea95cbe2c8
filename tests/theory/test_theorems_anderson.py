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
from theory.anderson import alternating, contractions, digits, gmres, restarts, simultaneous
from theory.catalogue import theorems
from theory.draws import krylov
from theory.theorem import Family
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


@pytest.mark.parametrize(("step", "documented"), [(0.3, 1.16316), (1.0, 1.73205), (1.9, 6.2450)])
def test_eigenvectors_are_as_ill_conditioned_as_documented(step, documented):
    found, wanted = alternating.condition(jnp.asarray(step))
    np.testing.assert_allclose([found, wanted], documented, rtol=1e-5)


@pytest.mark.parametrize(("step", "documented"), [(2.1, 1.877), (3.0, 6.854), (4.0, 13.93)])
def test_beyond_the_limit_alternating_steps_grow_as_documented(step, documented):
    G, _ = krylov.system(mm.games.bilinear(1.0), mm.Alternating(step), 2)
    assert np.abs(np.linalg.eigvals(np.eye(2) - G)).max() == pytest.approx(documented, rel=1e-3)


def test_distances_exceed_the_rate_of_the_residual_by_a_quarter_at_least():
    """The search goes further than random instances do."""
    family = Family(simultaneous.shapes, simultaneous.case)
    found = falsify(
        family,
        simultaneous.of_distances,
        (4, 6),
        jax.random.key(0),
        effort=Effort(8, 150, 50),
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


# Planted errors.


def rate_of_degree_p(case):
    """A wrong degree."""
    return simultaneous.of_degree_p(case)


def wrong_circle(case):
    """A circle about one half."""
    values = jnp.linalg.eigvals(alternating.matrix_of(case))
    return jnp.abs(values - 0.5), jnp.ones_like(values.real)


def unmapped(walk):
    """A dropped factor M: f_(k+1) = r_k."""
    points = gmres.alternating(walk)[0][0]
    _, residuals, _ = gmres.krylov(walk, mm.Alternating(walk.step), gmres.UPDATES - 1)
    rule = mm.Alternating(walk.step)
    return gmres.images(walk.game, rule, points) - points, residuals


def odd_pairs(walk):
    """A shifted index: |r_2j| = |r_(2j-1)|."""
    sizes = gmres.norms(gmres.krylov(walk, mm.Simultaneous(walk.step), 9)[1])
    return sizes[1:-1:2], sizes[2::2]


LONG = dataclasses.replace(
    alternating.AM_5.checks[0].family, build=alternating.long, sizes=((3, 6),)
)
SHORT = dataclasses.replace(simultaneous.FAMILY, sizes=((3, 4),))
SMALL = dataclasses.replace(contractions.AM_12.checks[0].family, sizes=((1, 2),))
ONCE = {"sizes": ((4,),)}


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (simultaneous.AM_4, "", {"margin": rate_of_degree_p, "family": SHORT}),
        (
            simultaneous.AM_4,
            "",
            {"margin": simultaneous.without_the_norm, "family": SHORT},
        ),
        (alternating.AM_6, "whole matrices", {"sides": wrong_circle} | ONCE),
        (
            alternating.AM_6,
            "whole matrices",
            {"draw": alternating.at_random_long} | ONCE,
        ),
        (alternating.AM_5, "", {"family": LONG}),
        (gmres.AM_1, "alternating, bilinear", {"sides": unmapped, "sizes": ((10,),)}),
        (gmres.AM_3, "", {"sides": odd_pairs} | ONCE),
        (
            contractions.AM_12,
            "",
            {"margin": contractions.elman_without_root, "family": SMALL},
        ),
    ],
    ids=[
        "a wrong degree",
        "a missing |M|",
        "a wrong circle",
        "a dropped h sigma < 2",
        "the same in the rate",
        "a missing M",
        "a shifted index",
        "a wrong exponent",
    ],
)
def test_planted_errors_are_caught(theorem, part, fields):
    assert tried(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_the_same_measurements_do_not_pass():
    sizes = 0.67 ** np.arange(41.0)
    alike = np.tile(sizes, (len(restarts.WIDE), 1))
    assert restarts.alike(alike)[0]
    assert not restarts.alike(alike * np.array([1, 1, 1, 1, 2.0])[:, None] ** np.arange(41.0))[0]
    cycles = np.tile(sizes, (3, 3, 1))
    assert restarts.contracting(cycles)[0]
    assert not restarts.contracting(cycles**0)[0]
    measured = {"moved": np.full(2, 1e-60), "column": np.full(2, 1e-60), "apart": np.array(1.0)}
    assert gmres.noise(measured)[0]
    assert not gmres.noise(measured | {"moved": np.array([1e-60, 1e-20])})[0]
