"""Bad input to the public names ends in one line that names it."""

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.calls import checked
from tests.faults import inputs


def test_any_argument_that_is_wrong_is_named_in_one_line():
    """Two thousand of some eleven thousand; `make fuzz` tries fifty thousand, wrong in two."""
    tally = inputs.tried(2000, seed=0)
    assert tally.tried == 2000
    assert not tally.unclear, "\n".join(tally.unclear[:20])
    assert tally.told > 1600


def test_arguments_wrong_in_two_places_are_named_as_well():
    tally = inputs.tried(300, seed=1, twice=True)
    assert not tally.unclear, "\n".join(tally.unclear[:20])


def test_all_that_users_call_is_tried():
    tried = set(inputs.callables())
    assert len(tried) > 110
    assert {"run", "sweep", "Anderson", "Game", "games.bilinear", "networks.dcgan"} <= tried


@checked
def measured(size: "int", ratio: "float" = 0.5, name: "str | None" = None, what: "object" = None):
    return size, ratio, name, what


def test_a_checked_function_holds_arguments_to_its_annotations():
    assert measured(3) == (3, 0.5, None, None)
    assert measured(np.int64(3), ratio=jnp.asarray(0.25), name="a", what=object)[0] == 3
    for given, told in (
        ({"size": 0.5}, "size is 0.5, but must be a whole number"),
        ({"size": True}, "size is True"),
        ({"size": 2**40}, "size is 1099511627776, but must be .* at most 2147483647"),
        ({"size": 1, "ratio": "a"}, "ratio is a, but must be a number"),
        ({"size": 1, "ratio": [1.0]}, "ratio is .*must be a number"),
        ({"size": 1, "ratio": np.ones(2)}, r"ratio is an array of shape \(2,\).*one number"),
        ({"size": 1, "ratio": np.nan}, "ratio is nan, but must be a finite number"),
        ({"size": 1, "name": 3}, "name is 3, but must be a text"),
    ):
        with pytest.raises(mm.InputError, match=told):
            measured(**given)
    with pytest.raises(TypeError, match="missing"):
        measured()


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: mm.games.random_bilinear(inputs.HOSTILE["a key"], 10**6), "n is 1000000.*GiB"),
        (lambda: mm.games.ring(10**8), "players is 100000000.*GiB"),
        (lambda: mm.Game(3), "losses is 3, but must be a function: losses"),
        (lambda: mm.games.bilinear(1.0, project="box"), "project is box, but must be a function"),
        (lambda: mm.zero_sum(3), "value is 3, but must be a function"),
        (lambda: mm.Simultaneous([]), r"step is \[\], but must be one number, or one for each"),
        (lambda: mm.Profile(3), "players is 3, but must be one strategy for each player"),
        (lambda: mm.Run.load(3), "path is 3, but must be a path"),
    ],
)
def test_examples_of_what_ended_otherwise(action, message):
    with pytest.raises(mm.InputError, match=message):
        action()


def test_losses_and_observables_must_return_numbers():
    game, rule = mm.games.bilinear(1.0), mm.Simultaneous(0.1)
    for seen in ("x", None):
        with pytest.raises(mm.InputError, match="what observe.'a'. returns is .*an array"):
            mm.run(game, rule, (1.0, 1.0), 4, observe={"a": lambda _, seen=seen: seen})
    imaginary = mm.zero_sum(lambda x, _: (x[0] * x[1]).astype(complex))
    with pytest.raises(mm.InputError, match="complex number, but must be a real scalar"):
        mm.run(imaginary, rule, (1.0, 1.0), 4)
    with pytest.raises(mm.InputError, match="sample is .*losses fail on it"):
        mm.natural_residual(game, (1.0, 1.0), (3,))


def test_the_rest_of_a_call_is_checked_too():
    game, rules = mm.games.bilinear(1.0), mm.Simultaneous(jnp.array([0.1, 0.2]))
    for more, told in (
        ({"over": ("rule", "rule")}, "each once"),
        ({"devices": []}, "devices is"),
        ({"devices": 3}, "devices is 3"),
        ({"progress": "a"}, "progress is a, but must be True or False"),
        ({"judge": 3}, "judge is 3"),
    ):
        with pytest.raises(mm.InputError, match=told):
            mm.sweep(game, rules, (1.0, 1.0), 4, **more)
