"""Why gap-aware steps hold a domain discriminator's loss so well: is it alive, and are the domains
alike to another one?
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, trained
from figures.experiments.domains import digit_game
from minimax_lab import adversarial as adv

BOUNDS = {"constant": (1.0, 1.0), "gap-aware": (0.1, 2.0)}


def active(view: mm.View) -> Any:
    """The share of the discriminator's hidden units with a positive input on any example of either
    domain.
    """
    data, losses, (learner, discriminator) = view.game.data, view.game.losses, view.after
    seen = losses.features(learner[0], jnp.concatenate([data.source, data.target]))
    inputs = seen @ discriminator[0]["weight"] + discriminator[0]["bias"]
    return jnp.mean(jnp.any(inputs > 0, axis=0).astype(inputs.dtype))


def probed(seen: Any, count: int) -> float:
    """Balanced accuracy on every second example of a linear domain classifier fitted, by least
    squares, to the others.
    """
    domain = np.where(np.arange(len(seen)) < count, 1.0, -1.0)
    inputs = np.concatenate([seen, np.ones((len(seen), 1))], axis=1).astype(float)
    weights = np.where(domain > 0, 1 / np.sqrt(count), 1 / np.sqrt(len(seen) - count))[::2]
    fitted = np.linalg.lstsq(weights[:, None] * inputs[::2], weights * domain[::2], rcond=1e-6)[0]
    right = inputs[1::2] @ fitted * domain[1::2] > 0
    return float((right[domain[1::2] > 0].mean() + right[domain[1::2] < 0].mean()) / 2)


@experiment("slow", quick={"steps": 60, "every": 20, "seeds": 2, "activations": ("relu",)})
def domain_silence(
    activations: tuple[str, ...] = ("relu", "leaky_relu"),
    steps: int = 1_500,
    every: int = 50,
    seeds: int = 24,
    rate: float = 0.01,
    learner: float = 0.001,
    batch: int = 128,
):
    """Rotated digits again, by the discriminator's activation, arm and seed: units active, loss,
    accuracy, at the end a probe.
    """
    digits, found = adv.shifted_digits("rotated"), {}
    keys = keys_of(jnp.tile(jnp.arange(seeds), len(BOUNDS)))
    low, high = (
        jnp.repeat(jnp.array(bound), seeds) for bound in zip(*BOUNDS.values(), strict=True)
    )
    direction = mm.GapAware(mm.Adam(adv.Reversal(factor=adv.Ramp(steps))), low=low, high=high)
    rule = mm.Simultaneous((learner, rate), direction)
    observe = {
        "accuracy": adv.Accuracy(digits.test, digits.answers),
        "losses": adv.whole_losses,
        "active": active,
    }
    for activation in activations:
        game = digit_game(digits.seen, batch, activation)
        run = trained(adv.domain_start, game, rule, keys, steps, every, observe)
        shape = (len(BOUNDS), seeds, len(run.indices))
        found |= {
            f"{activation}/{part}": run.observed[part].reshape(shape)
            for part in ("accuracy", "active")
        }
        found[f"{activation}/loss"] = run.observed["losses"][..., 1].reshape(shape)
        found[f"{activation}/probe"] = _probes(game, run.final, len(digits.seen.source)).reshape(
            shape[:2]
        )
    return found | {"names": np.array(list(BOUNDS)), "indices": run.indices}


def _probes(game: mm.Game, final: mm.Profile, count: int) -> np.ndarray:
    inputs = jnp.concatenate([jnp.asarray(game.data.source), jnp.asarray(game.data.target)]).astype(
        final.dtype
    )
    seen = np.asarray(jax.vmap(lambda learner: game.losses.features(learner[0], inputs))(final[0]))
    return np.array([probed(each, count) for each in seen])
