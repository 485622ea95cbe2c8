"""How a frozen class declares its settings: every field says its range once, and what is refused is
refused in the field's own name.

    class Momentum(Wrapper):
        decay: Number = real(above=-1, below=1)

A number may also be an array of one, a tuple with one number a player, a schedule or a symbol; it
is typed as what formulas treat it as. Counts and flags shape a program and are static.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias

import equinox as eqx
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from .checks import bounds, number, numbers, refuse, whole

Number: TypeAlias = float | Array
Key: TypeAlias = PRNGKeyArray | None
Index: TypeAlias = int | Array  # which update


class Declared(eqx.Module):
    """A frozen class whose fields know their names."""

    def __init_subclass__(cls, **options: bool) -> None:
        super().__init_subclass__(**options)
        for name, field in vars(cls).items():
            if isinstance(field, dataclasses.Field):
                reader = field.metadata.get("converter")
                if isinstance(reader, _Reader):
                    reader.name = f"{cls.__name__}.{name}"


class Setting(Declared):
    """A part of a rule that has settings of its own and is neither a rule nor a direction."""


class _Reader:
    """What a field makes of the value it is given; its class tells it the name. `allowed` is for
    people.
    """

    def __init__(self, read: Callable[[object, str], object], allowed: str):
        self.read, self.allowed, self.name = read, allowed, "the setting"

    def __call__(self, value: object) -> object:
        return self.read(value, self.name)


def declared(
    read: Callable[[object, str], object],
    default: object = dataclasses.MISSING,
    allowed: str = "",
    **options: bool,
) -> Any:
    """A field kept as read(value, its name), which refuses what it cannot use."""
    return eqx.field(converter=_Reader(read, allowed), default=default, **options)


def real(
    default: object = dataclasses.MISSING,
    *,
    each: bool = False,
    kw_only: bool = False,
    **ranges: float | None,
) -> Any:
    """A number in a range: `above`, `least`, `most`, `below`; with `each` also a tuple with one a
    player. A default of None lets None pass.
    """

    def read(value: object, name: str) -> object:
        if value is None and default is None:
            return None
        return (numbers if each else number)(value, name, **ranges)

    return declared(read, default, " and ".join(bounds(**ranges)), kw_only=kw_only)


def count(
    default: object = dataclasses.MISSING,
    *,
    least: int = 1,
    most: int | None = None,
    kw_only: bool = False,
) -> Any:
    """A whole number that shapes the program."""

    def read(value: Any, name: str) -> int:
        if isinstance(value, tuple | list) or np.ndim(value):
            cause = "It shapes the program, which a sweep cannot vary: a sweep for each."
            raise refuse(name, value, "one whole number", cause)
        return whole(value, name, least, most)

    allowed = f"a whole number, {' and '.join(bounds(least=least, most=most))}"
    return declared(read, default, allowed, static=True, kw_only=kw_only)


def flag(default: bool = False, *, kw_only: bool = False) -> Any:
    """Yes or no."""

    def read(value: object, name: str) -> bool:
        if not isinstance(value, bool):
            raise refuse(name, value, "True or False")
        return value

    return declared(read, default, static=True, kw_only=kw_only)


def per_player(value: Any, name: str, players: int) -> tuple[Any, ...]:
    """A setting as one value a player: of one value all players have it."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * players
    if len(values) != players:
        raise refuse(
            name, f"a tuple of {len(values)}", f"one number, or {players} for {players} players"
        )
    return values
