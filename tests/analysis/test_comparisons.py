"""Rules side by side, and one warning of single precision for all of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import games

RULES = (mm.Simultaneous(0.2), mm.Optimistic(0.2))


START = (1.0, 1.0)


def game():
    return games.quadratic(0.5, 1.0, 0.5)


@pytest.fixture(scope="module")
def found():
    return mm.compare(game(), RULES, START, 400)


def test_a_comparison_measures_what_it_predicts(found):
    assert [one.name for one in found] == list(found.runs) == list(map(mm.label, RULES))
    for one in found:
        spectrum = mm.update_spectrum(game(), one.rule, (0.0, 0.0))
        assert one.predicted == pytest.approx(spectrum.rate)
        assert one.measured.value == pytest.approx(one.predicted, rel=1e-2)
        assert one.run.observed["residual"][one.reached] <= 1e-10
        assert one.run.observed["residual"][one.reached - 1] > 1e-10
        assert one.spent.gradients == 2 * one.reached
    assert found[1].reached < found[0].reached


def test_it_prints_as_a_table_of_its_numbers(found, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    told = str(found)
    assert repr(found) == told
    assert told.startswith("from (1, 1)")
    for one in found:
        (line,) = [line for line in told.splitlines() if line.startswith(one.name)]
        assert "converged" in line and str(one.reached) in line.split()
        assert f"{one.predicted:+.5g}" in line.split()
    columns, rows = found.table()
    assert len(rows) == 2 and all(len(row) == len(columns) for row in rows)


def test_rules_are_tuned_before_they_walk():
    (one,) = mm.compare(games.bilinear(1.0), mm.Extragradient(0.1), START, 50, best=True)
    assert one.tuned.radius == pytest.approx(3**0.5 / 2, rel=1e-6)
    assert one.rule.step == pytest.approx(2**-0.5, rel=1e-3)
    assert one.per(one.blocks) == pytest.approx(one.tuned.rate / 4)
    assert "at its best" in str(mm.Comparison(mm.Profile(START), (one,)))


@pytest.mark.slow
def test_single_precision_is_warned_of_once():
    start = mm.Profile((jnp.float32(1), jnp.float32(1)))
    with pytest.warns(UserWarning, match="float32") as told:
        mm.compare(game(), RULES, start, 64)
    assert len(told) == 1
    with pytest.warns(UserWarning, match="float32") as told:
        mm.portrait(game(), starts=[start], rules=RULES, steps=8, grid=9)
    assert len(told) == 1
    with pytest.warns(UserWarning, match="float32") as told:  # and anew by the next verb
        mm.field_spectrum(game(), start)
    assert len(told) == 1


def test_a_random_game_is_predicted_on_one_draw(key):
    noisy = mm.zero_sum(
        lambda x, s: jnp.mean(x[0] ** 2 / 2 - x[1] ** 2 / 2 + s * x[0] * x[1]),
        jnp.linspace(0.5, 1.5, 8),
        mm.Minibatch(4),
    )
    rule = mm.Simultaneous(0.3)
    with pytest.raises(mm.InputError, match="key is None"):
        mm.compare(noisy, rule, START, 16)
    (one,) = mm.compare(noisy, rule, START, 64, key=key)
    assert np.isfinite(one.predicted)


def test_bad_input_is_named():
    for given, words in [
        ({"rules": ()}, "rules is .*at least one"),
        ({"rules": mm.Adam()}, "rules is .*an update rule, several"),
        ({"rules": [mm.Adam()]}, "rules is Adam.*mm.Simultaneous"),
        ({"steps": 0}, "steps is 0"),
        ({"tolerance": -1.0}, "tolerance is -1"),
        ({"best": 1}, "best is 1"),
        ({"progress": "yes"}, "progress is yes"),
        ({"equilibria": mm.Profile(START)}, "equilibria is Profile.*a list of profiles"),
        ({"equilibria": [3]}, r"equilibria\[0\] is 3"),
        ({"start": 3}, "start is 3"),
    ]:
        settings = {"rules": RULES, "start": START, "steps": 10} | given
        with pytest.raises(mm.InputError, match=words):
            mm.compare(game(), **settings)
    with pytest.raises(mm.InputError, match="game is 3"):
        mm.compare(3, RULES, START)


def test_rules_given_twice_are_numbered():
    found = mm.compare(game(), [mm.Simultaneous(0.2)] * 2, START, 8)
    assert list(found.runs) == ["simultaneous, step 0.2", "simultaneous, step 0.2 (2)"]
    assert jax.tree.leaves(found[0].run.final) == jax.tree.leaves(found[1].run.final)


def test_a_walk_that_has_left_has_reached_nothing():
    """Its residual is below the rounding of where it has gone."""
    (one,) = mm.compare(mm.games.two_basins(), [mm.Extragradient(0.4)], (1.0, 1.0))
    assert one.run.verdict.kind == mm.Outcome.DIVERGED
    assert one.reached is None
    assert one.spent.gradients == 4 * int(one.run.verdict.steps)


def test_rules_are_tuned_where_their_walks_end():
    """Newton's method goes to a saddle from this start, where no settings contract."""
    (one,) = mm.compare(mm.games.two_basins(), [mm.Extragradient(0.05)], (1.0, 1.0), 500, best=True)
    assert one.tuned.radius < 0.6
    assert one.reached is not None
