"""Spectra: three roads to the same eigenvalues, the state a rule rests in, stability limits,
refusals, measured rates.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import minimax_lab as mm


def scalar_losses(x, sample):
    """loss_i = x_i (J x)_i with the own part halved, so that the field of scalar players is J x for
    any matrix J.
    """
    z = jnp.stack(list(x))
    return tuple(z[i] * (sample[i] @ z) - sample[i, i] * z[i] ** 2 / 2 for i in range(len(x)))


def linear(matrix):
    """The game of scalar players with v(x) = J x, and its equilibrium."""
    matrix = jnp.asarray(matrix, float)
    return mm.Game(scalar_losses, data=matrix), mm.Profile(jnp.zeros(len(matrix)))


def stable_matrix(seed, size=4):
    """A random matrix moved until its abscissa is 1/10."""
    matrix = np.random.default_rng(seed).standard_normal((size, size))
    return matrix + (0.1 - np.linalg.eigvals(matrix).real.min()) * np.eye(size)


def distance(found, wanted):
    """The largest difference of two multisets of eigenvalues, matched."""
    assert len(found) == len(wanted)
    gaps = np.abs(np.asarray(found)[:, None] - np.asarray(wanted)[None, :])
    return gaps[linear_sum_assignment(gaps)].max()


def tangled(x, sample):
    """Three players with unlike strategies, every pair of them coupled both ways."""
    a, b, c = x[0], jnp.concatenate([x[1]["u"], x[1]["w"].ravel()]), x[2]
    mix = jnp.sum(jnp.sin(sample[:2] @ a) * c) + b @ jnp.tanh(sample @ a)
    curved = [jnp.sum(jnp.arange(1.0, p.size + 1) * p**2) / 4 for p in (a, b, c)]
    return (
        curved[0] + 2 * mix,
        curved[1] * (1 + c[0]) - 3 * mix,
        curved[2] + jnp.cos(b[0]) * c[1] - mix,
    )


@pytest.fixture(scope="module")
def tangle():
    """A nonlinear game of three players and twelve numbers, and a profile that is no
    equilibrium.
    """
    r = np.random.default_rng(3)
    x = mm.Profile(
        (
            r.standard_normal(4),
            {"u": r.standard_normal(2), "w": r.standard_normal((2, 2))},
            r.standard_normal(2),
        )
    )
    return mm.Game(tangled, data=jnp.asarray(r.standard_normal((6, 4)))), jax.tree.map(
        lambda leaf: jnp.asarray(leaf) / 2, x
    )


@pytest.mark.slow
def test_dense_and_matrix_free_and_compiled_values_agree(tangle):
    game, x = tangle
    dense = mm.field_spectrum(game, x)
    assert distance(dense.values, np.linalg.eigvals(np.asarray(game.jacobian(x)))) < 1e-12
    assert np.all(np.diff(dense.values.real) >= 0)
    assert dense.size == 12
    assert not dense.at_equilibrium
    by_modulus = sorted(dense.values, key=abs, reverse=True)
    by_part = sorted(dense.values, key=lambda value: value.real)
    assert np.any(dense.values.imag)
    for count in (1, 3, 4, 5):  # one of them cuts a pair in two
        largest = mm.field_spectrum(game, x, leading=count)
        assert np.abs(largest.values) == pytest.approx(np.abs(by_modulus[:count]), abs=1e-9)
        assert all(np.min(np.abs(dense.values - value)) < 1e-9 for value in largest.values)
        assert np.max(largest.residuals) < 1e-9
    ends = [
        mm.field_spectrum(game, x, leading=4, leftmost=True),
        mm.field_spectrum(game, x, leading=4, rightmost=True),
    ]
    assert min(ends[0].values.real) == pytest.approx(by_part[0].real, abs=1e-9)
    assert max(ends[1].values.real) == pytest.approx(by_part[-1].real, abs=1e-9)
    full, residuals = jax.jit(lambda x: mm.arnoldi_values(lambda t: game.push(x, t), x, 12))(x)
    assert distance(full, dense.values) < 1e-8
    assert np.all(np.diff(np.abs(full)) <= 0)
    assert np.max(residuals) < 1e-8


@pytest.mark.parametrize(
    "rule",
    [
        mm.Simultaneous(0.1),
        mm.Alternating((0.1, 0.2, 0.3), mm.Momentum(-0.4), order=(2, 0, 1, 1)),
        mm.Optimistic(0.05),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_the_update_map_is_that_of_profile_and_memory(tangle, rule):
    """Against central differences of the rule's own update, at the settled state."""
    game, x = tangle
    spectrum = mm.update_spectrum(game, rule, x)
    state = rule.init(game, x, None)
    flat, unravel = jax.flatten_util.ravel_pytree((x, state))
    step = jax.jit(
        lambda z: jax.flatten_util.ravel_pytree(rule.update(game, *unravel(z), mm.Tick(0, None)))[0]
    )
    for _ in range(60):  # what a rule settles to when x is pinned
        flat = jnp.concatenate([flat[:12], step(flat)[12:]])
    columns = [(step(flat + 1e-5 * e) - step(flat - 1e-5 * e)) / 2e-5 for e in jnp.eye(flat.size)]
    assert np.max(np.abs(spectrum.matrix - np.stack(columns, 1))) < 1e-7
    assert spectrum.movement == pytest.approx(
        float(np.linalg.norm((step(flat) - flat)[:12])), rel=1e-9
    )
    assert not spectrum.at_equilibrium


def test_the_leading_values_of_an_update_are_those_of_its_matrix(tangle):
    game, x = tangle
    rule = mm.Simultaneous(0.1, mm.Momentum(0.7))
    dense, leading = mm.update_spectrum(game, rule, x), mm.update_spectrum(game, rule, x, leading=6)
    assert dense.size == leading.size == 24
    assert leading.radius == pytest.approx(dense.radius, abs=1e-9)
    assert all(np.min(np.abs(dense.values - value)) < 1e-8 for value in leading.values)
    assert np.max(leading.residuals) < 1e-9
    assert leading.movement == pytest.approx(
        dense.movement, rel=1e-6
    )  # its state was found without a matrix


def test_lookahead_is_linearised_over_its_period():
    """M = (1 - weight) + weight (1 - step J)^k on the slow profile; the fast one is the same at
    rest, so zeros beside it.
    """
    matrix = stable_matrix(1)
    game, x = linear(matrix)
    spectrum = mm.update_spectrum(game, mm.Lookahead(mm.Simultaneous(0.2), period=4, weight=0.3), x)
    wanted = 0.7 + 0.3 * (1 - 0.2 * np.linalg.eigvals(matrix)) ** 4
    assert (
        distance(spectrum.values[:4], wanted) < 1e-12
        or distance(spectrum.values, [*wanted, 0, 0, 0, 0]) < 1e-9
    )
    assert spectrum.period == 4
    assert spectrum.rate == pytest.approx(np.log(np.abs(wanted).max()) / 4)


def test_tensorflow1_rmsprop_at_rest_multiplies_the_error_by_a_thousand():
    """The accumulator, which starts at one, decays to zero: 1 - step / sqrt(1e-10) = -999 for step
    0.01 on x^2 / 2.
    """
    game, x = linear([[1.0]])
    rule = mm.Simultaneous(0.01, mm.RMSProp.tensorflow1())
    spectrum = mm.update_spectrum(game, rule, x)
    assert distance(spectrum.values, [-999, 0.9]) < 1e-6
    assert not spectrum.stable
    assert spectrum.at_equilibrium
    # Measured: with the accumulator at rest, a tiny error does just that ...
    state = jax.tree.map(jnp.zeros_like, rule.init(game, x, None))
    after, _ = rule.update(game, mm.Profile((jnp.asarray(1e-9),)), state, mm.Tick(0, None))
    assert float(after[0]) == pytest.approx(-999e-9, rel=1e-6)
    # ... while the first state of a run, far from rest, hides it.
    after, _ = rule.update(
        game, mm.Profile((jnp.asarray(1e-9),)), rule.init(game, x, None), mm.Tick(0, None)
    )
    assert abs(float(after[0])) < 1e-9


@pytest.mark.parametrize(("far", "at"), [(1.4e-8, True), (1.6e-8, False)])
def test_at_rest_is_what_moves_by_half_the_digits(far, at):
    """Where v(x) = x, of eight numbers: the root of the rounding unit is 1.49e-8."""
    game = mm.games.quadratic(np.eye(4), np.zeros((4, 4)), np.eye(4))
    x = (jnp.full(4, far / 8**0.5), jnp.full(4, far / 8**0.5))
    assert mm.field_spectrum(game, x).at_equilibrium == at


@pytest.mark.parametrize(("off", "at"), [(1.4e-8, True), (1.6e-8, False)])
def test_at_rest_far_out_is_measured_by_how_far(off, at):
    """Where v(x) = x - c with |c| = 1000, the digits of x are a thousand times as large."""
    centre = np.full(4, 1000 / 8**0.5)
    game = mm.games.quadratic(np.eye(4), np.zeros((4, 4)), np.eye(4), -centre, centre)
    x = jnp.asarray(centre + 1001 * off / 8**0.5)
    assert mm.field_spectrum(game, (x, x)).at_equilibrium == at


@pytest.mark.parametrize("leading", [None, 2])
def test_a_small_step_near_an_equilibrium_is_not_at_it(leading):
    """It moves little because it is small: what counts is what it does to a change of x."""
    game, rest = mm.games.quadratic(np.eye(4), np.eye(4), np.eye(4)), jnp.zeros(4)
    for step in (1.0, 1e-3, 1e-6):
        rule, near = mm.Simultaneous(step), (rest + 1e-4, rest)
        assert not mm.update_spectrum(game, rule, near, leading=leading).at_equilibrium
        assert mm.update_spectrum(game, rule, (rest, rest), leading=leading).at_equilibrium


def test_an_equilibrium_of_the_update_is_told_from_any_other_profile_at_any_scale():
    for scale in (1e-6, 1.0, 1e6):
        game, x = linear(scale * stable_matrix(2))
        for rule in (mm.Simultaneous(0.1 / scale), mm.Optimistic(1e-5 / scale)):
            assert mm.update_spectrum(game, rule, x).at_equilibrium
            assert not mm.update_spectrum(game, rule, mm.Profile(jnp.full(4, 1e-3))).at_equilibrium
        assert mm.field_spectrum(game, x).at_equilibrium
        assert not mm.field_spectrum(game, mm.Profile(jnp.full(4, 1e-3)), leading=2).at_equilibrium
        assert "not at an equilibrium" in str(
            mm.field_spectrum(game, mm.Profile(jnp.full(4, 1e-3)))
        )


def test_the_step_limit_is_sharp():
    for seed in range(40):
        matrix = stable_matrix(seed)
        game, x = linear(matrix)
        limit = mm.step_limit(game, x)
        below, above = (
            np.abs(np.linalg.eigvals(np.eye(4) - limit * (1 + e) * matrix)).max()
            for e in (-1e-6, 1e-6)
        )
        assert below < 1 < above
        spectra = [
            mm.update_spectrum(game, mm.Simultaneous(limit * (1 + e)), x) for e in (-1e-6, 1e-6)
        ]
        assert [s.stable for s in spectra] == [True, False]


def test_no_step_is_stable_where_an_eigenvalue_is_on_the_axis():
    rotation = np.array([[0.0, 1.0], [-1.0, 0.0]])
    turned = np.kron(np.diag([1.0, 0.3]), rotation) + 1e-17 * np.eye(4)
    game, x = linear(turned)
    assert mm.step_limit(game, x) == 0.0
    assert mm.field_spectrum(game, x).stable is False
    assert all(
        not mm.update_spectrum(game, mm.Simultaneous(step), x).stable
        for step in np.logspace(-3, 1, 9)
    )


def test_defective_values_are_called_so():
    jordan = linear([[1.0, 1.0], [0.0, 1.0]])
    assert mm.field_spectrum(*jordan).defective
    assert "too defective" in str(mm.field_spectrum(*jordan))
    assert not mm.field_spectrum(
        *linear(np.eye(3))
    ).defective  # equal values with eigenvectors enough
    # Two values e apart with eigenvectors at angle e: each has condition number sqrt(1 + 1/e^2).
    tilted = mm.field_spectrum(*linear([[1.0, 1.0], [0.0, 1.01]]))
    assert tilted.conditions == pytest.approx([math.hypot(1, 100)] * 2)
    assert tilted.condition == pytest.approx(200, rel=1e-3)
    assert not tilted.defective
    # Alternating descent on step * s = 2 has a double -1 on the unit circle; rounding must not make
    # it stable.
    double = mm.update_spectrum(*_alternating_at_the_edge())
    assert double.defective
    assert distance(double.values, [-1, -1]) < 1e-6
    assert not double.stable


def _alternating_at_the_edge():
    game, x = linear([[0.0, 0.7], [-0.7, 0.0]])
    return game, mm.Alternating(2 / 0.7), x


def test_a_new_step_start_or_payoff_traces_nothing():
    traces = []

    def losses(x, sample):
        traces.append(1)
        return scalar_losses(x, sample)

    x = mm.Profile(jnp.zeros(3))
    for start in (
        x,
        mm.Profile(jnp.ones(3)),
    ):  # at the second, off equilibrium, the state's rest is solved for
        mm.update_spectrum(
            mm.Game(losses, data=jnp.eye(3)),
            mm.Alternating((0.1, 0.2, 0.3), mm.Momentum(0.2)),
            start,
        )
    mm.field_spectrum(mm.Game(losses, data=jnp.eye(3)), x)
    assert traces
    traces.clear()
    mm.update_spectrum(
        mm.Game(losses, data=2 * jnp.eye(3)),
        mm.Alternating((1, 0.5, 7e-3), mm.Momentum(-0.9)),
        mm.Profile((1.0, 2.0, 3.0)),
    )
    mm.step_limit(mm.Game(losses, data=3 * jnp.eye(3)), (1.0, 2.0, 3.0))
    assert not traces


def noisy_draw(data, key):
    return data + jax.random.normal(key, data.shape)


def test_a_random_game_is_held_at_the_sample_of_the_key(key):
    game = mm.Game(scalar_losses, data=jnp.eye(4), draw=noisy_draw)
    x = mm.Profile(jnp.zeros(4))
    spectrum = mm.update_spectrum(game, mm.Simultaneous(0.1), x, key=key)
    assert (
        distance(spectrum.values, 1 - 0.1 * np.linalg.eigvals(np.asarray(game.sample(key)))) < 1e-12
    )
    field = mm.field_spectrum(game, x, game.sample(key))
    assert distance(spectrum.values, 1 - 0.1 * field.values) < 1e-12
    with pytest.raises(mm.InputError, match="key is None"):
        mm.update_spectrum(game, mm.Simultaneous(0.1), x)
    with pytest.raises(mm.InputError, match="sample is None"):
        mm.field_spectrum(game, x)


GAME, ORIGIN = linear(stable_matrix(0))
REFUSED = {
    "Adam": (
        lambda: mm.update_spectrum(GAME, mm.Simultaneous(0.1, mm.Adam()), ORIGIN),
        "no derivative there",
    ),
    "uniform average": (
        lambda: mm.update_spectrum(GAME, mm.Averaged(mm.Simultaneous(0.1)), ORIGIN),
        "change with every update",
    ),
    "schedule": (
        lambda: mm.update_spectrum(GAME, mm.Simultaneous(mm.Cosine(0.1, 10)), ORIGIN),
        "freeze it",
    ),
    "direction": (lambda: mm.update_spectrum(GAME, mm.Gradient(), ORIGIN), "rule is"),
    "no game": (lambda: mm.field_spectrum(scalar_losses, ORIGIN), "game is"),
    "no profile": (lambda: mm.field_spectrum(GAME, jnp.zeros(4)), "x is"),
    "NaN": (
        lambda: mm.update_spectrum(GAME, mm.Simultaneous(0.1), (math.nan, 0.0, 0.0, 0.0)),
        r"x\[0\] is",
    ),
    "key": (lambda: mm.update_spectrum(GAME, mm.Simultaneous(0.1), ORIGIN, key=3), "key is 3"),
    "too many": (lambda: mm.field_spectrum(GAME, ORIGIN, leading=3), "from 1 to 2"),
    "none": (
        lambda: mm.update_spectrum(GAME, mm.Simultaneous(0.1), ORIGIN, leading=0),
        "from 1 to 2",
    ),
    "both ends": (
        lambda: mm.field_spectrum(GAME, ORIGIN, leading=2, leftmost=True, rightmost=True),
        "at most one",
    ),
    "end of all": (lambda: mm.field_spectrum(GAME, ORIGIN, rightmost=True), "with leading=k"),
    "too large": (lambda: mm.field_spectrum(GAME, (jnp.zeros(30_000),)), "leading=20"),
    "players": (lambda: mm.update_spectrum(GAME, mm.Simultaneous((0.1, 0.2)), ORIGIN), "4 players"),
    "limit": (
        lambda: mm.update_spectrum(GAME, mm.Simultaneous(0.1), ORIGIN).step_limit,
        "step_limit is",
    ),
    "corner": (
        lambda: mm.field_spectrum(
            mm.zero_sum(lambda x, s: jnp.sqrt(x[0] ** 2 + x[1] ** 2)), (0.0, 0.0)
        ),
        "x is",
    ),
    "restless": (lambda: mm.update_spectrum(GAME, Restless(), ORIGIN), "does not settle"),
    "depth": (lambda: mm.arnoldi_values(lambda t: t, ORIGIN, 5), "at most 4"),
}


class Restless(mm.UpdateRule):
    """Counts its updates in a float, so that it never rests."""

    def init(self, game, x, key):
        return jnp.zeros(())

    def update(self, game, x, state, tick):
        return x, state + 1

    def cost(self, players):
        return mm.Cost()

    @property
    def rest(self):
        return mm.Simultaneous(0.1).rest


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_spectrum_is_refused_with_the_reason(case):
    ask, reason = REFUSED[case]
    with pytest.raises(mm.InputError, match=reason):
        ask()


def test_single_precision_warns_and_names_the_remedy():
    single = mm.Profile(jnp.zeros(4, jnp.float32))
    with pytest.warns(UserWarning, match="jax_enable_x64"):
        spectrum = mm.update_spectrum(GAME, mm.Simultaneous(0.1), single)
    assert distance(spectrum.values, 1 - 0.1 * np.linalg.eigvals(stable_matrix(0))) < 1e-5
    with pytest.warns(UserWarning, match="float32"):
        mm.step_limit(GAME, single)
