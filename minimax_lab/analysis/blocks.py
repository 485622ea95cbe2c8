"""An update map whose derivative comes apart: one orthonormal basis in which it is block diagonal
whatever the settings, so that spectra of two hundred numbers are spectra of a hundred pairs.

The derivatives at all settings, with their transposes, generate an algebra; the eigenvectors of a
random symmetric member of it belong each to one irreducible part (Murota, Kanno, Kojima and Kojima
2010). So the parts are read off as what a few other members connect. On a bilinear game they are
the pairs of singular vectors, for every rule that is linear at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .families import Family

SMALL = 32  # a derivative that is no larger is left whole
LARGEST = 16  # parts larger than this are not worth the trouble
SAMPLES = 5  # settings whose derivatives tell the parts, and as many again to see that they do
APART = 1e-11  # of the derivative: what connects two parts no more


class Blocks(NamedTuple):
    """Orthonormal bases of the parts, those of one dimension together."""

    groups: tuple[Float[Array, "parts size columns"], ...]

    @property
    def widest(self) -> int:
        """The largest dimension of a part."""
        return max(group.shape[2] for group in self.groups)


def apart(family: Family, z: Array, points: Sequence[Array]) -> Blocks | None:
    """The parts in which the derivative at z acts, the same at every setting; None where it does
    not come apart, or is so small that nothing is gained.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if z.size <= SMALL:
        return None
    members = [np.asarray(_derivative(family, z, p), float) for p in points]
    if not all(np.all(np.isfinite(m)) for m in members):
        return None
    told, asked = members[: len(members) // 2], members[len(members) // 2 :]
    weights = np.random.default_rng(0).uniform(0.5, 1.5, (2, len(told)))
    sums = (a * (m + m.T) + b * (m.T @ m) for a, b, m in zip(*weights, told, strict=True))
    _, basis = np.linalg.eigh(sum(sums, np.zeros_like(told[0])))
    turned = [np.abs(basis.T @ m @ basis) / np.linalg.norm(m, 2) for m in members]
    joined = np.max(turned[: len(told)], axis=0) > APART
    count, part = connected_components(csr_array(joined), directed=False)
    sizes = np.bincount(part)
    if sizes.max() > LARGEST:
        return None
    beside = part[:, None] != part[None, :]
    if any(turned[len(told) + i][beside].max() > APART for i in range(len(asked))):
        return None
    parts = [basis[:, part == i] for i in range(count)]
    groups = (
        np.stack([one for one in parts if one.shape[1] == width]) for width in np.unique(sizes)
    )
    return Blocks(tuple(jnp.asarray(group, z.dtype) for group in groups))


def samples(low: Float[np.ndarray, " n"], high: Float[np.ndarray, " n"]) -> list[Array]:
    """Settings within a box at which the parts are looked for, and seen to be parts."""
    shares = np.random.default_rng(1).uniform(size=(2 * SAMPLES, len(low)))
    return [jnp.asarray(low + share * (high - low)) for share in shares]


def in_blocks(
    family: Family, blocks: Blocks, z: Array, parameters: Array
) -> tuple[Array, list[Float[Array, "parts columns columns"]]]:
    """F and its derivative, part by part. The parts do not mix, so that one push moves a vector of
    each.
    """
    after, push = jax.linearize(lambda z: family(z, parameters), z)
    probes = [
        sum(g[:, :, j].sum(axis=0) for g in blocks.groups if g.shape[2] > j)
        for j in range(blocks.widest)
    ]
    moved = jnp.stack([push(jnp.asarray(probe)) for probe in probes], axis=1)
    return after, [
        jnp.einsum("pmi,mj->pij", group, moved[:, : group.shape[2]]) for group in blocks.groups
    ]


@eqx.filter_jit
def _derivative(family: Family, z: Array, parameters: Array) -> Array:
    return family.matrix(z, parameters)
