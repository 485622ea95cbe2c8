"""A game as the command line names it: by the catalogue or by its factory in `minimax_lab.games`,
with its settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import ArrayLike

from .. import games
from ..analysis.comparisons import nearest_equilibrium
from ..analysis.misfits import misfit
from ..checks import InputError, nearest, refuse
from ..game import Game, Sample, as_game, is_game
from ..games import Entry, catalogue
from ..games.entries import View
from ..profile import Profile, as_profile
from .expressions import is_word, missing, read
from .own import GAMES, attribute, offered, owned


class Place(NamedTuple):
    """A game, where to start in it, and the key of its randomness."""

    title: str
    game: Game
    start: Profile
    known: tuple[Profile, ...]
    box: View | None
    key: PRNGKeyArray

    @property
    def sample(self) -> Sample:
        """The draw that equilibria and spectra are taken on; None where all the data is."""
        return self.game.sample(self.key) if self.game.random else None


def place(
    name: str,
    settings: tuple[str, ...],
    start: str | None,
    seed: int = 0,
    *,
    named: str = "--start",
) -> Place:
    """Build the game, and the profile to start from, which `named` gave."""
    entry, factory, first = _found(name)
    given: dict[str, str] = {}
    for key, value in map(_split, settings):
        if key in given:
            raise refuse(
                f"the setting {key} of {name}",
                f"given twice ({given[key]} and {value})",
                "given once",
            )
        given[key] = value
    make = _maker(name, entry, factory, given)
    needed = [
        p.name
        for p in inspect.signature(make).parameters.values()
        if p.default is p.empty and p.name not in given
    ]
    if needed:
        raise InputError(
            f"{name} needs {' and '.join(needed)}: write {' '.join(f'{n}=...' for n in needed)} "
            f"after its name."
        )
    values = {key: value if is_word(value) else read(value, key) for key, value in given.items()}
    known = entry.known if entry and not given else ()
    if not 0 <= seed < 2**31:
        raise refuse("--seed", seed, f"from 0 to {2**31 - 1}")
    title = " ".join([name, *settings])
    try:
        game = as_game(make(**values))
    except (TypeError, ValueError) as error:
        raise InputError(f"{title}: {error}") from None
    if start is None and entry is None and first is None:
        if misfit(game, (1.0, 1.0), "start") is not None:
            raise InputError(
                f"--start is needed, since {name} has no start of its own and is no game of two "
                f"numbers. Write for instance --start [1,0],[0,1]."
            )
        first = (1.0, 1.0)
    if start is not None:
        begin = _fitting(game, profile(start, named), named, seed)
    else:
        begin = _arrays(entry.start) if entry else _begun(first, game, seed)
    return Place(
        title,
        game,
        begin,
        tuple(_arrays(point) for point, _ in known),
        entry.box if entry else None,
        jax.random.key(seed),
    )


class _Named(NamedTuple):
    """What makes a game of some name, and where it starts."""

    entry: Entry | None
    factory: Callable[..., Game] | None
    first: Any


def _found(name: str) -> _Named:
    """By the catalogue, by a factory, or by the file or module that is named before a colon."""
    own = owned(name)
    if own is None:
        first = getattr(games, f"{name}_start", None)
        return _Named(entry_named(name), factory_named(name), first)
    given, first = attribute(own, own.rest), getattr(own.module, f"{own.rest}_start", None)
    if isinstance(given, Entry):
        return _Named(given, None, first)
    if is_game(given):
        return _Named(None, lambda: given, first)
    if not inspect.isfunction(given):
        allowed = "a game, or a function that makes one"
        raise refuse(name, given, allowed, "Write game = mm.Game(losses) in that file.")
    return _Named(None, given, first)


def _begun(first: Any, game: Game, seed: int) -> Profile:
    """The start that stands beside a game: a profile, or a function of the game and a key."""
    return as_profile(first(game, jax.random.key(seed)) if callable(first) else first)


def ready() -> dict[str, Entry]:
    """The catalogue, and what installed packages add to it."""
    added = {n: e for n, e in offered(GAMES).items() if isinstance(e, Entry)}
    return added | catalogue()


def entry_named(name: str) -> Entry | None:
    """The catalogue's entry, or None where only a factory has this name."""
    entries = ready()
    if name in entries:
        return entries[name]
    if factory_named(name) is None:
        raise InputError(missing("game ", name, [*entries, *factories()], "games"))
    return None


def factory_named(name: str) -> Callable[..., Game] | None:
    """The public factory of this name."""
    return factories().get(name)


def factories() -> dict[str, Callable[..., Game]]:
    """The functions of `minimax_lab.games` that make a game of plain values."""
    found = {
        n: f
        for n, f in vars(games).items()
        if inspect.isfunction(f) and inspect.signature(f).return_annotation == "Game"
    }
    added: dict[str, Any] = {n: f for n, f in offered(GAMES).items() if inspect.isfunction(f)}
    return added | {
        n: f
        for n, f in found.items()
        if not {"key", "game", "trades"} & set(inspect.signature(f).parameters)
    }


def resting(where: Place, near: Profile) -> Profile | None:
    """The stationary profile nearest to `near`, or None where there is none."""
    return nearest_equilibrium(where.game, near, [where.start], where.known, where.sample)


def profile(text: str, argument: str) -> Profile:
    """A profile from `1,0` (two players, a number each) or `[1,0],[0,1]` (a vector each)."""
    value = read(text, argument, numbers=True)
    if not isinstance(value, tuple):
        raise refuse(argument, text, "one strategy a player, such as 1,0 or [1,0],[0,1]")
    try:
        return as_profile(
            tuple(jnp.asarray(np.asarray(strategy, float)) for strategy in value), argument
        )
    except InputError:
        raise
    except (TypeError, ValueError):
        raise refuse(argument, text, "numbers, in vectors of equal length") from None


def _fitting(game: Game, given: Profile, named: str, seed: int) -> Profile:
    """The same profile, if the game's losses take it."""
    try:
        jax.eval_shape(lambda: game.totals(given, game.sample(jax.random.key(seed))))
    except InputError:
        raise
    except Exception as error:
        shapes = ", ".join(str(jnp.shape(strategy)) for strategy in given)
        cause = f"The game's losses fail on it ({type(error).__name__}: {error})."
        said = f"{len(given)} players of shapes {shapes}"
        raise refuse(named, said, "one strategy for each player of this game", cause) from None
    return given


def _split(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise refuse("a setting", text, "of the form KEY=VALUE", "Options begin with two dashes.")
    return key, value


def _maker(
    name: str, entry: Entry | None, factory: Callable[..., Game] | None, given: dict[str, str]
) -> Callable[..., Game]:
    """The catalogue's maker where it has all these settings, else the factory."""
    makers = [maker for maker in (entry.make if entry else None, factory) if maker is not None]
    allowed: dict[str, None] = {}
    for maker in makers:
        names = inspect.signature(maker).parameters
        if set(given) <= set(names):
            return maker
        allowed |= dict.fromkeys(names)
    unknown = next((key for key in given if key not in allowed), None)
    if unknown is None:
        raise InputError(
            f"{' and '.join(given)} cannot be given together; `minimax-lab games {name}` shows "
            f"what can."
        )
    if not allowed:
        raise refuse(f"a setting of {name}", unknown, "left out", "This game has none.")
    raise nearest(f"a setting of {name}", unknown, allowed)


def _arrays(point: Sequence[ArrayLike]) -> Profile:
    return as_profile(tuple(jnp.asarray(strategy) for strategy in point), "start")
