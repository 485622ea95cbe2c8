"""What experiments on generators in the plane share: the game of two perceptrons, its training from
seeds, and what is kept of their samples. A change here makes all their records stale.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import common
from minimax_lab import adversarial as adv

trained = partial(common.trained, adv.start)


def plane_gan(data: Any, hidden: tuple[int, ...], batch: int, latents: int = 8) -> mm.Game:
    """Two perceptrons with these hidden layers, for samples in the plane."""
    return adv.gan(
        adv.Perceptron((latents, *hidden, 2)),
        adv.Perceptron((2, *hidden, 1)),
        data=data,
        batch=batch,
    )


def measure(mixture: adv.Mixture) -> Callable[[jax.Array, jax.Array], dict[str, jax.Array]]:
    """Of samples by run and row: those near each mode, within three deviations and within 0.1, and
    the distance to a target.
    """

    @jax.jit
    def measured(samples: jax.Array, target: jax.Array) -> dict[str, jax.Array]:
        narrow, wide = adv.ModeCounts(mixture), adv.ModeCounts(mixture, radius=0.1)

        def one(s: jax.Array) -> dict[str, jax.Array]:
            distance = adv.maximum_mean_discrepancy(s[:1024], target[:1024].astype(s.dtype))
            return {
                "narrow": narrow(s).astype(jnp.int16),
                "wide": wide(s).astype(jnp.int16),
                "distance": distance,
            }

        return jax.lax.map(lambda row: jax.lax.map(one, row), samples)

    return measured


def density(samples: Any, *how: Any, **more: Any) -> np.ndarray:
    """Half precision is more than a picture shows."""
    return adv.density(samples, *how, **more).astype(np.float16)


def densities(run: mm.Run, shown: tuple[int, ...], *how: Any, **more: Any) -> np.ndarray:
    """Those of the first run's samples at the updates that are to be shown."""
    rows = [int(np.flatnonzero(run.indices == index)[0]) for index in shown]
    return np.stack([density(run.observed["samples"][0, row], *how, **more) for row in rows])


def ending(run: mm.Run) -> dict[str, np.ndarray]:
    """How the runs of one program ended, and the seconds they took."""
    return {"outcomes": run.verdict.kind.astype(str), "seconds": np.array(run.about["seconds"])}
