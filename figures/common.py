"""What experiments on networks share: the game of two perceptrons, runs from seeds side by side,
and what is kept of them. A change here makes all their records stale, so only what is settled
belongs here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab import adversarial as adv

EACH = ("rule", "start", "key")


def plane_gan(data: Any, hidden: tuple[int, ...], batch: int, latents: int = 8) -> mm.Game:
    """Two perceptrons with these hidden layers, for samples in the plane."""
    return adv.gan(
        adv.Perceptron((latents, *hidden, 2)),
        adv.Perceptron((2, *hidden, 1)),
        data=data,
        batch=batch,
    )


def keys_of(seeds: Any) -> jax.Array:
    """A key for every seed."""
    return jax.vmap(jax.random.key)(jnp.asarray(seeds, int))


def starts(game: mm.Game, keys: jax.Array, begin: Callable[..., mm.Profile] = adv.start) -> Any:
    """A start for every key, drawn apart from what the key draws along the run."""
    return begin(game, jax.vmap(lambda key: jax.random.fold_in(key, 1))(keys))


def trained(
    game: mm.Game,
    rule: mm.UpdateRule,
    keys: jax.Array,
    steps: int,
    every: int,
    observe: Mapping[str, Any],
    *,
    begin: Callable[..., mm.Profile] = adv.start,
    over: tuple[str, ...] = EACH,
    judge: mm.Judge | None = None,
) -> mm.Run:
    """A run for each key, which fixes its start and batches, all in one program on all devices."""
    return mm.sweep(
        game,
        rule,
        starts(game, keys, begin),
        steps,
        over=over,
        key=keys,
        observe=observe,
        every=every,
        judge=judge,
        devices=jax.devices(),
    )


def shaped(array: Any, shape: tuple[int, ...]) -> np.ndarray:
    """One row a run, with the axis of runs in the shape of what they were taken over."""
    return np.asarray(array).reshape(*shape, *array.shape[1:])


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
