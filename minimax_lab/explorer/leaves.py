"""The real numbers inside a game or a rule: their names, what they may be, and the tree with other
ones in their place.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from ..checks import InputError
from ..profile import narrowed

WIDEST = 9  # numbers of one leaf that are still turned one by one
TRIED = (-10.0, -1.0, -0.99, 0.0, 0.99, 1.0, 10.0)  # which of them a field lets pass


class Leaf(NamedTuple):
    """One number that can be turned: its name, the way to its leaf and its place there, its value
    and its range.
    """

    name: str
    path: str
    entry: tuple[int, ...]
    value: float
    low: float
    high: float
    open: bool  # whether `low` itself is refused


class Turned(NamedTuple):
    """What can be turned in a tree, and the tree of given numbers."""

    leaves: tuple[Leaf, ...]
    made: Callable[[Sequence[Array]], PyTree]


def turned(tree: PyTree, fixed: str = "") -> Turned:
    """The finite numbers of a tree that are few enough to be turned, one by one; a field that is
    `fixed` keeps its own.
    """
    tree = narrowed(tree, jnp.result_type(float))
    paths, structure = jax.tree_util.tree_flatten_with_path(tree)
    places = [
        i
        for i, (path, leaf) in enumerate(paths)
        if _few(leaf) and getattr(path[0] if path else None, "name", None) != fixed
    ]
    found = [leaf for i in places for leaf in _named(tree, *paths[i])]

    def made(values: Sequence[Array]) -> PyTree:
        rest, filled = list(values), [leaf for _, leaf in paths]
        for i in places:
            shape = jnp.shape(filled[i])
            own, rest = rest[: int(np.prod(shape))], rest[int(np.prod(shape)) :]
            filled[i] = jnp.stack(own).reshape(shape) if shape else own[0]
        return jax.tree.unflatten(structure, filled)

    return Turned(tuple(found), made)


def _few(leaf: object) -> bool:
    small = eqx.is_inexact_array(leaf) and 0 < leaf.size <= WIDEST  # type: ignore[attr-defined]
    return small and bool(np.all(np.isfinite(np.asarray(leaf))))


def _named(tree: PyTree, path: tuple[Any, ...], leaf: Array) -> list[Leaf]:
    """A leaf's numbers, named by the class and the field that hold them."""
    owner, name = _owner(tree, path)
    low, high, is_open = _range(owner, name)
    text, said = jax.tree_util.keystr(path), f"{type(owner).__name__}.{name}"
    tail = "".join(f"[{key.idx}]" for key in _after(path) if hasattr(key, "idx"))
    found = []
    for at in np.ndindex(*jnp.shape(leaf)):
        entry = "".join(f"[{k}]" for k in at)
        value = float(np.asarray(leaf)[at])
        found.append(Leaf(said + tail + entry, text, at, value, low, high, is_open))
    return found


def _owner(tree: PyTree, path: tuple[Any, ...]) -> tuple[object, str]:
    """The innermost frozen class on the way to a leaf, and the field of it that leads there."""
    owner, name, here = tree, "", tree
    for key in path:
        if hasattr(key, "name"):
            if dataclasses.is_dataclass(here):
                owner, name = here, key.name
            here = getattr(here, key.name)
        else:
            here = here[key.idx if hasattr(key, "idx") else key.key]
    return owner, name


def _after(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """What follows the last field of a path."""
    last = max((i for i, key in enumerate(path) if hasattr(key, "name")), default=-1)
    return path[last + 1 :]


def _range(owner: object, name: str) -> tuple[float, float, bool]:
    """The range that a field lets pass, found by asking it."""
    fields = {field.name: field for field in dataclasses.fields(owner)}  # type: ignore[arg-type]
    read = fields[name].metadata.get("converter") if name in fields else None
    if read is None:
        return -10.0, 10.0, False
    passed = []
    for value in TRIED:
        with contextlib.suppress(InputError):
            read(value)
            passed.append(value)
    low, high = (passed[0], passed[-1]) if passed else (-10.0, 10.0)
    return (0.0, high, True) if low > 0 else (low, high, False)
