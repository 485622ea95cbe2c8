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
from theory.anderson import alternating as anderson_alternating
from theory.anderson import contractions as anderson_contractions
from theory.anderson import digits as anderson_digits
from theory.anderson import gmres as anderson
from theory.anderson import restarts as anderson_restarts
from theory.anderson import simultaneous as anderson_simultaneous
from theory.catalogue import theorems
from theory.draws.krylov import gmres, system
from theory.theorem import Family, Outside
from theory.verify.check import verify
from theory.verify.falsify import Effort, falsify
from theory.verify.results import Status

BRIEF = Effort(starts=2, descent=0, wander=5)  # random instances do the work


def never_equal(instance):
    return jnp.zeros(()), jnp.ones(())


def always_broken(instance):
    return -jnp.ones(())


NEVER = {
    "identity": (Outside("never", claim=never_equal),),
    "bound": (Outside("always", claim=always_broken),),
}


def planted(theorem, part, **fields):
    """The theorem with nothing but one check, in it an error, and a control that costs nothing."""
    [check] = [check for check in theorem.checks if check.part == part and check.kind in NEVER]
    changed = dataclasses.replace(check, **{"outside": NEVER[check.kind]} | fields)
    [found] = verify(dataclasses.replace(theorem, checks=(changed,)), 60, effort=BRIEF).checks
    assert found.status is not Status.FAULT, found.note
    return found


def test_all_thirteen_are_in_the_catalogue():
    assert [name for name in theorems() if name.startswith("AM-")] == [
        f"AM-{k}" for k in range(1, 14)
    ]


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
    moves, residuals = gmres(jnp.asarray(G), jnp.asarray(r), 9)
    for k in range(1, 8):
        wanted = scipy.sparse.linalg.gmres(G, r, rtol=1e-300, restart=k, maxiter=1)[0]
        np.testing.assert_allclose(moves[k], wanted, atol=1e-9)
        np.testing.assert_allclose(residuals[k], r - G @ wanted, atol=1e-9)
    np.testing.assert_allclose(
        moves[9], moves[7], atol=1e-12
    )  # nothing is left to gain, and nothing happens


def test_gmres_passes_a_step_that_gains_nothing():
    G = jnp.asarray([[0.0, 1.0], [-1.0, 0.0]])
    moves, residuals = gmres(G, jnp.asarray([1.0, 2.0]), 2)
    np.testing.assert_allclose(moves[1], 0, atol=1e-15)
    np.testing.assert_allclose(residuals[2], 0, atol=1e-15)


@pytest.mark.parametrize(("step", "documented"), [(0.3, 1.16316), (1.0, 1.73205), (1.9, 6.2450)])
def test_eigenvectors_are_as_ill_conditioned_as_documented(step, documented):
    found, wanted = anderson_alternating.condition(jnp.asarray(step))
    np.testing.assert_allclose([found, wanted], documented, rtol=1e-5)


@pytest.mark.parametrize(("step", "documented"), [(2.1, 1.877), (3.0, 6.854), (4.0, 13.93)])
def test_beyond_the_limit_alternating_steps_grow_as_documented(step, documented):
    G, _ = system(mm.games.bilinear(1.0), mm.Alternating(step), 2)
    assert np.abs(np.linalg.eigvals(np.eye(2) - G)).max() == pytest.approx(documented, rel=1e-3)


def test_distances_exceed_the_rate_of_the_residual_by_a_quarter_at_least():
    """The search goes further than random instances do."""
    family = Family(anderson_simultaneous.shapes, anderson_simultaneous.case)
    found = falsify(
        family,
        anderson_simultaneous.of_distances,
        (4, 6),
        jax.random.key(0),
        effort=Effort(8, 150, 50),
    )
    assert -0.3 < found.margin < -0.2


def test_textbook_points_are_those_of_the_rule_until_rounding_decides():
    rng = np.random.default_rng(0)
    A, w = anderson_digits.matrix(rng), rng.normal(size=2 * anderson_digits.SIZE)
    points = anderson_digits.textbook(A, w, 8, 1e-10)
    first = [next(points) for _ in range(6)]
    np.testing.assert_allclose(
        first[1], first[5], atol=1e-12
    )  # with the singular direction left out it stays
    exact = anderson_digits.precise(A, w, 50, over=1)
    assert (exact.moved, exact.column, exact.third) == (0.0, 0.0, None)
    precise = anderson_digits.precise(A, w, 50)
    assert precise.moved < 1e-48
    assert precise.third is not None


def test_the_first_escape_is_the_later_the_larger_the_cutoff():
    rng = np.random.default_rng(0)
    A, w = anderson_digits.matrix(rng, 20), rng.normal(size=40)
    left = [
        anderson_digits.escape(A, w, 40, cutoff, scaled=False).left
        for cutoff in anderson_digits.CUTOFFS
    ]
    assert left == sorted(left)
    assert left[0] == 3
    assert left[-1] > 40  # not before the window slides
    assert anderson_digits.escape(A, w, 40, 1e-10, scaled=True).left == 3


# Planted errors.


def rate_of_degree_p(case):
    """A wrong degree."""
    return anderson_simultaneous.of_degree_p(case)


def wrong_circle(case):
    """A circle about one half."""
    values = jnp.linalg.eigvals(anderson_alternating.matrix_of(case))
    return jnp.abs(values - 0.5), jnp.ones_like(values.real)


def unmapped(walk):
    """A dropped factor M: f_(k+1) = r_k."""
    points = anderson.alternating(walk)[0][0]
    _, residuals, _ = anderson.krylov(walk, mm.Alternating(walk.step), anderson.UPDATES - 1)
    rule = mm.Alternating(walk.step)
    return anderson.images(walk.game, rule, points) - points, residuals


def odd_pairs(walk):
    """A shifted index: |r_2j| = |r_(2j-1)|."""
    sizes = anderson.norms(anderson.krylov(walk, mm.Simultaneous(walk.step), 9)[1])
    return sizes[1:-1:2], sizes[2::2]


LONG = dataclasses.replace(
    anderson_alternating.AM_5.checks[0].family, build=anderson_alternating.long, sizes=((3, 6),)
)
SHORT = dataclasses.replace(anderson_simultaneous.FAMILY, sizes=((3, 4),))
SMALL = dataclasses.replace(anderson_contractions.AM_12.checks[0].family, sizes=((1, 2),))
ONCE = {"sizes": ((4,),)}


@pytest.mark.parametrize(
    ("theorem", "part", "fields"),
    [
        (anderson_simultaneous.AM_4, "", {"margin": rate_of_degree_p, "family": SHORT}),
        (
            anderson_simultaneous.AM_4,
            "",
            {"margin": anderson_simultaneous.without_the_norm, "family": SHORT},
        ),
        (anderson_alternating.AM_6, "whole matrices", {"sides": wrong_circle} | ONCE),
        (
            anderson_alternating.AM_6,
            "whole matrices",
            {"draw": anderson_alternating.at_random_long} | ONCE,
        ),
        (anderson_alternating.AM_5, "", {"family": LONG}),
        (anderson.AM_1, "alternating, bilinear", {"sides": unmapped, "sizes": ((10,),)}),
        (anderson.AM_3, "", {"sides": odd_pairs} | ONCE),
        (
            anderson_contractions.AM_12,
            "",
            {"margin": anderson_contractions.elman_without_root, "family": SMALL},
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
    assert planted(theorem, part, **fields).status is Status.VIOLATED


def test_wrong_readings_of_the_same_measurements_do_not_pass():
    sizes = 0.67 ** np.arange(41.0)
    alike = np.tile(sizes, (len(anderson_restarts.WIDE), 1))
    assert anderson_restarts.alike(alike)[0]
    assert not anderson_restarts.alike(
        alike * np.array([1, 1, 1, 1, 2.0])[:, None] ** np.arange(41.0)
    )[0]
    cycles = np.tile(sizes, (3, 3, 1))
    assert anderson_restarts.contracting(cycles)[0]
    assert not anderson_restarts.contracting(cycles**0)[0]
    measured = {"moved": np.full(2, 1e-60), "column": np.full(2, 1e-60), "apart": np.array(1.0)}
    assert anderson.noise(measured)[0]
    assert not anderson.noise(measured | {"moved": np.array([1e-60, 1e-20])})[0]
