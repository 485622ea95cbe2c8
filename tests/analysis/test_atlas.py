"""Maps over settings and starts, beside closed forms: radius, rate, exponent, turns, boundary,
basins, and the exponents of maps that are known.
"""

import functools
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis import atlas as atlases
from minimax_lab.analysis.blocks import apart, samples
from minimax_lab.analysis.families import Family
from minimax_lab.analysis.leaves import found
from minimax_lab.profile import as_profile
from minimax_lab.running.judge import OUTCOMES, Outcome

ORIGIN = (0.0, 0.0)
RULE = mm.Simultaneous(0.1, mm.Consensus(1.0))
STEPS, STRENGTHS = np.linspace(0.05, 1.6, 14), np.linspace(0.1, 2.0, 12)


@functools.cache
def mapped():
    over = {"step": STEPS, "direction.strength": STRENGTHS}
    return mm.atlas(mm.games.bilinear(1.0), RULE, ORIGIN, over=over, steps=256)


def squared():
    """|mu|^2 = (1 - h g)^2 + h^2 of consensus on x y."""
    h, g = np.meshgrid(STEPS, STRENGTHS, indexing="ij")
    return (1 - h * g) ** 2 + h**2, h, g


def test_an_atlas_agrees_with_the_closed_form_at_every_point():
    seen, (modulus, h, g) = mapped(), squared()
    assert np.allclose(seen.radius, modulus**0.5, atol=1e-12)
    assert np.allclose(seen.rate, np.log(modulus) / 2, atol=1e-8, equal_nan=False)
    assert np.allclose(seen.exponent, np.log(modulus) / 2, atol=1e-8)
    # With v = (y, -x) the walk goes from the first axis to the second.
    assert np.allclose(seen.winding, np.angle(1 - h * g + 1j * h) / (2 * np.pi), atol=1e-8)
    i, j = np.unravel_index(np.argmin(modulus), modulus.shape)
    assert seen.best == (STEPS[i], STRENGTHS[j])
    lost = seen.verdict == OUTCOMES.index(Outcome.DIVERGED)
    assert np.any(lost)
    assert np.all(modulus[lost] > 1)
    assert np.all(modulus[seen.verdict == OUTCOMES.index(Outcome.CONVERGED)] < 1)


@pytest.mark.parametrize(
    ("rule", "over"),
    [
        (RULE, ("step", "direction.strength", 0.05)),
        (mm.Alternating((0.1, 0.4), mm.Momentum(-0.3)), ("step[0]", "direction.decay", -0.9)),
    ],
)
def test_a_large_game_comes_apart_and_is_the_same(monkeypatch, rule, over):
    """Twenty pairs of singular vectors one by one, beside the whole matrix of forty and eighty."""
    A = np.random.default_rng(0).standard_normal((20, 20)) / 20**0.5
    game, x = mm.games.bilinear(A), (np.zeros(20), np.zeros(20))
    axes = {over[0]: np.linspace(0.05, 1.2, 5), over[1]: np.linspace(over[2], 0.9, 4)}
    found = {}
    for small in (atlases.SMALL, 1000):
        monkeypatch.setattr(atlases, "SMALL", small)
        found[small] = mm.atlas(game, rule, x, over=axes, steps=64)
    apart, whole = found.values()
    assert np.allclose(apart.radius, whole.radius, rtol=1e-12)
    assert np.array_equal(apart.verdict, whole.verdict)
    assert np.allclose(apart.exponent, whole.exponent, atol=1e-10)
    assert len(apart.boundary) == len(whole.boundary) == 1
    assert np.allclose(apart.boundary[0].points, whole.boundary[0].points, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "most"), [(1, 10), (100, 60)])
def test_an_atlas_of_forty_thousand_points_is_there_in_time(size, most):
    A = np.random.default_rng(0).standard_normal((size, size)) / size**0.5
    over = {"step": np.linspace(0.02, 1.2, 200), "direction.strength": np.linspace(0.05, 1, 200)}
    begun = time.perf_counter()
    seen = mm.atlas(mm.games.bilinear(A), RULE, (np.zeros(size), np.zeros(size)), over=over)
    assert time.perf_counter() - begun < most
    h, g = np.meshgrid(*over.values(), indexing="ij")
    s = np.linalg.svd(A, compute_uv=False)[:, None, None]
    assert np.allclose(seen.radius**2, ((1 - h * g * s**2) ** 2 + (h * s) ** 2).max(0), atol=1e-9)


@pytest.mark.slow
def test_basins_of_a_million_starts_are_there_in_time():
    begun = time.perf_counter()
    found = mm.basins(mm.games.two_basins(), mm.Alternating(0.05), box=4, grid=1000)
    assert time.perf_counter() - begun < 20
    assert found.index.shape == (1000, 1000)


def test_what_does_not_come_apart_is_left_whole():
    P, B, Q = np.random.default_rng(0).standard_normal((3, 20, 20))
    game, x = mm.games.quadratic(P @ P.T, B, Q @ Q.T), as_profile((np.zeros(20), np.zeros(20)))
    family = Family(game, mm.Alternating(0.1), x, None, (found(game, RULE, "step"),), 1)
    points = samples(np.array([0.05]), np.array([0.2]))
    assert apart(family, np.zeros(40), points) is None


def bent(x, sample):
    """Thirty pairs that turn, each pulled back by the fourth powers of its own numbers."""
    return -jnp.sum(x[0] * x[1]) + jnp.sum(x[0] ** 4), jnp.sum(x[0] * x[1] + x[1] ** 4)


def test_where_the_derivative_changes_exponents_are_those_of_the_run():
    """The start is not the equilibrium: at rest the pairs turn outwards, where runs go they do
    not.
    """
    rest, game = np.zeros(30), mm.Game(bent)
    axes = {"step": np.linspace(0.1, 0.3, 3), "direction.decay": np.linspace(-0.2, 0.2, 2)}
    rule = mm.Simultaneous(0.1, mm.Momentum(0.1))
    seen = mm.atlas(game, rule, (rest, rest), over=axes, steps=512, boundary=False)
    assert np.all(seen.radius > 1)
    for (i, j), exponent in np.ndenumerate(seen.exponent):
        one = mm.Simultaneous(axes["step"][i], mm.Momentum(axes["direction.decay"][j]))
        start = (rest + 0.1 / 60**0.5, rest + 0.1 / 60**0.5)
        alone = mm.lyapunov(game, one, start, 512, leading=1)
        assert exponent == pytest.approx(alone.values[0], abs=1e-8)
        assert exponent < 0.9 * np.log(seen.radius[i, j])


def test_of_a_rule_with_a_period_the_radius_is_that_of_one_update():
    """mu^3 = 1 - w + w (1 + i h)^3; the step inside is named by its whole path."""
    steps, weights = np.array([0.2, 0.8]), np.array([0.5, 0.9])
    rule = mm.Lookahead(mm.Simultaneous(0.1), period=3)
    over = {"rule.step": steps, "weight": weights}
    seen = mm.atlas(mm.games.bilinear(1.0), rule, ORIGIN, over=over, boundary=False, steps=64)
    h, w = np.meshgrid(steps, weights, indexing="ij")
    assert np.allclose(seen.radius, abs(1 - w + w * (1 + 1j * h) ** 3) ** (1 / 3), atol=1e-12)


def test_the_boundary_is_followed_to_rounding():
    seen = mapped()
    points = np.concatenate([piece.points for piece in seen.boundary])
    h, g = points.T
    assert np.abs(h * (1 + g**2) - 2 * g).max() < 1e-4  # the ends, where it is cut by the square
    inner = np.concatenate([piece.points[1:-1] for piece in seen.boundary])
    h, g = inner.T
    assert np.abs(h * (1 + g**2) - 2 * g).max() < 1e-9
    assert {kind for piece in seen.boundary for kind in piece.kinds} == {
        mm.EventKind.NEIMARK_SACKER
    }
    # It goes through the whole square: h reaches 1 where g does, and both ends are on its rim.
    assert np.hypot(h - 1, g - 1).min() < 0.02
    assert len(inner) > 100


def test_an_atlas_moves_numbers_of_a_game_and_its_boundary_goes_round_a_corner():
    """DIR-10: a pair leaves below the critical penalty 1, a value at -1 above it."""
    game, rule = mm.games.dirac_gan(penalty=0.3), mm.Simultaneous(0.1)
    over = {
        "game.penalties.strength": np.linspace(0.1, 1.9, 9),
        "step": np.linspace(0.2, 4.6, 11),
    }
    seen = mm.atlas(game, rule, ORIGIN, over=over, steps=64)
    penalty, step = np.meshgrid(*over.values(), indexing="ij")
    apart = np.sqrt((penalty**2 - 1).astype(complex))
    wanted = np.maximum(*(np.abs(1 - step * (penalty + s * apart) / 2) for s in (1, -1)))
    assert np.allclose(seen.radius, wanted, atol=1e-10)
    (piece,) = seen.boundary
    penalty, step = piece.points[1:-1].T
    apart = np.sqrt(np.maximum(penalty**2 - 1, 0))
    limit = np.where(penalty < 1, 4 * penalty, 4 / (penalty + apart))
    assert np.abs(step / limit - 1).max() < 1e-9
    assert set(piece.kinds) == {mm.EventKind.NEIMARK_SACKER, mm.EventKind.DOUBLING}
    assert np.ptp(penalty) > 1.7


def test_where_a_rule_only_turns_no_boundary_is_made_up():
    """In turn the product of both steps decides: one all over below four, and no side is inside."""
    steps = np.array([0.5, 1.5, 2.5, 3.5])
    over = {"step[0]": steps, "step[1]": steps}
    rule = mm.Alternating((0.1, 0.1))
    seen = mm.atlas(mm.games.bilinear(1.0), rule, ORIGIN, over=over, steps=64)
    assert np.allclose(seen.radius[np.outer(steps, steps) < 4], 1)
    assert not seen.boundary


def test_a_point_from_which_newton_s_method_goes_elsewhere_is_refused():
    over = {"step[0]": [0.1, 0.2], "step[1]": [0.1, 0.2]}
    rule = mm.Simultaneous((0.1, 0.1))
    with pytest.raises(mm.InputError, match=r"x is \(0.7, 2\), but must be near a fixed point"):
        mm.atlas(mm.games.two_basins(), rule, (0.7, 2.0), steps=64, over=over)


ATLAS = {
    "one list": {"step": [0.1, 0.2]},
    "a misspelt leaf": {"stap": [0.1, 0.2], "direction.strength": [1.0, 2.0]},
    "one value": {"step": [0.1], "direction.strength": [1.0, 2.0]},
    "no order": {"step": [0.1, 0.3, 0.2], "direction.strength": [1.0, 2.0]},
    "a step of zero": {"step": [0.0, 0.2], "direction.strength": [1.0, 2.0]},
}


@pytest.mark.parametrize("case", ATLAS)
def test_settings_that_cannot_be_mapped_are_refused(case):
    with pytest.raises(mm.InputError):
        mm.atlas(mm.games.bilinear(1.0), RULE, ORIGIN, over=ATLAS[case])


def logistic(x, a):
    return (x[0] ** 2 / 2 - a * (x[0] ** 2 / 2 - x[0] ** 3 / 3),)


def henon(x, sample):
    """x' = 1 - a x^2 + y, y' = b x."""
    a, b = sample
    bent = x[0] ** 2 / 2 + a * x[0] ** 3 / 3 - x[0] * (1 + x[1])
    return bent, x[1] ** 2 / 2 - b * x[0] * x[1]


def test_exponents_of_maps_that_are_known():
    full = mm.lyapunov(mm.Game(logistic, data=4.0), mm.Simultaneous(1.0), (0.3,), 20_000)
    assert full.values == pytest.approx([np.log(2)], abs=1e-3)
    game = mm.Game(henon, data=(1.4, 0.3))
    found = mm.lyapunov(game, mm.Simultaneous(1.0), (0.1, 0.1), 20_000, settle=100)
    assert found.values.sum() == pytest.approx(np.log(0.3), abs=1e-10)  # the determinant is -b
    assert found.values[0] == pytest.approx(0.419, abs=0.01)  # Sprott 2003
    assert found.dimension == pytest.approx(1.258, abs=0.01)
    assert found.steps == 20_000


def test_exponents_at_rest_are_the_multipliers_with_memory():
    game, rule = mm.games.quadratic(1.0, 1.0, 1.0), mm.Alternating(0.1, mm.Momentum(-0.3))
    found = mm.lyapunov(game, rule, (1.0, 1.0), 2000)
    moduli = np.abs(mm.update_spectrum(game, rule, ORIGIN).values)
    assert found.values == pytest.approx(np.log(moduli), abs=2e-3)


def ridge(x, sample):
    """Both players on one line: x[0] goes to 1 or -1 by its sign alone."""
    return (x[0] ** 2 - 1) ** 2 / 8, x[1] ** 2 / 2


def test_basins_are_those_of_the_formula():
    found = mm.basins(mm.Game(ridge), mm.Simultaneous(0.2), box=(-1.5, 1.5), grid=40, steps=256)
    assert [a.fate for a in found.attractors] == [mm.Fate.EQUILIBRIUM] * 2
    places = np.array([a.places[0, 0] for a in found.attractors])
    assert sorted(places) == pytest.approx([-1, 1], abs=1e-8)
    x = np.linspace(-1.5, 1.5, 40)
    assert np.all(places[found.index] * x > 0)
    assert found.shares == pytest.approx([0.5, 0.5])
    assert found.entropy(5) == 0  # the boundary runs between squares
    # In squares of eight, no boundary either; in those of three, one column of thirteen has it.
    assert 0 < found.boundary_entropy(3) < np.log(2)
    assert found.entropy(3) == pytest.approx(found.boundary_entropy(3) / 13)


def test_basins_tell_cycles_and_escapes_apart():
    found = mm.basins(
        mm.games.cycle_trap(), mm.Simultaneous(0.05), box=(-4, 4), grid=12, steps=2048
    )
    assert mm.Fate.CYCLE in [a.fate for a in found.attractors]
    away = mm.basins(mm.games.bilinear(1.0), mm.Simultaneous(0.5), box=(1, 2), grid=4, steps=512)
    assert [a.fate for a in away.attractors] == [mm.Fate.ESCAPE]
    assert away.boundary_entropy(2) == 0


REFUSED = {
    "no box": ({"box": (1, 1)}, "box is"),
    "no grid": ({"grid": 1}, "grid is 1"),
    "steps that do not divide": ({"steps": 100}, "multiple of 8"),
    "another shape": ({"like": (np.zeros(2), 0.0)}, "two numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_basins_refuse_what_is_no_plane(case):
    changes, match = REFUSED[case]
    with pytest.raises(mm.InputError, match=match):
        mm.basins(mm.games.bilinear(1.0), RULE, **({"box": (-1, 1)} | changes))


def test_what_is_watched_changes_no_walk():
    from minimax_lab.analysis.stretching import Stretching, Turning

    rule = mm.Alternating(0.1, mm.Momentum(-0.3))
    plain = mm.run(mm.games.dirac_gan(), rule, (1.0, 1.0), 50)
    watched = mm.run(mm.games.dirac_gan(), Turning(Stretching(rule, 2), ORIGIN), (1.0, 1.0), 50)
    assert jax.tree.map(lambda a, b: abs(float(a - b)) < 1e-14, plain.final, watched.final)
