"""One real number of a rule or of a game, found by its path and moved.

A path reads as one would write it in Python: `step`, `step[0]` where players have steps of their
own, `direction.strength`, `game.penalties.strength`, `game.data[0][1]`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from ..checks import InputError, is_number, nearest, number, refuse
from ..game import Game
from ..rules.base import UpdateRule

ENTRIES = 64  # numbers of one array that have names of their own
Part = str | int


@dataclasses.dataclass(frozen=True)
class Leaf:
    """Where the number stands: the way to its leaf, and the place in it where that is an array."""

    name: str
    path: tuple[Part, ...]
    entry: tuple[int, ...]
    in_game: bool

    def value(self, game: Game, rule: UpdateRule) -> float:
        """What the number is now."""
        leaf = _walked(game if self.in_game else rule, self.path)
        return float(np.asarray(leaf)[self.entry])

    def put(self, game: Game, rule: UpdateRule, value: Array) -> tuple[Game, UpdateRule]:
        """Game and rule with another number there, unchecked: in a compiled program."""
        whole: PyTree = game if self.in_game else rule
        leaf = _walked(whole, self.path)
        value = jnp.asarray(value, jnp.result_type(leaf))
        moved = jnp.asarray(leaf).at[self.entry].set(value) if self.entry else value
        whole = eqx.tree_at(lambda tree: _walked(tree, self.path), whole, moved)
        return (whole, rule) if self.in_game else (game, whole)

    def demand(self, game: Game, rule: UpdateRule, value: float) -> None:
        """Refuse a number that the field does not take."""
        number(value, self.name)
        if not self.entry:
            # What is built in a way of its own is asked when it is used.
            with contextlib.suppress(TypeError):
                _rebuilt(game if self.in_game else rule, self.path, float(value))


def found(game: Game, rule: UpdateRule, name: object, argument: str = "over") -> Leaf:
    """The leaf of this name, or an error with the nearest there is."""
    if not isinstance(name, str):
        raise refuse(argument, name, 'the path of a number, such as "step"')
    leaves = {leaf.name: leaf for leaf in (*_listed(rule, False), *_listed(game, True))}
    # A rule around a rule has a field of this name.
    given = name if name in leaves else name.removeprefix("rule.")
    if given not in leaves:
        if not leaves:
            raise refuse(argument, name, "a number, but rule and game have none")
        raise nearest(argument, name, leaves)
    return leaves[given]


def several(game: Game, rule: UpdateRule, names: Sequence[str]) -> tuple[Leaf, ...]:
    """The leaves of these names, each once."""
    leaves = tuple(found(game, rule, name) for name in names)
    if len({leaf.name for leaf in leaves}) < len(leaves):
        raise refuse("over", list(names), "numbers, each named once")
    return leaves


def _listed(tree: PyTree, in_game: bool) -> list[Leaf]:
    listed = []
    for keys, leaf in jax.tree_util.tree_leaves_with_path(tree):
        if not is_number(leaf) or not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            continue
        path = tuple(map(_part, keys))
        said = ("game." if in_game else "") + _said(path)
        shape = np.shape(leaf)
        if not shape:
            listed.append(Leaf(said, path, (), in_game))
        elif np.size(leaf) <= ENTRIES:
            for entry in np.ndindex(shape):
                tail = "".join(f"[{i}]" for i in entry)
                listed.append(Leaf(said + tail, path, entry, in_game))
    return listed


def _part(key: Any) -> Part:
    for attribute in ("name", "idx", "key"):
        if hasattr(key, attribute):
            return getattr(key, attribute)
    raise InputError(f"a path with {key!r} in it cannot be named.")


def _said(path: tuple[Part, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _walked(tree: PyTree, path: tuple[Part, ...]) -> PyTree:
    for part in path:
        inside = isinstance(part, int) or isinstance(tree, dict)
        tree = tree[part] if inside else getattr(tree, str(part))
    return tree


def _rebuilt(node: Any, path: tuple[Part, ...], value: float) -> Any:
    """The node built anew by its own constructor, whose checks thus see the number."""
    if not path:
        return value
    part, *rest = path
    if isinstance(part, str) and dataclasses.is_dataclass(node) and not isinstance(node, type):
        return dataclasses.replace(
            node, **{part: _rebuilt(getattr(node, part), tuple(rest), value)}
        )
    if isinstance(node, tuple) and isinstance(part, int):
        inner = _rebuilt(node[part], tuple(rest), value)
        return (*node[:part], inner, *node[part + 1 :])
    return value
