"""The run axis of a sweep: products of values and stacks of objects to map over, which arrays have
the axis, and how many runs share a device.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, PyTree

from ..checks import InputError, is_number, refuse
from ..profile import Profile
from .program import Inputs, Plan, Runs

Stack = TypeVar("Stack")  # a tree whose every array has the run axis first
# Bytes of profiles that one group of runs may have: updates read and write several times as much.
CACHE = 2**20
LINE = 64  # runs, so that every group begins where a line of the cache does


def grid(**axes: Sequence[float] | ArrayLike) -> dict[str, Array]:
    """Every combination of the values given, one flat array a name, the last name varying
    fastest.

    Arguments:
        axes: a list of numbers for each name, each number once; whole numbers stay whole, so
            that seeds do.

    Returns:
        The arrays by name, each as long as there are combinations.

    Examples:
        >>> import minimax_lab as mm
        >>> for name, values in mm.grid(step=[0.5, 1.0], strength=[1, 2]).items():
        ...     print(name, values)
        step [0.5 0.5 1.  1. ]
        strength [1 2 1 2]
    """
    if not axes:
        cause = "Write grid(step=[0.1, 0.2], strength=[1.0, 10.0])."
        raise refuse("grid()", "empty", "one or more named axes", cause)
    for name, axis in axes.items():
        if isinstance(axis, str) or np.asarray(axis).dtype.kind not in "iuf":
            raise refuse(f"grid({name})", axis, "a non-empty list of numbers")
    values = {name: np.atleast_1d(np.asarray(axis)) for name, axis in axes.items()}
    for name, axis in values.items():
        if axis.ndim != 1 or axis.size == 0:
            raise refuse(
                f"grid({name})", f"an array of shape {axis.shape}", "a non-empty list of numbers"
            )
        if not np.all(np.isfinite(axis)) or np.unique(axis).size < axis.size:
            cause = "A range whose ends are equal has no width."
            raise refuse(f"grid({name})", axis, "finite numbers, each once", cause)
        if axis.dtype.kind != "f" and np.any(np.asarray(jnp.asarray(axis)) != axis):
            allowed, cause = "whole numbers below 2^31", "Longer ones need 64 bits, or be floats."
            raise refuse(f"grid({name})", axis, allowed, cause)
    products = np.meshgrid(*values.values(), indexing="ij")
    return {
        name: jnp.asarray(product.ravel()) for name, product in zip(values, products, strict=True)
    }


def stack(items: Iterable[PyTree]) -> PyTree:
    """Rules, games, profiles or keys of equal structure as one, with a leading axis: what `sweep`
    maps over.

    Arguments:
        items: one or more that are alike but for the numbers in them.

    Returns:
        One of them with arrays in which the items lie one behind the other.

    Examples:
        >>> import minimax_lab as mm
        >>> print(mm.stack([mm.Simultaneous(0.5), mm.Simultaneous(1.0)]).step)
        [0.5 1. ]
    """
    if not isinstance(items, Iterable):
        raise refuse("items", items, "a list of what is alike")
    try:
        items = list(items)
    except TypeError:
        raise refuse("items", items, "a list of what is alike") from None
    if not items or any(isinstance(item, str | bytes) for item in items):
        raise refuse("items", items, "at least one")
    items = [
        jax.tree.map(lambda leaf: jnp.asarray(leaf) if is_number(leaf) else leaf, item)
        for item in items
    ]
    arrays, rest = zip(*(eqx.partition(item, eqx.is_array) for item in items), strict=True)
    if any(
        not eqx.tree_equal(rest[0], other) or not _alike(arrays[0], a)
        for a, other in zip(arrays, rest, strict=True)
    ):
        raise refuse(
            "items",
            items,
            "alike but for the numbers in them",
            "What shapes a program (an order, a period, the classes themselves) cannot vary within "
            "one sweep.",
        )
    return eqx.combine(jax.tree.map(lambda *leaves: jnp.stack(leaves), *arrays), rest[0])


def laid_out(inputs: Inputs, over: tuple[str, ...], plan: Plan) -> tuple[Runs, Plan, int]:
    """The inputs of a sweep parted, its plan, and how many runs it has."""
    each, shared = parted(inputs, over)
    count = members(each, over)
    groups = _groups(each.start, shared.start, plan, count)
    plan = dataclasses.replace(plan, many=True, groups=groups)
    return Runs(padded(each, plan, count), shared), plan, count


def parted(inputs: Inputs, over: tuple[str, ...]) -> tuple[Inputs, Inputs]:
    """The inputs in two: the arrays with a run axis, which are those with any axis in what `over`
    names, and what all runs share.
    """

    def marked(name: str, part: PyTree) -> PyTree:
        named = name in over
        return jax.tree.map(lambda leaf: named and eqx.is_array(leaf) and leaf.ndim > 0, part)

    return eqx.partition(inputs, Inputs(*map(marked, Inputs._fields, inputs)))


def members(each: Inputs, over: tuple[str, ...]) -> int:
    """How many runs a sweep has."""
    sizes = {
        name: {leaf.shape[0] for leaf in jax.tree.leaves(getattr(each, name))} for name in over
    }
    for name, lengths in sizes.items():
        if not lengths:
            given = f"names {name!r}, in which nothing has an axis to map over"
            raise InputError(f"over {given}; stack several first: mm.stack([...]).")
    if len(set().union(*sizes.values())) > 1:
        shown = ", ".join(f"{name}: {sorted(lengths)}" for name, lengths in sizes.items())
        raise InputError(
            f"the leading axes of what over names differ ({shown}), but every array there must "
            "have one entry per run. Leaves to be shared by all runs must have no axis; stack "
            "whole objects with mm.stack([...])."
        )
    count = sizes[over[0]].pop()
    if count == 0:
        raise refuse("over", f"names {over[0]!r} with no runs in it", "one run or more")
    return count


def varied(each: Inputs | None, count: int | None) -> dict[str, np.ndarray]:
    """What differs from run to run, by name, a number for every run: "step", "direction.strength",
    "start[0]"; of what is no number the run's index, by what it belongs to.
    """
    found: dict[str, np.ndarray] = {}
    if each is None or count is None:
        return found
    for path, leaf in jax.tree_util.tree_leaves_with_path(each):
        part = path[0].name
        name = jax.tree_util.keystr(path[1:]).replace(".players", "", 1)
        name = name.removeprefix(".") if part == "rule" else part + name
        if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) or leaf.size != leaf.shape[0]:
            found.setdefault(part, np.arange(count))
            continue
        values = np.asarray(leaf).ravel()[:count]
        if np.any(values != values[:1]):
            found[name] = values
    return found


def _groups(each: Profile, shared: Profile, plan: Plan, count: int) -> int:
    """So many groups that the profiles of one stay in the cache of a core; accelerators take all
    runs at once.
    """
    devices = jax.devices()[:1] if plan.mesh is None else list(plan.mesh.devices.flat)
    if devices[0].platform != "cpu":
        return 1
    own, common = (sum(leaf.nbytes for leaf in jax.tree.leaves(part)) for part in (each, shared))
    size = own + count * common
    return max(1, min(count // len(devices), round(size / len(devices) / CACHE)))


def padded(each: Stack, plan: Plan, count: int | None) -> Stack:
    """The last run repeated until the devices, and the groups on each, have equally many, large
    groups whole lines of a cache; a single run as it is.
    """
    if count is None:
        return each
    parts = plan.groups * (1 if plan.mesh is None else plan.mesh.size)
    if plan.groups > 1 and count > 1024 * parts:
        parts *= LINE  # one number out of line made every step three times as long
    if count % parts == 0:
        return each
    # Keys know indexing, not repetition.
    rows = np.minimum(np.arange(count + parts - count % parts), count - 1)
    return jax.tree.map(lambda leaf: leaf[rows], each)


def cut(each: Stack, count: int | None) -> Stack:
    """Without the runs that were padded; a single run as it is."""
    return each if count is None else jax.tree.map(lambda leaf: leaf[:count], each)


def _alike(a: PyTree, b: PyTree) -> bool:
    one, other = (jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (a, b))
    return one == other
