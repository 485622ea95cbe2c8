"""The comparison on rotated digits once more, every seed with a split of its own into source,
target and test.
"""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import EACH, keys_of, trained
from figures.experiments.domains import digit_game
from minimax_lab import adversarial as adv

ARMS = {
    "source only": (0.0, 1.0, 1.0),
    "constant": (1.0, 1.0, 1.0),
    "gap-aware": (1.0, 0.1, 2.0),
}  # share of the ramp, bounds of s


@experiment("slow", quick={"steps": 60, "seeds": 2, "activations": ("relu",)})
def domain_splits(
    activations: tuple[str, ...] = ("relu", "leaky_relu"),
    steps: int = 1_500,
    seeds: int = 24,
    rate: float = 0.01,
    learner: float = 0.001,
    batch: int = 128,
):
    """By the discriminator's activation, arm and seed: accuracy and the discriminator's loss at the
    end. Splits 1, 2, ...
    """
    digits, found = [adv.shifted_digits("rotated", split) for split in range(1, seeds + 1)], {}
    keys = keys_of(jnp.tile(jnp.arange(seeds), len(ARMS)))
    factor, low, high = (
        jnp.repeat(jnp.array(setting), seeds) for setting in zip(*ARMS.values(), strict=True)
    )
    ramped = adv.Reversal(adv.Reversal(factor=adv.Ramp(steps)), factor=factor)
    rule = mm.Simultaneous((learner, rate), mm.GapAware(mm.Adam(ramped), low=low, high=high))
    for activation in activations:
        games = [digit_game(split.seen, batch, activation) for split in digits]
        run = trained(
            lambda _, keys, first=games[0]: adv.domain_start(first, keys),
            mm.stack(games * len(ARMS)),
            rule,
            keys,
            steps,
            steps,
            {"losses": adv.whole_losses},
            over=("game", *EACH),
        )
        tests = jnp.asarray(np.stack([split.test for split in digits] * len(ARMS)), jnp.float32)
        guesses = jax.vmap(
            lambda x, inputs, scores=games[0].losses.scores: jnp.argmax(scores(x, inputs), -1)
        )(run.final, tests)
        right = np.asarray(guesses) == np.stack([split.answers for split in digits] * len(ARMS))
        found[f"{activation}/accuracy"] = right.mean(-1).reshape(len(ARMS), seeds)
        found[f"{activation}/loss"] = run.observed["losses"][:, -1, 1].reshape(len(ARMS), seeds)
    return found | {"names": np.array(list(ARMS))}
