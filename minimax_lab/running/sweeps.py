"""Stacking what a sweep maps over: products of values, and objects that differ in their numbers
only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from ..checks import InputError, is_number, refuse
from .program import Inputs, Plan, marked_inputs

CACHE = (
    2**20
)  # bytes of profiles that one group of runs may have: updates read and write several times as much


def grid(**axes: Any) -> dict[str, Array]:
    """Every combination of the values given, one flat array a name, the last name varying
    fastest.
    """
    if not axes:
        raise refuse(
            "grid()",
            "empty",
            "one or more named axes",
            "Write grid(step=[0.1, 0.2], strength=[1.0, 10.0]).",
        )
    for name, axis in axes.items():
        if isinstance(axis, str) or not np.issubdtype(np.asarray(axis).dtype, np.number):
            raise refuse(f"grid({name})", axis, "a non-empty list of numbers")
    values = {name: np.atleast_1d(np.asarray(axis, float)) for name, axis in axes.items()}
    for name, axis in values.items():
        if axis.ndim != 1 or axis.size == 0:
            raise refuse(
                f"grid({name})", f"an array of shape {axis.shape}", "a non-empty list of numbers"
            )
        if not np.all(np.isfinite(axis)) or np.unique(axis).size < axis.size:
            raise refuse(
                f"grid({name})",
                axis,
                "finite numbers, each once",
                "A range whose ends are equal has no width.",
            )
    products = np.meshgrid(*values.values(), indexing="ij")
    return {
        name: jnp.asarray(product.ravel()) for name, product in zip(values, products, strict=True)
    }


def stack(items: Iterable[PyTree]) -> PyTree:
    """Rules, games, profiles or keys of equal structure as one, with a leading axis: what `sweep`
    maps over.
    """
    items = list(items)
    if not items:
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


def members(inputs: Inputs, plan: Plan) -> int | None:
    """How many runs a sweep has."""
    if not plan.mapped:
        return None
    sizes = {}
    for name in plan.mapped:
        lengths = {
            leaf.shape[0]
            for leaf in jax.tree.leaves(eqx.filter(getattr(inputs, name), eqx.is_array))
            if leaf.ndim
        }
        if not lengths:
            given = f"names {name!r}, in which nothing has an axis to map over"
            raise InputError(f"over {given}; stack several first: mm.stack([...]).")
        sizes[name] = lengths
    if len(set().union(*sizes.values())) > 1:
        shown = ", ".join(f"{name}: {sorted(lengths)}" for name, lengths in sizes.items())
        raise InputError(
            f"the leading axes of what over names differ ({shown}), but every array there must "
            "have one entry per run. Leaves to be shared by all runs must have no axis; stack "
            "whole objects with mm.stack([...])."
        )
    return sizes[plan.mapped[0]].pop()


def grouped(inputs: Inputs, plan: Plan) -> Plan:
    """The plan with so many groups that the profiles of one stay in the cache of a core;
    accelerators take all runs at once.
    """
    count = members(inputs, plan)
    devices = jax.devices()[:1] if plan.mesh is None else list(plan.mesh.devices.flat)
    if count is None or devices[0].platform != "cpu":
        return plan
    size = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(inputs.start))
    size *= 1 if "start" in plan.mapped else count
    return dataclasses.replace(
        plan, groups=max(1, min(count // len(devices), round(size / len(devices) / CACHE)))
    )


def padded(inputs: Inputs, plan: Plan, count: int | None) -> Inputs:
    """The last run repeated until the devices, and the groups on each, have equally many."""
    parts = plan.groups * (1 if plan.mesh is None else plan.mesh.size)
    if count is None or count % parts == 0:
        return inputs
    extra = parts - count % parts
    axes = marked_inputs(inputs, plan, True, False)
    arrays, rest = eqx.partition(inputs, eqx.is_array)
    rows = np.minimum(np.arange(count + extra), count - 1)  # keys know indexing, not repetition
    longer = jax.tree.map(lambda leaf, has: leaf[rows] if has else leaf, arrays, axes)
    return eqx.combine(longer, rest)


def _alike(a: Any, b: Any) -> bool:
    one, other = (jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (a, b))
    return one == other
