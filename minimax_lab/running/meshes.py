"""One program on many devices: a batch parted among them, or the runs of a sweep.

What a game draws is parted along its first axis, profiles and data are whole on every device, and
the partitioner of XLA does the rest. So no rule, direction or observable knows of a mesh, and one
device runs the same program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import refuse, whole
from ..game import Game, Sample

AXIS = "devices"
EACH, WHOLE = PartitionSpec(AXIS), PartitionSpec()


class Parted(eqx.Module):
    """The draw of a game, every sample parted among the devices of a mesh along its first axis."""

    draw: Callable[[PyTree, Any], Sample]
    mesh: Mesh = eqx.field(static=True)

    def __call__(self, data: PyTree, key: PRNGKeyArray | None) -> Sample:
        sharding = NamedSharding(self.mesh, EACH)
        return jax.tree.map(
            lambda leaf: jax.lax.with_sharding_constraint(leaf, sharding) if _rows(leaf) else leaf,
            self.draw(data, key),
        )


def parted_draws(game: Game, mesh: Mesh, key: PRNGKeyArray) -> Game:
    """The game whose samples are parted among devices, if they can be."""
    if isinstance(game.draw, Parted):
        return game
    if not game.random:
        cause = "Such as mm.Minibatch(64); a game whose every draw is all its data has no batch."
        raise refuse("the draw of the game", "all the data", "one of a batch", cause)
    sizes = {_rows(leaf) for leaf in jax.tree.leaves(jax.eval_shape(game.sample, key))} - {0}
    wrong = sorted(size for size in sizes if size % mesh.size)
    if wrong or not sizes:
        allowed = f"a multiple of {mesh.size}, the devices that share it"
        raise refuse("the batch", f"{wrong[0]} samples" if wrong else "one sample", allowed)
    return eqx.tree_at(lambda g: g.draw, game, Parted(game.draw, mesh))


def mesh_of(devices: object) -> Mesh:
    """The devices in a row."""
    listed = isinstance(devices, Iterable) and not isinstance(devices, jax.Array)
    found = list(devices) if listed else []  # type: ignore[call-overload]
    if not found or not all(isinstance(device, jax.Device) for device in found):
        allowed = "devices to share the work among, such as jax.devices()"
        raise refuse("devices", devices, allowed)
    return Mesh(np.array(found), (AXIS,))


def first_devices(count: int, argument: str = "devices") -> list[jax.Device]:
    """So many devices, of each process equally many."""
    processes, there = jax.process_count(), len(jax.devices())
    cause = f"There are {there}, of {processes} processes." if processes > 1 else ""
    if jax.default_backend() == "cpu" and processes == 1:
        cause = "XLA_FLAGS=--xla_force_host_platform_device_count=8 makes eight of a processor."
    count = whole(count, argument)
    if count > there or count % processes:
        part = f" and a multiple of {processes}" if processes > 1 else ""
        raise refuse(argument, count, f"at most {there}, the devices there are{part}", cause)
    owned: dict[int, list[jax.Device]] = {}
    for device in jax.devices():
        owned.setdefault(device.process_index, []).append(device)
    return [device for rank in sorted(owned) for device in owned[rank][: count // processes]]


def placed(tree: PyTree, mesh: Mesh | None, spec: PartitionSpec) -> PyTree:
    """Every array of a tree on the devices of a mesh: whole on each, or parted along its first
    axis. All processes must have the same.
    """
    if mesh is None:
        return tree
    sharding = NamedSharding(mesh, spec)

    def put(leaf: PyTree) -> PyTree:
        if not isinstance(leaf, jax.Array | np.ndarray):
            return leaf
        if isinstance(leaf, jax.Array) and leaf.sharding.is_equivalent_to(sharding, leaf.ndim):
            return leaf
        if jax.process_count() == 1:
            return jax.device_put(leaf, sharding)
        if jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            raw = put(jax.random.key_data(leaf))
            return jax.random.wrap_key_data(raw, impl=jax.random.key_impl(leaf))
        here = np.asarray(leaf)
        return jax.make_array_from_callback(here.shape, sharding, lambda index: here[index])

    return jax.tree.map(put, tree)


def brought_home(tree: PyTree) -> PyTree:
    """What several devices have whole, on the first alone; what other processes have of it is
    fetched. What this process has in parts stays parted.
    """

    def fetch(leaf: PyTree) -> PyTree:
        if not isinstance(leaf, jax.Array) or len(leaf.sharding.device_set) == 1:
            return leaf
        if not leaf.is_fully_replicated:
            if leaf.is_fully_addressable:
                return leaf
            leaf = _everywhere(leaf)
        return leaf.addressable_data(0)

    return jax.tree.map(fetch, tree)


def _everywhere(leaf: Array) -> Array:
    whole_on_each = NamedSharding(leaf.sharding.mesh, WHOLE)  # type: ignore[attr-defined]
    return jax.jit(_same, out_shardings=whole_on_each)(leaf)


def _same(leaf: Array) -> Array:
    return leaf


def _rows(leaf: PyTree) -> int:
    """How many samples an array has; none a number and a key."""
    typed = jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return 0 if typed or not leaf.ndim else int(leaf.shape[0])
