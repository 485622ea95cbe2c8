"""Losses in the form in which somebody has them: of a profile, of a profile and data, with one
argument a player, or a function for each player.

Which it is, the signature says. Two arguments may be a profile and its data or two players: where
a game has no data it is the first that works.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx

from .checks import InputError, demand_function, refuse
from .profile import Profile

Called = Callable[[Profile, Any], Any]

FORMS = "of a profile, of a profile and data, or of one argument a player"


class OfProfile(eqx.Module):
    """f(x)."""

    function: Callable[..., Any]

    def __call__(self, x: Profile, sample: Any) -> Any:
        return self.function(x)


class OfPlayers(eqx.Module):
    """f(x_0, ..., x_{n-1}), with the sample behind them where it takes one argument more."""

    function: Callable[..., Any]
    count: int = eqx.field(static=True)
    name: str = eqx.field(static=True)

    def __call__(self, x: Profile, sample: Any) -> Any:
        if self.count == len(x):
            return self.function(*x)
        if self.count == len(x) + 1:
            return self.function(*x, sample)
        given = f"a function of {self.count} arguments"
        allowed = f"one {FORMS} (a last one may be the data)"
        cause = f"The profile has {len(x)} players."
        raise refuse(self.name, given, allowed, cause)


class OfEither(eqx.Module):
    """f(x, None), or f(x_0, x_1) where that fails for two players; of a function of `any` number of
    arguments f(x_0, ..., x_{n-1}).
    """

    function: Callable[..., Any]
    name: str = eqx.field(static=True)
    any: bool = eqx.field(default=False, static=True)

    def __call__(self, x: Profile, sample: Any) -> Any:
        if sample is not None:
            return self.function(x, sample)
        try:
            return self.function(x, sample)
        except Exception as error:
            if len(x) != 2 and not self.any:
                told = " ".join(f"{type(error).__name__}: {error}".split())[:160]
                cause = f"With {len(x)} players and no data it fails ({told})."
                allowed = f"one {FORMS}"
                raise refuse(self.name, "a function of two arguments", allowed, cause) from error
            try:
                return self.function(*x)
            except Exception as other:
                raise _neither(self.name, error, other) from error


class OfEach(eqx.Module):
    """(f_0(x, sample), ..., f_{n-1}(x, sample)): a function for each player."""

    functions: tuple[Called, ...]

    def __call__(self, x: Profile, sample: Any) -> Any:
        return tuple(function(x, sample) for function in self.functions)


def called(given: Any, name: str, what: str, *, data: bool = True) -> Called:
    """The same function with a profile and a sample as its arguments; `data` says whether there
    will be samples.
    """
    if isinstance(given, tuple | list) and given:
        parts = (called(f, f"{name}[{i}]", what, data=data) for i, f in enumerate(given))
        return OfEach(tuple(parts))
    demand_function(given, name, what)
    if isinstance(given, OfProfile | OfPlayers | OfEither | OfEach):
        return given
    taken = _arguments(given)
    if taken is None:
        return OfEither(given, name, any=True) if not data and _open(given) else given
    least, most = taken
    if most is None or least <= 2 < most:
        return given
    if least > 2:
        return OfPlayers(given, least, name)
    if most == 2:
        own = isinstance(given, eqx.Module)  # the library's take a profile and a sample
        return given if data or own or least < 2 else OfEither(given, name)
    if most == 1:
        return OfProfile(given)
    raise refuse(name, "a function without arguments", f"one {FORMS}")


def _neither(name: str, error: Exception, other: Exception) -> InputError:
    one, two = (" ".join(f"{type(e).__name__}: {e}".split())[:160] for e in (error, other))
    cause = f"With a profile and no data it fails ({one}), with the two players too ({two})."
    return refuse(name, "a function of two arguments", f"one {FORMS}", cause)


def plain(given: Any) -> Any:
    """The function as it was given."""
    return given.function if isinstance(given, OfProfile | OfPlayers | OfEither) else given


def _open(given: Callable[..., Any]) -> bool:
    """Whether it is f(*strategies)."""
    try:
        parameters = list(inspect.signature(given).parameters.values())
    except (TypeError, ValueError):
        return False
    return len(parameters) == 1 and parameters[0].kind is inspect.Parameter.VAR_POSITIONAL


def _arguments(given: Callable[..., Any]) -> tuple[int, int | None] | None:
    """How many arguments it must and may be called with, None where that is open or unknown."""
    try:
        parameters = inspect.signature(given).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    several = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p for p in parameters if p.default is p.empty]
    if any(p.kind is p.KEYWORD_ONLY for p in needed):
        name = next(p.name for p in needed if p.kind is p.KEYWORD_ONLY)
        raise InputError(f"a loss asks for {name} by name, but must be a function {FORMS}.")
    return len({p.name for p in needed}), len(several)
