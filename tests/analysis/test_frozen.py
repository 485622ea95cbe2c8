"""A rule with its scales held is the rule itself, here and now, and has a spectrum."""

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis.eigensolvers import outer_values
from minimax_lab.analysis.frozen import adapts
from minimax_lab.directions import Tick

GAME, START, STEP = mm.games.quadratic(1.0, 4.0, 0.5), (1.0, 2.0), 0.01
EXACT = {
    "clipped": mm.Clipped(bound=0.1),
    "normalised": mm.Normalised(),
    "grafted": mm.Graft(mm.Adam(first=0.0), mm.Gradient()),
    "gap-aware": mm.GapAware(ideal=3.0, decay=0.0, width_low=30.0, width_high=30.0),
}
NEARLY = {
    "Adam": mm.Adam(first=0.0),
    "RMSProp": mm.RMSProp(decay=0.999, initial=1.0),
    "RMSProp, epsilon inside": mm.RMSProp(decay=0.999, initial=1.0, epsilon=0.5),
    "RMSProp, epsilon outside": mm.RMSProp(decay=0.999, initial=1.0, epsilon=0.5, inside=False),
}


def walked(rule, steps=20):
    run = mm.run(GAME, rule, START, steps)
    return (
        run.final,
        run.state.state,
        mm.frozen(rule, GAME, run.final, run.state.state, index=steps),
    )


@pytest.mark.parametrize("name", EXACT | NEARLY)
def test_the_next_update_is_the_rules_own(name):
    rule = mm.Simultaneous(STEP, (EXACT | NEARLY)[name])
    x, state, held = walked(rule)
    assert adapts(rule) and not adapts(held)
    own, _ = rule.update(GAME, x, state, Tick(20, None))
    other, _ = held.update(GAME, x, held.init(GAME, x, None), Tick(20, None))
    room = 0.02 if name in NEARLY or name == "gap-aware" else 1e-10  # scales move on by an update
    far = (own - other).norm() / (own - x).norm()
    assert (own - x).norm() > 0 and far <= room


def test_adam_frozen_is_heavy_ball_in_its_own_metric():
    """m' = b m + (1 - b) J x, x' = x - step P^-1 m' / (1 - b^t), as a matrix."""
    x, state, held = walked(mm.Simultaneous(STEP, mm.Adam()))
    spectrum = mm.update_spectrum(GAME, held, x)
    J, b, t = np.asarray(GAME.jacobian(x)), 0.9, 20
    squares = np.array([float(memory.moments.nu) for memory in state])
    P = np.diag((1 - b**t) * (np.sqrt(squares / (1 - 0.999**t)) + 1e-8))
    one = np.eye(2)
    A = STEP * np.linalg.solve(P, (1 - b) * J)
    expected = np.block([[one - A, -b * STEP * np.linalg.inv(P)], [(1 - b) * J, b * one]])
    np.testing.assert_allclose(
        np.sort_complex(spectrum.values), np.sort_complex(np.linalg.eigvals(expected)), atol=1e-7
    )
    with pytest.raises(mm.InputError, match="has no update spectrum"):
        mm.update_spectrum(GAME, mm.Simultaneous(STEP, mm.Adam()), x)


@pytest.mark.parametrize(
    "rule",
    [
        mm.Averaged(mm.Alternating(STEP, mm.Momentum(0.3, mm.Clipped(mm.Adam()))), decay=0.9),
        mm.Lookahead(mm.Repeated(mm.Optimistic(STEP, mm.Adam(mm.AssistAdversary())), 2)),
        mm.Extragradient(mm.InverseRoot(STEP), mm.GapAware(mm.Adam(mm.Consensus(0.1)), ideal=1.0)),
    ],
    ids=["averaged", "lookahead", "extragradient"],
)
def test_scales_deep_inside_are_found(rule):
    x, _, held = walked(rule)
    assert not adapts(held)
    assert mm.update_spectrum(GAME, held, x).radius < 1.1


def test_what_has_no_present_scale_says_so():
    x = mm.Profile((jnp.ones(()), jnp.ones(())))
    fresh = mm.Simultaneous(STEP, mm.Adam())
    with pytest.raises(mm.InputError, match="has seen no gradient yet"):
        mm.frozen(fresh, GAME, x, fresh.init(GAME, x, None))
    assisted = mm.Simultaneous(STEP, mm.Adam(mm.AssistAdversary(normalised=True)))
    with pytest.raises(mm.InputError, match="AssistAdversary cannot be frozen"):
        walked(assisted)
    with pytest.raises(mm.InputError, match="Anderson cannot be frozen"):
        walked(mm.Anderson(fresh, 2))
    with pytest.raises(mm.InputError, match="that of Averaged is Walking"):
        mm.frozen(mm.Averaged(fresh, decay=0.9), GAME, x, (None, None))
    plain = mm.Alternating(STEP)
    assert mm.frozen(plain, GAME, x, (None, None)) == plain


def test_outer_values_are_those_of_the_matrix():
    matrix = np.random.default_rng(3).standard_normal((12, 12))
    values, residuals = outer_values(lambda t: matrix @ t, 12, 50)
    np.testing.assert_allclose(
        np.sort_complex(values), np.sort_complex(np.linalg.eigvals(matrix)), atol=1e-10
    )
    assert np.all(residuals < 1e-9)
    crowd = np.diag(np.concatenate([[40.0, -30.0], np.linspace(0, 1, 300)]))
    crowd[2:4, 2:4] = [[0.5, 9.0], [-9.0, 0.5]]
    values, residuals = outer_values(lambda t: crowd @ t, 302, 25)
    found = values[residuals < 1e-6 * np.abs(values)]
    np.testing.assert_allclose(found[:2], [40.0, -30.0], atol=1e-6)
    np.testing.assert_allclose(found[2:4], [0.5 + 9j, 0.5 - 9j], atol=1e-6)
    true = np.linalg.eigvals(crowd)
    assert all(
        np.min(abs(true - v)) <= r + 1e-9 for v, r in zip(values[:4], residuals, strict=False)
    )


def test_an_exhausted_span_has_no_residuals():
    values, residuals = outer_values(lambda t: 2.0 * t, 5, 5)
    np.testing.assert_allclose(values, [2.0])
    assert residuals.tolist() == [0.0]


def test_a_derivative_that_is_not_finite_is_refused():
    with pytest.raises(mm.InputError, match="a derivative is NaN or infinite"):
        outer_values(lambda t: np.nan * t, 3, 3)
