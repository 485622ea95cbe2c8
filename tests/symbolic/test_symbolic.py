"""The same objects on symbols and on numbers: formulas against automatic differentiation, and
against the closed forms.
"""

import functools
import random

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy
from sympy import Rational

import minimax_lab as mm
from minimax_lab.games import catalogue
from minimax_lab.symbolic import ARITHMETIC_DIRECTIONS, ARITHMETIC_RULES

x, y, z, u = sympy.symbols("x y z u", real=True)
h, s, beta, gamma = sympy.symbols("h s beta gamma", positive=True)
f = sympy.Function("f", real=True)
ORIGIN = {x: 0, y: 0}
BILINEAR = mm.SymbolicGame((s * x * y, -s * x * y), ((x,), (y,)))
DIRAC = mm.SymbolicGame((f(x * y) + f(0), -f(x * y) - f(0)), ((x,), (y,)))
LOGISTIC = -sympy.log(1 + sympy.exp(-x * y))
SLOPE = sympy.Subs(sympy.Derivative(f(u), u), u, 0)

PENALISED = mm.SymbolicGame((LOGISTIC, -LOGISTIC), ((x,), (y,)), (0, gamma * y**2 / 2))
PLANES = mm.SymbolicGame((x * u + y**2 * z - x**3, -x * u - y * z**2 + u**2 / 3), ((x, y), (z, u)))
COUPLED = mm.SymbolicGame(
    (x**2 / 2 + x * y - sympy.sin(z) * x, y**2 - x * y + s * y * z, z**4 / 5 + x * z - y * z),
    (x, y, z),
)
GAMES = {
    "penalised": (PENALISED, {gamma: 0.3}),
    "planes": (PLANES, {}),
    "coupled": (COUPLED, {s: 0.7}),
}
ENTRIES = {name: entry for name, entry in catalogue().items() if entry.formula is not None}


def rules(direction):
    """Every arithmetic rule along this direction, and the update of it to look at."""
    return {
        "Simultaneous": (mm.Simultaneous(0.1, direction), 0),
        "Alternating": (mm.Alternating(0.1, direction), 0),
        "Extragradient": (mm.Extragradient(0.1, direction), 0),
        "Extragradient, both": (mm.Extragradient(0.1, direction, both=True), 0),
        "PastExtragradient": (mm.PastExtragradient(0.1, direction), 0),
        "Optimistic": (mm.Optimistic(0.1, direction), 3),
        "Averaged(decay=...)": (mm.Averaged(mm.Alternating(0.1, direction), decay=0.9), 1),
        "Lookahead": (mm.Lookahead(mm.Optimistic(0.1, direction), period=2, weight=0.3), 1),
    }


DIRECTIONS = {
    "Gradient": mm.Gradient(),
    "Consensus": mm.Consensus(0.2),
    "Consensus, paired": mm.Consensus(0.2, paired=True),
    "Symplectic(align=False)": mm.Symplectic(0.7, align=False),
    "AssistAdversary": mm.AssistAdversary(strength=0.3),
    "Momentum": mm.Momentum(-0.5),
    "Momentum of consensus": mm.Momentum(0.4, mm.Consensus(0.2)),
}


def rationals(symbols, seed=0):
    """A random rational for every symbol."""
    draw = random.Random(seed)
    return {symbol: Rational(draw.randint(-90, 90) or 1, 70) for symbol in symbols}


def floats(tree, values):
    """The tree of symbols with its numbers."""
    return jax.tree.map(lambda symbol: jnp.float64(values[symbol]), tree)


def evaluated(formulas, values):
    """The formulas' numbers, by the standard library's floats."""
    symbols = list(values)
    modules = [{"DiracDelta": lambda v: float("inf") if v == 0 else 0.0}, "math"]
    number = sympy.lambdify(symbols, list(formulas), modules, cse=True)
    return np.array(number(*(float(values[symbol]) for symbol in symbols)), float)


def assert_same(formulas, values, numbers):
    numbers = np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(numbers)])
    assert np.all(
        np.abs(evaluated(formulas, values) - numbers) <= 1e-12 * np.maximum(1, np.abs(numbers))
    )


class Compiled:
    """What rules ask of a game, in one compiled program: the rules around it then cost
    microseconds.
    """

    def __init__(self, game):
        self.project = game.project
        self._verbs = jax.jit(lambda x, t: (game.field(x), game.push(x, t), game.pull(x, t)))
        self._pull_of = jax.jit(lambda x, t, of: game.pull(x, t, of=of), static_argnums=2)

    def sample(self, key):
        return None

    def field(self, x, sample=None):
        return self._verbs(x, x)[0]

    def push(self, x, tangent, sample=None):
        return self._verbs(x, tangent)[1]

    def pull(self, x, covector, sample=None, *, of=None):
        return self._verbs(x, covector)[2] if of is None else self._pull_of(x, covector, of)


@functools.cache
def built(name):
    """The symbolic game, its numeric one compiled, and its parameters' values."""
    symbolic, given = (
        GAMES[name] if name in GAMES else (mm.SymbolicGame(*ENTRIES[name].formula()), {})
    )
    return symbolic, Compiled(symbolic.numeric(given)), given


def check_update(symbolic, numeric, given, rule, index):
    """One update on symbols, evaluated, against the same update on numbers."""
    memory = symbolic.memory(rule)
    values = rationals((*symbolic.symbols, *jax.tree.leaves(memory)))
    moved = symbolic.update(mm.exact(rule), index)
    numbers = rule.update(
        numeric, floats(symbolic.profile, values), floats(memory, values), mm.Tick(index, None)
    )
    assert jax.tree.structure(moved) == jax.tree.structure(numbers)
    assert_same(jax.tree.leaves(moved), values | given, numbers)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_every_arithmetic_rule_and_direction_moves_symbols_as_it_moves_numbers(direction):
    for rule, index in rules(DIRECTIONS[direction]).values():
        check_update(*built("coupled"), rule, index)


@pytest.mark.parametrize("name", [*GAMES, *ENTRIES])
def test_every_arithmetic_rule_moves_every_formula_as_it_moves_numbers(name):
    """Along all directions in turn: games and rules together meet every pair."""
    shift = [*GAMES, *ENTRIES].index(name)
    directions = list(DIRECTIONS.values())
    for i, method in enumerate(rules(mm.Gradient())):
        rule, index = rules(directions[(shift + i) % len(directions)])[method]
        check_update(*built(name), rule, index)


@pytest.mark.parametrize("name", ENTRIES)
def test_catalogue_formulas_give_the_catalogue_games(name):
    symbolic, numeric, _ = built(name)
    values = rationals(symbolic.symbols, 11)
    point = floats(symbolic.profile, values)
    shaped = mm.Profile(
        jnp.reshape(jnp.stack(own), np.shape(start))
        for own, start in zip(point, ENTRIES[name].start, strict=True)
    )
    game = ENTRIES[name].make()
    field, jacobian = jax.jit(lambda x: (game.field(x), game.jacobian(x)))(shaped)
    assert_same(jax.tree.leaves(symbolic.field()), values, field)
    assert_same(symbolic.jacobian(), values, jacobian)
    columns = [
        numeric.push(point, floats(symbolic.profile, dict.fromkeys(symbolic.symbols, 0) | {own: 1}))
        for own in symbolic.symbols
    ]
    assert_same(symbolic.jacobian().T, values, columns)
    assert_same(jax.tree.leaves(symbolic.field()), values, numeric.field(point))


def test_every_listed_rule_and_direction_is_among_those_tried():
    named = {name.split(",")[0] for name in rules(mm.Gradient())}
    assert named == set(ARITHMETIC_RULES)
    assert set(ARITHMETIC_DIRECTIONS) <= set(DIRECTIONS)


@pytest.mark.parametrize("name", GAMES)
def test_field_and_jacobian_are_those_of_automatic_differentiation(name):
    symbolic, given = GAMES[name]
    numeric = symbolic.numeric(given)
    values = rationals(symbolic.symbols, 7)
    field, jacobian = jax.jit(lambda x: (numeric.field(x), numeric.jacobian(x)))(
        floats(symbolic.profile, values)
    )
    assert_same(jax.tree.leaves(symbolic.field()), values | given, field)
    assert_same(symbolic.jacobian(), values | given, jacobian)
    there = symbolic.jacobian(values)
    assert not there.free_symbols & set(symbolic.symbols)
    assert_same(there, given, jacobian)
    assert_same([e for part in symbolic.split(values) for e in part], given, mm.split(jacobian))


def test_substitution_is_simultaneous():
    swapped = mm.Profile(((y,), (x,)))
    game = mm.SymbolicGame((x**2 * y, y**2 * x), ((x,), (y,)))
    assert jax.tree.leaves(game.field(swapped)) == [2 * x * y, 2 * x * y]
    assert jax.tree.leaves(game.push(swapped, mm.Profile(((1,), (0,))))) == [2 * x, 2 * x]
    assert jax.tree.leaves(game.pull(swapped, mm.Profile(((1,), (0,))))) == [2 * x, 2 * y]
    both = mm.Profile(((1,), (5,)))
    assert jax.tree.leaves(game.pull(swapped, both, of=0)) == [2 * x, 2 * y]
    assert jax.tree.leaves(DIRAC.field(mm.Profile(((2 * x,), (y,)))))[0] == y * SLOPE.subs(
        0, 2 * x * y
    )


def flat_update(symbolic, given, rule, index):
    """The update of (profile, state) as a function of one vector, and its length."""
    before = (symbolic.profile, symbolic.memory(rule))
    _, unravel = jax.flatten_util.ravel_pytree(jax.tree.map(lambda symbol: 0.0, before))

    def update(flat):
        return jax.flatten_util.ravel_pytree(
            rule.update(symbolic.numeric(given), *unravel(flat), mm.Tick(index, None))
        )[0]

    return update, jax.tree.leaves(before)


@pytest.mark.parametrize(
    "name", ["Simultaneous", "Alternating", "PastExtragradient", "Averaged(decay=...)"]
)
def test_update_matrices_are_the_derivatives_of_the_numeric_update_memories_included(name):
    symbolic, given = GAMES["coupled"]
    rule, index = rules(mm.Momentum(-0.5))[name]
    update, symbols = flat_update(symbolic, given, rule, index)
    values = rationals(symbols, 3)
    numbers = jax.jit(jax.jacfwd(update))(jnp.array([float(values[symbol]) for symbol in symbols]))
    assert_same(symbolic.update_matrix(rule), values | given, numbers)


def test_a_period_is_composed_and_at_rest_its_matrices_multiply():
    rule = mm.Lookahead(mm.Alternating(h, mm.Momentum(beta)), period=3, weight=gamma)
    game = mm.SymbolicGame((x**3 + x * y, y**2 - x * y), ((x,), (y,)))
    memory = jax.tree.leaves(game.memory(rule))
    assert list(map(str, memory)) == ["fast_x", "fast_y", "m_x", "m_y"]
    composed = game.update_matrix(rule).xreplace(dict.fromkeys((x, y, *memory), sympy.S.Zero))
    assert sympy.expand(composed - game.update_matrix(rule, ORIGIN)) == sympy.zeros(6)
    once = game.update(rule, index=0)[0]
    assert jax.tree.leaves(once) == [x, y]


def test_memories_are_named_after_what_they_remember_and_never_collide():
    m = sympy.Symbol("m_x", real=True)
    game = mm.SymbolicGame((x * y * m, -x * y), ((x,), (y,)))
    names = lambda rule: [str(leaf) for leaf in jax.tree.leaves(game.memory(rule))]  # noqa: E731
    assert names(mm.Optimistic(h)) == ["previous_x", "previous_y"]
    assert names(mm.Simultaneous(h, mm.Momentum(beta, mm.Momentum(beta)))) == [
        "m2_x",
        "m3_x",
        "m_y",
        "m2_y",
    ]
    nested = mm.Averaged(mm.Lookahead(mm.PastExtragradient(h)), decay=beta)
    assert names(nested) == ["walker_x", "walker_y", "fast_x", "fast_y", "previous_x", "previous_y"]
    assert names(mm.Extragradient(h)) == []


def test_memories_rest_where_the_players_stand_still():
    game = mm.SymbolicGame((x**2 + x * y, y**2 - x * y), ((x,), (y,)))
    rule = mm.Simultaneous(h, mm.Momentum(beta))
    cubic = mm.SymbolicGame((x**3 / 3 + x * y, -x * y), ((x,), (y,)))
    assert cubic.update_matrix(mm.Simultaneous(h), {x: 2, y: 1}) == sympy.Matrix(
        [[1 - 4 * h, -h], [h, 1]]
    )
    away = cubic.update_matrix(mm.Optimistic(h), {x: 2, y: 1})
    assert away == sympy.Matrix(
        [[1 - 8 * h, -2 * h, h, 0], [2 * h, 1, 0, h], [4, 1, 0, 0], [-1, 0, 0, 0]]
    )
    assert game.update_matrix(rule, {x: 5, y: 7}) == game.update_matrix(rule, ORIGIN)
    with pytest.raises(mm.InputError, match="stationary point"):
        cubic.update_matrix(mm.PastExtragradient(h), {x: 2, y: 1})
    with pytest.raises(mm.InputError, match="stationary point"):
        game.update_matrix(mm.Lookahead(mm.Simultaneous(h)), {x: 2, y: 1})


# Bad input.


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (mm.Simultaneous(h, mm.Adam()), "square root"),
        (mm.Simultaneous(h, mm.RMSProp()), "running mean of squares"),
        (mm.Alternating(h, mm.Clipped(mm.Gradient())), "norm with its bound"),
        (mm.Simultaneous(h, mm.Symplectic()), "align=False is arithmetic"),
        (mm.FollowTheRidge(h), "linear system"),
        (mm.Averaged(mm.Simultaneous(h)), "decay="),
        (mm.Simultaneous(mm.Cosine(0.1, 10)), "Cosine"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_arithmetic_is_refused_with_the_reason_and_what_works(rule, reason):
    for verb in (BILINEAR.update, BILINEAR.update_matrix, BILINEAR.update_eigenvalues):
        with pytest.raises(mm.InputError, match=reason) as error:
            verb(rule)
        assert all(name in str(error.value) for name in (*ARITHMETIC_RULES, *ARITHMETIC_DIRECTIONS))


def symbolic(*arguments, **named):
    return lambda: mm.SymbolicGame(*arguments, **named)


PAIR = ((x,), (y,))
OTHER = sympy.Symbol("x")


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (symbolic(("x*y", x), PAIR), r"losses\[0\] is x\*y, but must be a SymPy expression"),
        (symbolic((x > 0, x), PAIR), r"losses\[0\] is x > 0"),
        (symbolic((x * y, None), PAIR), r"losses\[1\] is None"),
        (symbolic((x * y,), PAIR), "losses is 1 expressions, but must be 2"),
        (symbolic(x * y, PAIR), "losses is .* a tuple of 2 expressions"),
        (
            symbolic((x * y, sympy.Matrix([x * y])), PAIR),
            r"losses\[1\] .* scalar .* take the entry",
        ),
        (symbolic((x * y, x), PAIR, (y,)), "penalties is 1 expressions"),
        (symbolic((x * y, x), ((x,), (y, x))), "x is owned twice"),
        (symbolic((x * y, x), ((x, x), (y,))), "x is owned twice"),
        (symbolic((x * y, x), ((x,), ())), r"players\[1\] is \(\)"),
        (symbolic((x * y, x), ((x,), (y**2,))), r"players\[1\]"),
        (symbolic((x * y, x), x), "players is x"),
        (symbolic((x * y, OTHER), PAIR), "two different symbols called x"),
        (symbolic((x * y, x), PAIR, project={z: z}), "project"),
        (lambda: BILINEAR.jacobian({x: 0}), "at is without y"),
        (
            lambda: BILINEAR.eigenvalues({x: 0, y: 0, z: 1}),
            "at is given z, which this game does not know",
        ),
        (lambda: BILINEAR.jacobian({OTHER: 0, y: 0}), "other assumptions"),
        (lambda: BILINEAR.jacobian((0, 0)), r"Write at=\{x: 0, y: 0\}"),
        (lambda: BILINEAR.jacobian({x: None, y: 0}), r"at\[x\] is None"),
        (lambda: BILINEAR.update_matrix(mm.Simultaneous(h), {x: 0, y: 0, z: 0}), "at is given z"),
        (lambda: BILINEAR.field(mm.Profile(((x, y), (y,)))), "a profile shaped like"),
        (lambda: BILINEAR.field(3), "x is 3"),
        (lambda: BILINEAR.numeric(), "gives each of s a number"),
        (lambda: BILINEAR.numeric({s: 1, z: 1}), "gives each of s a number"),
        (lambda: BILINEAR.numeric({s: h}), r"values\[s\] is h"),
        (lambda: PLANES.numeric({s: 1}), "every symbol belongs to a player"),
        (lambda: BILINEAR.update(mm.Gradient()), "must be an update rule"),
        (lambda: BILINEAR.update(mm.Alternating(h, order=(0,))), "Alternating.order"),
        (lambda: BILINEAR.update(mm.Simultaneous((h, h, h))), "2 numbers for 2 players"),
        (lambda: BILINEAR.update(mm.Simultaneous(h), index=-1), "index is -1"),
        (lambda: BILINEAR.update(mm.Simultaneous(jnp.ones(3))), "one number"),
        (lambda: mm.Simultaneous(Rational(-1, 10)), "greater than 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "input",
)
def test_bad_input_names_the_argument_the_value_and_what_is_allowed(action, message):
    with pytest.raises(mm.InputError, match=message):
        action()
