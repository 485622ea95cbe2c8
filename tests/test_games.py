"""The small games against closed forms: fields, stationary points and their kinds, sets, markets, random families, bad input."""

import inspect
import itertools
import typing

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import minimax_lab as mm
from minimax_lab import games
from minimax_lab.game import identity
from minimax_lab.profile import as_profile, narrowed

ENTRIES = games.catalogue()
PLANAR = ["cubic", "fleeing_minimax", "bump", "cycle_trap", "two_basins", "false_minimax", "flat_centre"]


@eqx.filter_jit
def look(game, x, key):
    """Field and Jacobian on one sample."""
    sample = game.sample(key)
    return game.field(x, sample).ravel()[0], game.jacobian(x, sample)


def field_and_jacobian(game, x, key=None):
    x = as_profile(x)
    return tuple(map(np.asarray, look(narrowed(game, x.dtype), x, key)))


def ensemble(make, key, count):
    """make(key) for many keys, in one program."""
    return np.asarray(jax.jit(jax.vmap(make))(jax.random.split(key, count)))


def kind_of(jacobian, sizes):
    """The definition of each kind, read off the Jacobian; player 0 leads."""
    ends = np.cumsum([0, *sizes])
    at = [slice(low, high) for low, high in itertools.pairwise(ends)]

    def least(M):
        return np.linalg.eigvalsh((M + M.T) / 2).min()

    if all(least(jacobian[own, own]) > 1e-9 for own in at):
        return mm.Kind.NASH
    if len(sizes) == 2:
        a, b, c, d = (jacobian[i, j] for i in at for j in at)
        if np.allclose(b, -c.T) and least(d) > 1e-9 and least(a - b @ np.linalg.solve(d, c)) > 1e-9:
            return mm.Kind.MINIMAX
    real = np.linalg.eigvals(jacobian).real
    if np.any(np.abs(real) < 1e-9):
        return mm.Kind.DEGENERATE
    return mm.Kind.STABLE if np.all(real > 0) else mm.Kind.SOURCE if np.all(real < 0) else mm.Kind.SADDLE


# ---------------------------------------------------------------------------------------------------- the catalogue


@pytest.mark.parametrize("name", ENTRIES)
def test_catalogued_games_start_and_know_their_stationary_points(name, key):
    entry = ENTRIES[name]
    assert entry.name == name
    assert entry.summary
    game = entry.make()
    v, J = field_and_jacobian(game, entry.start, key)
    assert np.all(np.isfinite(v))
    assert np.all(np.isfinite(J))
    start = as_profile(entry.start)
    assert np.allclose((game.project(start) - start).norm(), 0)
    assert entry.known or name in ("dirac_wgan_gp", "noisy_exchange", "dirac_draws")
    for point, kind in entry.known:
        v, J = field_and_jacobian(game, point)
        assert np.linalg.norm(v) < 1e-12
        assert kind_of(J, [np.size(p) for p in point]) == kind


@pytest.mark.parametrize("name", ENTRIES)
def test_factories_take_typed_keyword_arguments_with_defaults(name):
    make = ENTRIES[name].make
    hints = typing.get_type_hints(make)
    for parameter in inspect.signature(make).parameters.values():
        assert parameter.default is not parameter.empty
        hint = hints[parameter.name]
        assert hint in (int, float, bool) or typing.get_origin(hint) is typing.Literal


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if entry.formula])
def test_formulas_have_the_field_of_the_game(name, key):
    import sympy

    entry = ENTRIES[name]
    losses, symbols = entry.formula()
    flat = [symbol for own in symbols for symbol in own]
    gradient = [sympy.diff(loss, symbol) for loss, own in zip(losses, symbols, strict=True) for symbol in own]
    by_formula = sympy.lambdify([flat], gradient, "numpy")
    flat_start, unravel = as_profile(entry.start).ravel()
    for shift in jax.random.normal(key, (3, flat_start.size)):
        x = unravel(flat_start + shift)
        v, _ = field_and_jacobian(entry.make(), x)
        assert np.allclose(v, by_formula(np.asarray(x.ravel()[0])), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("market", {"trade": "tanh", "defect": 0.3, "friction": 0.2}),
        ("quadratic", {"convexity": 0.3, "coupling": 2.0, "concavity": 0.7}),
        ("dirac_gp", {"penalty": 0.9}),
        ("dirac_wgan_gp", {"penalty": 0.4, "target": 0.6}),
    ],
)
def test_formulas_take_the_arguments_of_the_factory(name, settings):
    import sympy

    entry = ENTRIES[name]
    losses, symbols = entry.formula(**settings)
    point = dict(zip([s for own in symbols for s in own], entry.start, strict=True))
    wanted = [float(sympy.diff(loss, own[0]).subs(point)) for loss, own in zip(losses, symbols, strict=True)]
    assert np.allclose(field_and_jacobian(entry.make(**settings), entry.start)[0], wanted, atol=1e-12)


@pytest.mark.parametrize("name", PLANAR)
def test_the_catalogue_misses_no_stationary_point_inside_the_box(name):
    entry = ENTRIES[name]
    game, box = entry.make(), np.array(entry.box)

    @jax.jit
    @jax.vmap
    def newton(z):
        def step(_, z):
            v, J = game.field(mm.Profile(z)), game.jacobian(mm.Profile(z))
            return z - jnp.linalg.solve(J, v.ravel()[0])

        z = jax.lax.fori_loop(0, 60, step, z)
        return z, game.field(mm.Profile(z)).norm()

    sides = [np.linspace(low + 0.013, high, 25) for low, high in box]
    ends, residuals = newton(jnp.stack(jnp.meshgrid(*map(jnp.asarray, sides)), -1).reshape(-1, 2))
    inside = np.all((ends >= box[:, 0]) & (ends <= box[:, 1]), axis=1) & (np.asarray(residuals) < 1e-10)
    known = np.array([point for point, _ in entry.known])
    distances = np.linalg.norm(np.asarray(ends)[inside][:, None] - known, axis=-1)
    assert np.all(distances.min(1) < 1e-6)
    assert np.all(distances.min(0) < 1e-6)


def test_a_misspelt_game_gets_the_nearest_name():
    assert games.entry("cycle_trap").name == "cycle_trap"
    with pytest.raises(mm.InputError, match="Did you mean 'dirac_wgan'"):
        games.entry("dirac_wagn")


# ---------------------------------------------------------------------------------------------------- affine games


def test_affine_fields_are_their_closed_forms(key):
    keys = jax.random.split(key, 9)
    P, Q = (M + M.T for M in (jax.random.normal(keys[0], (3, 3)), jax.random.normal(keys[1], (2, 2))))
    B, b, c = (jax.random.normal(k, shape) for k, shape in zip(keys[2:5], [(3, 2), (3,), (2,)], strict=True))
    x, y = jax.random.normal(keys[5], (3,)), jax.random.normal(keys[6], (2,))
    v, J = field_and_jacobian(games.bilinear(B, b, c), (x, y))
    assert np.allclose(v, jnp.concatenate([B @ y + b, -B.T @ x - c]), rtol=0, atol=1e-12)
    assert np.allclose(J, jnp.block([[0 * P, B], [-B.T, 0 * Q]]), atol=1e-12)
    v, J = field_and_jacobian(games.quadratic(P, B, Q, b, c), (x, y))
    assert np.allclose(v, jnp.concatenate([P @ x + B @ y + b, Q @ y - B.T @ x - c]), rtol=0, atol=1e-12)
    assert np.allclose(J, jnp.block([[P, B], [-B.T, Q]]), atol=1e-12)


def test_a_linear_game_has_the_jacobian_it_was_given(key):
    J = jax.random.normal(key, (5, 5)).at[:2, :2].set(jnp.array([[1.0, 2.0], [2.0, -1.0]]))
    J = J.at[3:, 3:].set(jnp.array([[0.5, 0.1], [0.1, 3.0]]))
    x = (jnp.array([1.0, 2.0]), jnp.array([0.3]), jnp.array([-1.0, 0.5]))
    v, found = field_and_jacobian(games.linear(J, (2, 1, 2), offset=jnp.arange(5.0)), x)
    assert np.allclose(found, J, atol=1e-12)
    assert np.allclose(v, J @ jnp.concatenate(x) + jnp.arange(5.0), atol=1e-12)


def test_saddles_solve_the_affine_games():
    A, b, c = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([1.0, 0.0]), np.array([0.0, 3.0])
    x, y = games.saddle(games.bilinear(A, b, c))
    assert np.allclose(x, -np.linalg.solve(A.T, c))
    assert np.allclose(y, -np.linalg.solve(A, b))
    for game in (games.quadratic(np.eye(2), A, np.eye(2), b, c), games.linear([[1, 2], [3, 4]], offset=[1, 1])):
        assert np.allclose(field_and_jacobian(game, games.saddle(game))[0], 0, atol=1e-12)


def test_numbers_serve_where_matrices_are_one_by_one():
    by_number = field_and_jacobian(games.bilinear(2.0), (3.0, 4.0))
    by_vector = field_and_jacobian(games.bilinear([[2.0]]), (jnp.array([3.0]), jnp.array([4.0])))
    assert np.allclose(by_number[0], [8, -6])
    assert np.allclose(by_number[0], by_vector[0])


def test_a_new_payoff_matrix_compiles_nothing_and_games_stack():
    traces = []

    @eqx.filter_jit
    def field(game, x):
        traces.append(1)
        return game.field(x).ravel()[0]

    x = as_profile((jnp.ones(2), jnp.ones(2)))
    matrices = [jnp.array([[1.0, k], [0.0, 2.0]]) for k in range(3)]
    single = [field(games.bilinear(A), x) for A in matrices]
    assert len(traces) == 1
    stacked = eqx.filter_vmap(games.bilinear)(jnp.stack(matrices))
    assert np.allclose(eqx.filter_vmap(field, in_axes=(eqx.if_array(0), None))(stacked, x), single)


def test_equal_games_have_equal_static_parts():
    assert games.bilinear(1.0).losses == games.bilinear(2.0).losses
    assert games.bump().losses == games.bump().losses
    assert games.bump().losses != games.cubic().losses
    assert games.market((1.0, 1.0), {(0, 1): 1.0}).losses == games.exchange().losses


def test_the_ring_turns_and_friction_draws_it_in():
    for players in (3, 4):
        x = tuple(jnp.arange(1.0, players + 1))
        v, J = field_and_jacobian(games.ring(players, 0.2), x)
        S, A = mm.split(J)
        assert np.allclose(S, 0.2 * np.eye(players))
        assert np.linalg.norm(A) > 1
        assert np.isclose(v @ np.array(x), 0.2 * np.sum(np.square(x)))
        assert np.allclose(J @ np.ones(players), 0.2)
    spectrum = np.linalg.eigvals(field_and_jacobian(games.ring(3, 0.0), (1.0, 1.0, 1.0))[1])
    assert np.allclose(np.sort(spectrum.imag), [-np.sqrt(3), 0, np.sqrt(3)])
    assert np.allclose(spectrum.real, 0)


# ---------------------------------------------------------------------------------------------------- sets


def test_the_simplex_projection_is_the_nearest_distribution(key):
    points = 3 * jax.random.normal(key, (40, 5))
    found = jax.jit(jax.vmap(lambda p: games.Simplexes()(mm.Profile((p,)))[0]))(points)
    with jax.numpy_dtype_promotion("standard"):
        wanted = jax.jit(jax.vmap(optax.projections.projection_simplex))(points)
    assert np.allclose(found, wanted, rtol=0, atol=1e-14)
    assert games.Simplexes()(as_profile((jnp.ones(3, jnp.float32),))).dtype == jnp.float32


def test_matrix_games_stay_in_their_set_and_know_best_responses():
    game = games.matrix([[0.0, 3.0], [1.0, -1.0]])
    x = game.project(as_profile((jnp.array([3.0, 2.5]), jnp.array([-1.0, 0.1]))))
    assert np.allclose(x[0], [0.75, 0.25])
    assert np.allclose(x[1], [0.0, 1.0], atol=0.1)
    v = game.field(x)
    best = game.project.best_response(v)
    pure = np.eye(2)
    for i in range(2):
        gains = [float(v[i] @ (x[i] - z)) for z in pure]
        assert np.isclose(float(v[i] @ (x[i] - best[i])), max(gains))
    # The gap closes at the equilibrium, where 4/5 of neither player's vertices help.
    solution = as_profile((jnp.array([0.4, 0.6]), jnp.array([0.8, 0.2])))
    v = game.field(solution)
    assert np.isclose(float(v @ (solution - game.project.best_response(v))), 0, atol=1e-15)


def test_boxes_confine_each_player_to_its_own_bounds():
    box = games.Box((-np.inf, -1), (np.inf, 0.5))
    x = as_profile((jnp.array([7.0, -9.0]), jnp.array([7.0, -9.0])))
    assert np.allclose(box(x)[0], [7, -9])
    assert np.allclose(box(x)[1], [0.5, -1])
    assert np.allclose(games.Box(-2.0, 3.0).best_response(x)[0], [-2, 3])
    assert np.allclose(games.Box(-2.0, 3.0).best_response(0 * x)[0], 0)
    game = games.matrix(np.eye(2), games.Box())
    assert np.allclose(game.project(x)[0], [1, -1])


# ---------------------------------------------------------------------------------------------------- markets


@pytest.mark.parametrize("trade", [identity, jnp.tanh], ids=["bilinear", "tanh"])
def test_market_interactions_are_antisymmetric_until_the_defect_breaks_them(trade, key):
    sizes = (1, 2, 3)
    own = np.repeat(np.arange(3), sizes)
    off = own[:, None] != own[None, :]
    x = tuple(jax.random.normal(k, (d,)) for k, d in zip(jax.random.split(key, 3), sizes, strict=True))
    for defect, holds in ((0.0, True), (0.2, False)):
        _, J = field_and_jacobian(games.random_market(key, sizes, trade=trade, defect=defect), x)
        S, A = mm.split(J)
        assert bool(np.all(np.abs(S[off]) < 1e-12)) == holds
        assert np.abs(A[off]).min() > 1e-4
        # Legibility: along any direction the whole sentiment is the sum of the firms' own.
        blocks = np.where(off, 0, J)
        u = np.linspace(-1, 1, 6)
        assert np.isclose(u @ J @ u, u @ blocks @ u, rtol=1e-10) == holds


def test_coalitions_cancel_their_internal_trades(key):
    game = games.random_market(key, (2, 1, 2), trade=jnp.tanh)
    x = as_profile((jnp.array([0.3, -1.0]), jnp.array([0.7]), jnp.array([1.1, 0.2])))
    resources = [float(w @ M @ w) / 2 for w, M in zip(x, game.data[0], strict=True)]
    assert np.isclose(float(sum(game.losses(x, game.data))), sum(resources), atol=1e-12)
    broken = games.random_market(key, (2, 1, 2), trade=jnp.tanh, defect=0.5)
    assert not np.isclose(float(sum(broken.losses(x, broken.data))), sum(resources), atol=1e-3)


def test_stable_is_nash_in_markets_for_every_learning_rate(key):
    """S is block diagonal, so whether every firm sits at a strict maximum and whether S > 0 is one question."""
    sizes = (1, 2, 2)
    origin = mm.Profile(jnp.zeros(d) for d in sizes)
    draws = np.random.default_rng(0)
    rates = np.repeat(np.exp(draws.uniform(np.log(1e-3), np.log(1e3), (400, 3))), sizes, axis=1)
    # Own curvature taken from some firms: a market still, in which they may sit at a minimum of their profit.
    taken = np.repeat(draws.choice([0, 0, 0, 1, 2], (400, 3)), sizes, axis=1)
    count = {True: 0, False: 0}
    for J, rate, less in zip(
        ensemble(lambda k: games.random_market(k, sizes).jacobian(origin), key, 400), rates, taken, strict=True
    ):
        J = J - np.diag(less)
        nash = kind_of(J, sizes) == mm.Kind.NASH
        count[nash] += 1
        assert nash == (np.linalg.eigvalsh((J + J.T) / 2).min() > 0)
        if nash:
            assert np.linalg.eigvals(rate[:, None] * J).real.min() > 0
    assert min(count.values()) > 50


def test_the_minimal_examples_have_their_documented_eigenvalues():
    def spectrum(game):
        return np.sort_complex(np.linalg.eigvals(field_and_jacobian(game, (1.0, -0.5))[1]))

    assert np.allclose(spectrum(games.hamiltonian()), [-1j, 1j])
    assert np.allclose(spectrum(games.exchange(0.1)), [0.1 - 1j, 0.1 + 1j])
    assert np.allclose(spectrum(games.common_interest(0.1)), [-0.9, 1.1])
    assert np.allclose(spectrum(games.rate_dependent()), [1, 1], atol=1e-7)
    J = field_and_jacobian(games.rate_dependent(), (0.0, 0.0))[1]
    for e, stable in ((2.9, True), (3.1, False)):
        assert (np.linalg.eigvals(np.diag([e, 1.0]) @ J).real.min() > 0) == stable
    # A defect of d leaves the symmetric part definite exactly while d < 2 friction.
    for defect, definite in ((0.19, True), (0.21, False)):
        J = field_and_jacobian(games.exchange(0.1, defect), (0.0, 0.0))[1]
        assert (np.linalg.eigvalsh((J + J.T) / 2).min() > 0) == definite


# ---------------------------------------------------------------------------------------------------- random families


def test_random_bilinear_games_have_the_spectrum_asked_for(key):
    spectrum = jnp.array([0.1, 0.7, 2.0, 3.5])
    A = games.random_bilinear(key, 4, spectrum).data[0]
    assert np.allclose(np.sort(np.linalg.svd(A, compute_uv=False)), spectrum, atol=1e-12)
    assert not np.allclose(A, games.random_bilinear(jax.random.key(1), 4, spectrum).data[0])


@pytest.mark.parametrize(("n", "m"), [(3, 3), (1, 3)])
def test_random_quadratics_are_strongly_monotone_and_lead_by_the_gap(n, m, key):
    origin = mm.Profile((jnp.zeros(n), jnp.zeros(m)))
    for J in ensemble(lambda k: games.random_quadratic(k, n, m, gap=0.05, step=0.2).jacobian(origin), key, 50):
        assert np.linalg.eigvalsh((J + J.T) / 2).min() > 0
        update = np.linalg.eigvals(np.eye(n + m) - 0.2 * J)
        assert 0.9 <= np.abs(update).max() <= 0.97
        assert games.lead(update) >= 0.05 - 1e-12
        assert np.abs(J[:n, n:]).max() > 1e-3


def test_lead_counts_conjugates_once():
    assert np.isclose(games.lead([0.6j, -0.6j, 0.5]), 0.2)
    assert games.lead([1j, -1j]) == np.inf


def test_random_general_sum_games_keep_the_margin(key):
    sizes = (2, 1, 3)
    x = mm.Profile(jnp.ones(d) for d in sizes)
    margins = jnp.array([0.3, -0.5])
    draw = jax.jit(jax.vmap(lambda margin: games.random_general_sum(key, sizes, margin=margin).jacobian(x)))
    for J, margin in zip(np.asarray(draw(margins)), margins, strict=True):
        assert np.isclose(np.linalg.eigvalsh((J + J.T) / 2).min(), margin, atol=1e-12)
        assert np.allclose(J[3:, 3:], J[3:, 3:].T)
    assert not np.allclose(J[:2, 2:], -J[2:, :2].T, atol=0.1)


# ---------------------------------------------------------------------------------------------------- reshaped


def test_weight_decay_adds_to_each_players_own_curvature():
    x = (jnp.array([1.0, 2.0]), jnp.array([3.0, -1.0]))
    game = games.bilinear(np.eye(2))
    v, J = field_and_jacobian(game, x)
    decayed_v, decayed_J = field_and_jacobian(games.weight_decay(games.weight_decay(game, (0.1, 0.3)), 0.2), x)
    rates = np.array([0.3, 0.3, 0.5, 0.5])
    assert np.allclose(decayed_v, v + rates * np.concatenate(x))
    assert np.allclose(decayed_J, J + np.diag(rates))


def first_pays(x, sample):
    """A penalty of player 0 alone."""
    return jnp.sum(x[0] ** 4), 0 * x[1].sum()


def test_penalties_add_up_and_losses_stay_as_they_are():
    game = games.penalised(games.weight_decay(games.bilinear(np.eye(2)), 1.0), first_pays)
    x = as_profile((jnp.array([1.0, 2.0]), jnp.array([3.0, -1.0])))
    assert np.allclose(game.field(x)[0], x[1] + x[0] + 4 * x[0] ** 3)
    assert np.allclose(game.losses(x, game.data)[0], 1.0)


def test_noise_is_gaussian_of_the_asked_size_and_fixed_by_the_key(key):
    exact = games.weight_decay(games.exchange(0.2), 0.1)
    noisy = games.noisy(exact, 0.3)
    x = as_profile((1.0, -2.0))

    @jax.jit
    @jax.vmap
    def error(key):
        return (noisy.field(x, noisy.sample(key)) - exact.field(x)).ravel()[0]

    errors = np.asarray(error(jax.random.split(key, 4000)))
    assert np.all(np.abs(errors.mean(0)) < 4 * 0.3 / np.sqrt(4000))
    assert np.allclose(errors.std(0), 0.3, rtol=0.05)
    assert abs(np.corrcoef(errors.T)[0, 1]) < 0.06
    assert np.isclose(np.mean(errors**4), 3 * 0.3**4, rtol=0.15)
    assert np.array_equal(error(key[None]), error(key[None]))
    sample = noisy.sample(key)
    assert np.allclose(noisy.jacobian(x, sample), exact.jacobian(x))
    assert noisy.random


def test_noise_wraps_games_that_draw_and_keeps_the_rest(key):
    game = games.noisy(games.noisy(games.dirac_gan(noise=0.7, draws=5, clip=1.0), 0.1), 0.1)
    assert game.field(as_profile((1.0, 1.0)), game.sample(key)).norm() > 0
    assert game.ideal == games.dirac_gan().ideal
    assert float(game.project(as_profile((5.0, 5.0)))[1]) == 1.0


# ---------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: games.bilinear([1.0, 2.0]), "A is an array of shape (2,)"),
        (lambda: games.bilinear([[1.0, 2.0], [1.0]]), "A is [[1.0, 2.0], [1.0]]"),
        (lambda: games.bilinear("A"), "A is A"),
        (lambda: games.bilinear([[1.0, np.nan]]), "not finite"),
        (lambda: games.bilinear(np.eye(2), b=[1, 2, 3]), "b is an array of shape (3,)"),
        (lambda: games.bilinear(1j), "real numbers"),
        (lambda: games.saddle(games.bilinear(np.ones((2, 3)))), "A is a matrix of shape (2, 3), but must be square"),
        (lambda: games.saddle(games.bump()), "bilinear, quadratic or linear"),
        (
            lambda: games.quadratic(np.ones((2, 3)), np.ones((2, 3)), np.eye(3)),
            "P is a matrix of shape (2, 3), but must be square",
        ),
        (lambda: games.quadratic(np.eye(2), np.ones((3, 2)), np.eye(2)), "B is a matrix of shape (3, 2)"),
        (lambda: games.quadratic([[1, 2], [0, 1]], np.eye(2), np.eye(2)), "symmetric"),
        (lambda: games.linear([[1, 2], [3, 4]], sizes=(2,)), "block (0, 0) of the Jacobian"),
        (lambda: games.linear(np.eye(3), sizes=(1, 1)), "sizes is (1, 1)"),
        (lambda: games.ring(2), "players is 2"),
        (lambda: games.bilinear(np.eye(2)).field(as_profile((jnp.ones(3), jnp.ones(2)))), "player 0's strategy"),
        (lambda: games.bilinear(np.eye(2)).field(as_profile((jnp.ones(2),))), "one of 1 players"),
        (lambda: games.matrix(np.eye(2)).project(as_profile((1.0, jnp.ones(2)))), "a vector of probabilities"),
        (lambda: games.Box(1, -1), "low below high"),
        (lambda: games.Box((0, 0), (1, 1, 1)), "low below high"),
        (lambda: games.Box(float("nan"), 1), "Box.low is nan"),
        (lambda: games.Box((0, 0), 1)(as_profile((1.0, 1.0, 1.0))), "bounds for the profile's 3 players"),
        (lambda: games.market((1.0,), {}), "at least two firms"),
        (lambda: games.market((1.0, 1.0), {(0, 0): 1.0}), "two different firms"),
        (lambda: games.market((1.0, 1.0), {(0, 1): np.eye(2)}), "trades[(0, 1)]"),
        (lambda: games.market((1.0, 1.0), {(0, 1): 1.0}, trade=2), "trade is 2"),
        (lambda: ENTRIES["market"].make(trade="tahn"), "Did you mean 'tanh'?"),
        (lambda: games.exchange(-0.1), "friction is -0.1"),
        (lambda: games.noisy(games.bump(), -0.1), "sigma is -0.1"),
        (lambda: games.noisy(0.1, games.bump()), "The game comes first"),
        (lambda: games.noisy(games.bump(), 0.1).sample(None), "key is None"),
        (lambda: games.weight_decay(games.bump(), -1.0), "strength is -1.0"),
        (lambda: games.weight_decay(games.bump(), (1.0, 1.0, 1.0)).field(as_profile((1.0, 1.0))), "2 numbers for 2 players"),
        (lambda: games.penalised(games.bump(), 3), "penalties is 3"),
        (lambda: games.random_bilinear(jax.random.key(0), 3, [1.0, 2.0]), "3 singular values"),
        (lambda: games.random_bilinear(jax.random.key(0), 0), "n is 0"),
        (lambda: games.random_quadratic(jax.random.key(0), 2, 2, gap=-0.1), "gap is -0.1"),
        (lambda: games.random_quadratic(jax.random.key(0), 2, 2, step=0.0), "step is 0.0"),
        (lambda: games.random_general_sum(jax.random.key(0), (1, 0)), "sizes is 0"),
    ],
)
def test_bad_input_is_named(make, fragment):
    with pytest.raises(mm.InputError) as error:
        make()
    assert fragment in str(error.value)
