"""A profile that does not fit the losses it is given to, in words of ours."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import jax
import numpy as np

from ..checks import InputError, refuse
from ..game import as_game
from ..profile import Profile, as_profile

Given = ParamSpec("Given")
Result = TypeVar("Result")


def fitted(argument: str) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """A verb whose argument of this name is a profile, or a list of them: where it fails and the
    losses fail on that by themselves, the error is of the profile.
    """

    def around(verb: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(verb)

        @functools.wraps(verb)
        def called(*given: Given.args, **named: Given.kwargs) -> Result:
            try:
                return verb(*given, **named)
            except (InputError, KeyboardInterrupt):
                raise
            except Exception as error:
                bound = signature.bind(*given, **named).arguments
                told = misfit(bound["game"], bound.get(argument), argument)
                if told is None:
                    raise
                raise told from error

        return called

    return around


def misfit(game: Any, given: Any, argument: str) -> InputError | None:
    """What is wrong with a profile, if the losses fail on it; of a list its first, and without any
    two numbers.
    """
    given = (0.0, 0.0) if given is None else given
    try:
        game = as_game(game)
        profile = given if isinstance(given, Profile) or _strategies(given) else given[0]
        x = as_profile(profile, argument)
        sample = game.sample(jax.random.key(0)) if game.random else game.sample(None)
    except Exception:
        return None
    try:
        jax.eval_shape(lambda: game.totals(x, sample))
    except InputError as named:
        return named
    except Exception as inner:
        shapes = ", ".join(str(jax.tree.map(np.shape, player)) for player in x)
        return refuse(
            argument,
            f"a profile of {len(x)} players of shapes {shapes}",
            "one strategy for each player of this game",
            f"The game's losses fail on it ({type(inner).__name__}: {inner}).",
        )
    return None


def _strategies(given: Any) -> bool:
    """Whether it is a tuple of strategies, and no list of profiles."""
    return isinstance(given, tuple) and not any(isinstance(one, tuple | Profile) for one in given)
