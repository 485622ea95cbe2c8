r"""What to watch of the game of modes: which mode each column of the generator has learnt, and what
the neurons see.

A column v carries a mode's label where cos(v, u_l) >= t, the average's where cos(v, u_1 + ... +
u_k) >= t, with t the cosine of half the angle between a mode and that average; it is noise where
every |cos(v, u_l)| < 0.35. All are functions of a `View`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from ..checks import refuse

if TYPE_CHECKING:
    from ..running.observables import View

NOISE = 0.35
LEARNT = 0.7  # |<w, u>| from which a neuron has learnt a mode


def column_cosines(view: View) -> Float[Array, "latents modes+1"]:
    """The cosine of every column with each mode, and last with their average."""
    return _cosines(view.after[0], _targets(view))


def neuron_cosines(view: View) -> Float[Array, "neurons modes+1"]:
    """The cosine of every neuron with each mode, and last with their average."""
    return _cosines(view.after[1]["neurons"], _targets(view))


def column_shares(view: View) -> Float[Array, " modes+2"]:
    """The fraction of columns on each mode, on the average, and of noise; the rest lies in
    between.
    """
    targets = _targets(view)
    cosines = _cosines(view.after[0], targets)
    on = jnp.mean(cosines >= _threshold(targets), axis=0, dtype=cosines.dtype)
    lost = jnp.mean(jnp.all(jnp.abs(cosines[:, :-1]) < NOISE, axis=1), dtype=cosines.dtype)
    return jnp.append(on, lost)


def least_share(view: View) -> Float[Array, ""]:
    """The fraction of columns on the mode that has fewest."""
    return jnp.min(column_shares(view)[:-2])


def coverage(view: View) -> Float[Array, ""]:
    """The fraction of columns that are on some mode."""
    return jnp.sum(column_shares(view)[:-2])


def alignment(view: View) -> Float[Array, ""]:
    """min over max of |<w, u_l>| for the strongest neuron: one on the average, about the
    correlation on a single mode.
    """
    seen = _overlaps(view)
    strongest = seen[jnp.argmax(jnp.max(seen, axis=1))]
    largest = jnp.max(strongest)
    return jnp.min(strongest) / jnp.where(largest > 0, largest, 1)


def neuron_strength(view: View) -> Float[Array, ""]:
    """The largest |<w, u_l>|: the discriminator has learnt something from 0.7 on."""
    return jnp.max(_overlaps(view))


def first_growth(indices: ArrayLike, grown: ArrayLike) -> np.ndarray:
    """The first index at which `grown` (rows last) is true, infinite where never.

    The discriminator has grown where `neuron_strength` >= LEARNT, the generator where the noise
    share is below one.
    """
    grown, indices = np.asarray(grown, bool), np.asarray(indices, float)
    if indices.ndim != 1 or grown.shape[-1:] != indices.shape:
        allowed = f"one whose last axis has the {indices.size} rows of indices"
        raise refuse("grown", f"an array of shape {grown.shape}", allowed)
    return np.where(grown.any(-1), indices[grown.argmax(-1)], np.inf)


def _overlaps(view: View) -> Float[Array, "neurons modes"]:
    """|<w, u_l>|."""
    return jnp.abs(view.after[1]["neurons"] @ _targets(view)[:-1].T)


def _targets(view: View) -> Float[Array, "modes+1 dimension"]:
    """The modes and the unit vector of their average."""
    data = view.game.data
    if (
        not hasattr(data, "real")
        or not isinstance(view.after[1], dict)
        or "neurons" not in view.after[1]
    ):
        allowed = "a game made by games.modes or games.two_mode"
        raise refuse("the game", type(view.game.losses).__name__, allowed)
    total = jnp.sum(data.real, axis=0)
    return jnp.concatenate([data.real, (total / jnp.linalg.norm(total))[None]])


def _threshold(targets: Float[Array, "modes+1 dimension"]) -> Float[Array, ""]:
    """cos(angle / 2) from the cosine of the angle between a mode and the average; one mode is its
    own average.
    """
    cosine = jnp.clip(targets[0] @ targets[-1], -1, 1)
    return jnp.sqrt((1 + cosine) / 2)


def _cosines(
    vectors: Float[Array, "count dimension"], targets: Float[Array, "modes+1 dimension"]
) -> Float[Array, "count modes+1"]:
    norms = jnp.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors @ targets.T) / jnp.where(norms > 0, norms, 1)
