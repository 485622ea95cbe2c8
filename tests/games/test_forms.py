"""Losses in the form in which somebody has them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

import minimax_lab as mm

X = mm.Profile((3.0, 4.0))


class Bilinear:
    """A class of somebody's own."""

    def __call__(self, x, y):
        return x * y, -x * y


def of_profile(p):
    return p[0] * p[1], -p[0] * p[1]


def of_profile_and_data(p, data):
    return p[0] * p[1], -p[0] * p[1]


def first(x, y):
    return x * y


def second(x, y):
    return -x * y


FORMS = {
    "of a profile": mm.Game(of_profile),
    "of a profile and data": mm.Game(of_profile_and_data),
    "of a profile and data that may be left out": mm.Game(lambda p, data=None: of_profile(p)),
    "of two players": mm.Game(lambda x, y: (x * y, -x * y)),
    "a class": mm.Game(Bilinear()),
    "one each": mm.Game((first, second)),
    "zero-sum of a profile": mm.zero_sum(lambda p: p[0] * p[1]),
    "zero-sum of two players": mm.zero_sum(first),
    "of two players and data": mm.Game(lambda x, y, a: (a * x * y, -a * x * y), 1.0),
    "zero-sum with data": mm.zero_sum(lambda x, y, a: a * x * y, 1.0),
    "each with data": mm.Game((lambda x, y, a: a * x * y, lambda x, y, a: -a * x * y), 1.0),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_game(form):
    game = FORMS[form]
    np.testing.assert_allclose(jnp.stack(list(game.field(X))), [4.0, -3.0])
    np.testing.assert_allclose(jnp.stack(game.totals(X)), [12.0, -12.0])
    np.testing.assert_allclose(game.jacobian(X), [[0.0, 1.0], [-1.0, 0.0]])


def test_a_function_of_two_players_is_run_judged_and_drawn():
    game = mm.Game(lambda x, y: (x * y + x**2, -x * y + y**2))
    run = mm.run(
        game, mm.Simultaneous(0.2), (1.0, 1.0), 40, observe={"losses": mm.losses}, every=40
    )
    assert run.observed["losses"].shape == (2, 2)
    assert run.about["game"] == "function"
    assert mm.classify(game, (0.0, 0.0)) == mm.Kind.NASH


A, B = sympy.symbols("a b", real=True)
VALUE = A**2 / 4 + A * B - B**2 / 4
ORIGIN, RULE = mm.Profile((0.0, 0.0)), mm.Simultaneous(0.2)


@pytest.mark.parametrize(
    "verb",
    [
        lambda game: mm.run(game, RULE, (1.0, 1.0), 8).final[0],
        lambda game: mm.sweep(game, RULE, (jnp.ones(2), jnp.ones(2)), 8, over="start").final[0],
        lambda game: mm.solve(game, RULE, (1.0, 1.0)).steps,
        lambda game: mm.update_spectrum(game, RULE, ORIGIN).values,
        lambda game: mm.update_values(game, RULE, ORIGIN),
        lambda game: mm.field_values(game, ORIGIN),
        lambda game: mm.step_limit(game, ORIGIN),
        lambda game: mm.kind_index(game, ORIGIN),
        lambda game: list(mm.Kind).index(mm.classify(game, ORIGIN)),
        lambda game: len(mm.find_equilibria(game, [(1.0, 1.0)])),
        lambda game: mm.natural_residual(game, mm.Profile((1.0, 2.0))),
        lambda game: (
            mm.portrait(game, box=(-1, 1), rules=RULE, grid=9, flow=False, separatrices=False).field
        ),
        lambda game: mm.games.unrolled(game).field(X)[0],
        lambda game: len(mm.explore(game, RULE).games),
    ],
)
def test_a_bare_expression_is_taken_wherever_a_game_is(verb):
    """The first symbol by name makes it small."""
    written = mm.SymbolicGame((VALUE, -VALUE), ((A,), (B,)))
    np.testing.assert_array_equal(verb(VALUE), verb(written.numeric()))


@pytest.mark.parametrize("value", [sympy.Integer(2), A**2, A * B * sympy.Symbol("c")])
def test_an_expression_whose_players_cannot_be_told_is_refused(value):
    with pytest.raises(mm.InputError, match=r"in two\. Say whose the symbols are: mm.SymbolicGame"):
        mm.run(value, RULE, (1.0, 1.0), 8)


def test_three_players_have_an_argument_each():
    game = mm.Game(lambda x, y, z: (x * y, y * z, z * x))
    assert [float(v) for v in game.field(mm.Profile((1.0, 2.0, 3.0)))] == [2.0, 3.0, 1.0]


def test_penalties_come_in_the_same_forms():
    game = mm.Game(Bilinear(), penalties=lambda x, y: (x**2, y**2))
    assert [float(v) for v in game.field(X)] == [10.0, 5.0]


def test_a_game_and_a_zero_sum_one_take_the_same_arguments():
    data = jnp.arange(6.0).reshape(3, 2)

    def value(x, batch):
        return jnp.mean(batch @ x[0]) * x[1]

    def both(x, batch):
        return value(x, batch), -value(x, batch)

    x, key = mm.Profile((jnp.ones(2), jnp.array(2.0))), jax.random.key(1)
    games = mm.Game(both, data, mm.Minibatch(2)), mm.zero_sum(value, data, mm.Minibatch(2))
    one, other = (game.field(x, game.sample(key)).ravel()[0] for game in games)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: mm.Game(lambda: 0), "losses is a function without arguments, but must be one of"),
        (lambda: mm.Game(lambda x, *, key: 0), "asks for key by name"),
        (lambda: mm.Game((first, 3)), r"losses\[1\] is 3, but must be a function"),
        (lambda: mm.Game(()), r"losses is \(\), but must be a function"),
        (lambda: mm.Game(first, penalties=3), "penalties is 3, but must be a function"),
        (lambda: mm.zero_sum(lambda: 0), "value is a function without arguments"),
        (
            lambda: mm.Game(lambda x, y, z, w: 0).field(X),
            "a function of 4 arguments, but must be one of a profile.*The profile has 2 players",
        ),
        (
            lambda: mm.Game(lambda x, y: x["weight"] * y).field(X),
            "a function of two arguments.*With a profile and no data it fails.*two players too",
        ),
    ],
)
def test_what_no_game_could_be_is_refused(make, said):
    with pytest.raises(mm.InputError, match=said):
        make()


def test_a_function_of_any_number_of_arguments_is_one_of_players():
    game = mm.Game(lambda *x: (x[0] * x[1], -x[0] * x[1], x[2] ** 2))
    v = game.field(mm.Profile((3.0, 4.0, 1.0)))
    assert [float(part) for part in v] == [4.0, -3.0, 2.0]


def test_two_arguments_and_three_players_are_told_apart():
    with pytest.raises(mm.InputError, match=r"of two arguments.*With 3 players and no data"):
        mm.run(mm.zero_sum(lambda x, y: x * y), mm.Simultaneous(0.1), (1.0, 1.0, 2.0), 5)
    three = mm.Game(lambda x, y, z: (x * y, -x * y))
    with pytest.raises(mm.InputError):
        mm.run(three, mm.Simultaneous(0.1), (1.0, 1.0, 2.0), 5)


def test_losses_as_a_method_are_refused_where_the_class_is_written():
    with pytest.raises(mm.InputError, match="Mine has losses as a method"):

        class Mine(mm.Game):
            def losses(self, x, sample=None):
                return x[0] * x[1], -x[0] * x[1]
