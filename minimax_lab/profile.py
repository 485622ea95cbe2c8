"""A profile is one strategy per player, x = (x_0, ..., x_{n-1}), added, subtracted and scaled like
a vector.

The arithmetic is that of the papers: `x - step * v` is one line for any number of players and any
pytrees of arrays, and stays one line when the leaves are SymPy symbols.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, ArrayLike, Float, PyTree

from .checks import InputError, is_number, refuse

# For all, or one a player; a symbol is typed as what formulas treat it as.
Scale = float | Array | tuple[float | Array, ...] | list[float | Array]


class Profile(eqx.Module):
    """x = (x_0, ..., x_{n-1}): one strategy per player, each any pytree of arrays.

    `x + y`, `x - y`, `c * x`, `(c_0, c_1) * x` (one scale per player), `x @ y`, `x[i]`,
    `x.replace(i, p)`, `x.norms()`.
    """

    players: tuple[PyTree, ...]

    # NumPy scalars would otherwise broadcast themselves into the pytree: np.float64(2) * x must
    # reach __rmul__.
    __array_ufunc__ = None

    def __init__(self, players: Iterable[PyTree]):
        try:
            self.players = tuple(players)
        except TypeError:
            cause = "Write Profile((x, y))."
            raise refuse("players", players, "one strategy for each player", cause) from None

    def __repr__(self) -> str:
        return f"Profile({_told(self.players)})"

    def __add__(self, other: Profile) -> Profile:
        return self._with(operator.add, other)

    def __sub__(self, other: Profile) -> Profile:
        return self._with(operator.sub, other)

    def __rmul__(self, scale: Scale) -> Profile:
        if not isinstance(scale, tuple | list):
            return Profile(jax.tree.map(lambda leaf: _scaled(scale, leaf), self.players))
        if len(scale) != len(self.players):
            allowed = f"one number, or {len(self.players)} numbers for {len(self.players)} players"
            raise refuse("a scale or step per player", f"a tuple of {len(scale)}", allowed)
        return Profile(
            jax.tree.map(lambda leaf, c=c: _scaled(c, leaf), p)
            for c, p in zip(scale, self.players, strict=True)
        )

    def __mul__(self, scale: Scale) -> Profile:
        return self.__rmul__(scale)

    def __neg__(self) -> Profile:
        return -1 * self

    def __matmul__(self, other: Profile) -> Any:
        """The inner product, summed over players and leaves."""
        return sum(jax.tree.leaves(self._with(_dot, other).players))

    def __getitem__(self, player: int) -> PyTree:
        return self.players[player]

    def __iter__(self) -> Iterator[PyTree]:
        return iter(self.players)

    def __len__(self) -> int:
        return len(self.players)

    def replace(self, player: int, strategy: PyTree) -> Profile:
        """The profile in which one player alone has changed."""
        return Profile(strategy if i == player else p for i, p in enumerate(self.players))

    def norms(self) -> Float[Array, " players"]:
        """The Euclidean norm of each player's strategy."""
        return jnp.stack([jnp.sqrt(Profile((p,)) @ Profile((p,))) for p in self.players])

    def norm(self) -> Float[Array, ""]:
        """The Euclidean norm of the whole profile."""
        return jnp.sqrt(self @ self)

    def ravel(self) -> tuple[Float[Array, " size"], Callable[[Array], Profile]]:
        """One flat vector, players stacked in order, and the way back."""
        return ravel_pytree(self)

    @property
    def dtype(self) -> np.dtype:
        """The precision this profile asks of everything around it: the widest among its leaves."""
        return jnp.result_type(*jax.tree.leaves(self.players))

    def _with(self, operation: Callable[[PyTree, PyTree], PyTree], other: Profile) -> Profile:
        if not isinstance(other, Profile):
            raise refuse(
                "the other operand", other, "a Profile", "Wrap plain tuples first: Profile((x, y))."
            )
        if jax.tree.structure(self.players) != jax.tree.structure(other.players):
            raise InputError(
                "profiles of different structure cannot be combined: "
                f"{jax.tree.structure(self.players)} and {jax.tree.structure(other.players)}."
            )
        return Profile(jax.tree.map(operation, self.players, other.players))


# What a user may write for a profile.
Strategies = Profile | Sequence[PyTree]


def as_profile(given: object, argument: str = "start", *, finite: bool = True) -> Profile:
    """A profile of floating arrays from what a user writes: a Profile, or a tuple with one strategy
    per player.
    """
    if not isinstance(given, Profile):
        if not isinstance(given, tuple | list):
            allowed = "a Profile or a tuple with one strategy per player"
            raise refuse(argument, given, allowed, "Write (x, y), not x.")
        given = Profile(given)
    if len(given) == 0 or not jax.tree.leaves(given.players):
        raise refuse(argument, given, "a profile with at least one player and one array")
    for i, strategy in enumerate(given):
        for path, leaf in jax.tree_util.tree_leaves_with_path(strategy):
            where = f"{argument}[{i}]{jax.tree_util.keystr(path)}"
            if not is_number(leaf):
                cause = "Split networks into arrays and the rest first (eqx.partition)."
                raise refuse(where, leaf, "an array of numbers", cause)
            known = finite and not isinstance(leaf, jax.core.Tracer)
            if known and not np.all(np.isfinite(np.asarray(leaf, float))):
                cause = "A NaN here would silently make the whole run NaN."
                raise refuse(where, leaf, "finite", cause)
    return jax.tree.map(_floating, given)


def narrowed(tree: PyTree, dtype: np.dtype | type) -> PyTree:
    """Every real hyper-parameter and float array of `tree` as an array of `dtype`: the border at
    which precision is settled.

    Python floats become arrays here, so that a new value never recompiles a program; half-precision
    data stays as it is.
    """

    def cast(leaf: PyTree) -> PyTree:
        if isinstance(leaf, float | np.floating):
            return _constant(float(leaf), math.copysign(1.0, leaf), jnp.dtype(dtype))
        if isinstance(leaf, jax.Array) and leaf.dtype == dtype and not leaf.weak_type:
            return leaf
        if eqx.is_array_like(leaf) and not isinstance(leaf, bool | int | complex):
            kind = jnp.result_type(leaf)
            return jnp.asarray(leaf, dtype if kind in (jnp.float32, jnp.float64) else None)
        return leaf

    return jax.tree.map(cast, tree)


@functools.lru_cache(maxsize=1024)
def _constant(value: float, sign: float, dtype: np.dtype) -> Array:
    """A number as an array, made once: that takes longer than many a run. The sign tells zeros
    apart.
    """
    with jax.ensure_compile_time_eval():
        return jnp.asarray(value, dtype)


def _scaled(scale: float | Array, leaf: PyTree) -> PyTree:
    if not eqx.is_array(leaf) and not isinstance(leaf, np.ndarray | np.generic):
        return scale * leaf
    if not is_number(scale):
        cause = (
            "A schedule is resolved by the loop (`mm.at(rule, index)`); a symbol belongs to a "
            "SymbolicGame."
        )
        raise refuse("a scale", scale, "a number", cause)
    if jnp.ndim(scale) != 0:
        allowed = "one number, or a tuple with one number per player"
        cause = "A stack of values belongs to `sweep`."
        raise refuse("a scale", f"an array of shape {jnp.shape(scale)}", allowed, cause)
    # The cast keeps a float32 strategy float32 under a float64 step.
    return jnp.asarray(scale).astype(leaf.dtype) * leaf


WRITTEN = 8  # numbers of an array that a printed profile shows


def _told(part: PyTree) -> str:
    """A strategy in writing: its numbers where they are few, the shapes of its arrays else."""
    if isinstance(part, tuple | list) and type(part) in (tuple, list):
        inner = ", ".join(map(_told, part))
        return f"[{inner}]" if isinstance(part, list) else f"({inner}{',' * (len(part) == 1)})"
    if isinstance(part, dict):
        return "{" + ", ".join(f"{name!r}: {_told(value)}" for name, value in part.items()) + "}"
    if not is_number(part):
        return str(part) if hasattr(part, "free_symbols") else eqx.tree_pformat(part)
    if isinstance(part, jax.core.Tracer) or np.size(part) > WRITTEN:
        return f"{part.dtype}[{','.join(map(str, np.shape(part)))}]"
    array = np.asarray(part)
    if array.dtype.kind not in "iuf":  # bfloat16 and its kin
        array = array.astype(np.float32)
    told = np.array2string(array, separator=", ", formatter={"all": lambda v: f"{v:.6g}"})
    return " ".join(told.split())


def _dot(a: PyTree, b: PyTree) -> PyTree:
    return jnp.sum(a * b) if eqx.is_array_like(a) else a * b


def _settled(leaf: Array) -> bool:
    """Whether its precision is one that programs are built for."""
    return jnp.issubdtype(leaf.dtype, jnp.inexact) and not leaf.weak_type


def _floating(leaf: ArrayLike) -> Array:
    if isinstance(leaf, jax.Array) and _settled(leaf):
        return leaf
    if isinstance(leaf, float):
        return _constant(leaf, math.copysign(1.0, leaf), jnp.result_type(float))
    leaf = jnp.asarray(leaf)
    # The cast also makes a Python number's weak type strong: else a start of plain numbers would
    # recompile every program.
    return leaf.astype(
        leaf.dtype if jnp.issubdtype(leaf.dtype, jnp.inexact) else jnp.result_type(float)
    )
