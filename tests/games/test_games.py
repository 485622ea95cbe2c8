"""The small games against closed forms: fields, stationary points and their kinds, sets, markets,
random families, bad input.
"""

import inspect
import itertools
import typing

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import games
from minimax_lab.profile import as_profile, narrowed

ENTRIES = games.catalogue()
PLANAR = [
    "cubic",
    "fleeing_minimax",
    "bump",
    "cycle_trap",
    "two_basins",
    "false_minimax",
    "flat_centre",
]


@eqx.filter_jit
def look(game, x, key):
    """Field and Jacobian on one sample."""
    sample = game.sample(key)
    return game.field(x, sample).ravel()[0], game.jacobian(x, sample)


def field_and_jacobian(game, x, key=None):
    x = as_profile(x)
    return tuple(map(np.asarray, look(narrowed(game, x.dtype), x, key)))


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
    return (
        mm.Kind.STABLE
        if np.all(real > 0)
        else mm.Kind.SOURCE
        if np.all(real < 0)
        else mm.Kind.SADDLE
    )


# --------------------------------------------------------------------------------------------------
# the catalogue


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
    gradient = [
        sympy.diff(loss, symbol)
        for loss, own in zip(losses, symbols, strict=True)
        for symbol in own
    ]
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
        ("exchange", {"friction": 0.3, "defect": 0.9}),
        ("dirac_gp", {"penalty": 0.9}),
        ("dirac_wgan_gp", {"penalty": 0.4, "target": 0.6}),
    ],
)
def test_formulas_take_the_arguments_of_the_factory(name, settings):
    import sympy

    entry = ENTRIES[name]
    losses, symbols = entry.formula(**settings)
    point = dict(zip([s for own in symbols for s in own], entry.start, strict=True))
    wanted = [
        float(sympy.diff(loss, own[0]).subs(point))
        for loss, own in zip(losses, symbols, strict=True)
    ]
    assert np.allclose(
        field_and_jacobian(entry.make(**settings), entry.start)[0], wanted, atol=1e-12
    )


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
    inside = np.all((ends >= box[:, 0]) & (ends <= box[:, 1]), axis=1) & (
        np.asarray(residuals) < 1e-10
    )
    known = np.array([point for point, _ in entry.known])
    distances = np.linalg.norm(np.asarray(ends)[inside][:, None] - known, axis=-1)
    assert np.all(distances.min(1) < 1e-6)
    assert np.all(distances.min(0) < 1e-6)


def test_a_misspelt_game_gets_the_nearest_name():
    assert games.entry("cycle_trap").name == "cycle_trap"
    with pytest.raises(mm.InputError, match="Did you mean 'dirac_wgan'"):
        games.entry("dirac_wagn")


# --------------------------------------------------------------------------------------------------
# affine games


def test_affine_fields_are_their_closed_forms(key):
    keys = jax.random.split(key, 9)
    P, Q = (
        M + M.T for M in (jax.random.normal(keys[0], (3, 3)), jax.random.normal(keys[1], (2, 2)))
    )
    B, b, c = (
        jax.random.normal(k, shape)
        for k, shape in zip(keys[2:5], [(3, 2), (3,), (2,)], strict=True)
    )
    x, y = jax.random.normal(keys[5], (3,)), jax.random.normal(keys[6], (2,))
    v, J = field_and_jacobian(games.bilinear(B, b, c), (x, y))
    assert np.allclose(v, jnp.concatenate([B @ y + b, -B.T @ x - c]), rtol=0, atol=1e-12)
    assert np.allclose(J, jnp.block([[0 * P, B], [-B.T, 0 * Q]]), atol=1e-12)
    v, J = field_and_jacobian(games.quadratic(P, B, Q, b, c), (x, y))
    assert np.allclose(
        v, jnp.concatenate([P @ x + B @ y + b, Q @ y - B.T @ x - c]), rtol=0, atol=1e-12
    )
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
    for game in (
        games.quadratic(np.eye(2), A, np.eye(2), b, c),
        games.linear([[1, 2], [3, 4]], offset=[1, 1]),
    ):
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


# --------------------------------------------------------------------------------------------------
# bad input


@pytest.mark.parametrize(
    ("make", "fragment"),
    [
        (lambda: games.bilinear([1.0, 2.0]), "A is an array of shape (2,)"),
        (lambda: games.bilinear([[1.0, 2.0], [1.0]]), "A is [[1.0, 2.0], [1.0]]"),
        (lambda: games.bilinear("A"), "A is A"),
        (lambda: games.bilinear([[1.0, np.nan]]), "not finite"),
        (lambda: games.bilinear(np.eye(2), b=[1, 2, 3]), "b is an array of shape (3,)"),
        (lambda: games.bilinear(1j), "real numbers"),
        (
            lambda: games.saddle(games.bilinear(np.ones((2, 3)))),
            "A is a matrix of shape (2, 3), but must be square",
        ),
        (lambda: games.saddle(games.bump()), "bilinear, quadratic or linear"),
        (
            lambda: games.quadratic(np.ones((2, 3)), np.ones((2, 3)), np.eye(3)),
            "P is a matrix of shape (2, 3), but must be square",
        ),
        (
            lambda: games.quadratic(np.eye(2), np.ones((3, 2)), np.eye(2)),
            "B is a matrix of shape (3, 2)",
        ),
        (lambda: games.quadratic([[1, 2], [0, 1]], np.eye(2), np.eye(2)), "symmetric"),
        (lambda: games.linear([[1, 2], [3, 4]], sizes=(2,)), "block (0, 0) of the Jacobian"),
        (lambda: games.linear(np.eye(3), sizes=(1, 1)), "sizes is (1, 1)"),
        (lambda: games.ring(2), "players is 2"),
        (
            lambda: games.bilinear(np.eye(2)).field(as_profile((jnp.ones(3), jnp.ones(2)))),
            "player 0's strategy",
        ),
        (lambda: games.bilinear(np.eye(2)).field(as_profile((jnp.ones(2),))), "one of 1 players"),
        (
            lambda: games.matrix(np.eye(2)).project(as_profile((1.0, jnp.ones(2)))),
            "a vector of probabilities",
        ),
        (lambda: games.Box(1, -1), "low below high"),
        (lambda: games.Box((0, 0), (1, 1, 1)), "low below high"),
        (lambda: games.Box(float("nan"), 1), "Box.low is nan"),
        (
            lambda: games.Box((0, 0), 1)(as_profile((1.0, 1.0, 1.0))),
            "bounds for the profile's 3 players",
        ),
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
        (
            lambda: games.weight_decay(games.bump(), (1.0, 1.0, 1.0)).field(as_profile((1.0, 1.0))),
            "2 numbers for 2 players",
        ),
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


def test_whole_numbers_are_taken_as_floats_also_where_integers_have_32_bits(key):
    with jax.enable_x64(False):
        for huge in (2**31, [[2**40]], np.array([[2**40]]), np.uint64(2**63)):
            given = games.bilinear(huge).data[0]
            assert given.dtype == np.float32
            assert float(given[0, 0]) == float(np.asarray(huge).ravel()[0])
        with pytest.raises(mm.InputError, match="^A is a int that cannot be shown"):
            games.bilinear(10**5000)
        games.random_bilinear(key, 1, [2**31])
