"""A classifier of digits against a player who changes every picture within a box: the methods of
GDA-AM where strategies are bounded.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.experiments.picture_domains import Convolved
from figures.pictures import shown
from minimax_lab import adversarial as adv

FREE = float("inf")


class Disturbed(eqx.Module):
    """(mean of the mistakes, minus their sum): the classifier's, and that of who changes the
    pictures, each of which is a matter of its own, so that its slope does not depend on how many
    there are.
    """

    features: Convolved
    classifier: adv.Perceptron

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Any, Any]:
        pictures, labels = sample
        mistakes = self.mistakes(x[0], pictures + x[1], labels)
        return jnp.mean(mistakes), -jnp.sum(mistakes)

    def scores(self, parameters: Any, pictures: Any) -> Any:
        return self.classifier(parameters[1], self.features(parameters[0], pictures))

    def mistakes(self, parameters: Any, pictures: Any, labels: Any) -> Any:
        """Cross-entropies, one a picture."""
        scores = self.scores(parameters, jnp.clip(pictures, -1, 1))
        return optax.softmax_cross_entropy_with_integer_labels(scores, labels)


def rules(steps: tuple[float, float], depth: int) -> dict[str, mm.UpdateRule]:
    """Adam without first moments in all."""
    adam = mm.Adam(first=0.0, second=0.9)
    turns = mm.Alternating(steps, adam, order=(1, 0))
    ahead = mm.Extragradient(steps, adam)
    return {
        "at once": mm.Simultaneous(steps, adam),
        "in turn": turns,
        "extragradient": ahead,
        "in turn, mixed": mm.Anderson(turns, depth, remedy=None),
        "extragradient, mixed": mm.Anderson(ahead, depth, remedy=None),
    }


@experiment(
    "slow",
    quick={
        "budget": 40,
        "seeds": 1,
        "width": 2,
        "seen": 50,
        "tested": 20,
        "every": 5,
        "attack": 2,
    },
    gpu=(
        {"seen": 4_000, "tested": 1_000, "budget": 4_000, "width": 16, "every": 50},
        {"seen": 4_000, "tested": 1_000, "budget": 40_000, "width": 32, "seeds": 5, "every": 500},
    ),
)
def picture_robust(
    budget: int = 600,
    every: int = 10,
    seeds: int = 3,
    pictures: str = "mnist-5000",
    box: float = 0.3,
    steps: tuple[float, float] = (0.002, 0.02),
    depth: int = 5,
    width: int = 8,
    features: int = 64,
    seen: int = 1_000,
    tested: int = 500,
    attack: int = 20,
    boxes: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4),
):
    """All pictures at every update; boxes in units of the range from black to white, whose half is
    what networks see as one. Equal budgets of gradient blocks, float32; and a classifier that
    nobody disturbs.

    By rule and seed: the share of unseen digits that is still right when `attack` steps of
    projected signs disturb them, by the attack's box; along the way the classifier's loss.
    """
    train, test = shown(pictures).train, shown(pictures).test
    numbers, labels = _numbers(train.pixels[:seen]), jnp.asarray(train.labels[:seen])
    unseen, answers = _numbers(test.pixels[:tested]), jnp.asarray(test.labels[:tested])
    loss = Disturbed(Convolved(train.shape, width, features), adv.Perceptron((features, 10)))
    starts = mm.stack([_start(loss, jax.random.key(seed), numbers) for seed in range(seeds)])
    named = rules(steps, depth)
    undisturbed = ("undisturbed", named["at once"], 1e-9)
    found: dict[str, np.ndarray] = {"names": np.array([*named, "undisturbed"])}
    for name, rule, side in (*((n, r, 2 * box) for n, r in named.items()), undisturbed):
        limits = mm.games.Box(low=(-FREE, -side), high=(FREE, side))
        game = mm.Game(loss, data=(numbers, labels), project=limits)

        def made(game: mm.Game = game, rule: mm.UpdateRule = rule) -> dict[str, Any]:
            updates = int(budget / rule.cost(2).gradients / every) * every
            observe = {"losses": mm.losses}
            run = mm.sweep(
                game, rule, starts, updates, over=("start",), observe=observe, every=every
            )
            right = [
                [
                    _attacked(loss, _own(run.final[0], i), unseen, answers, 2 * b, attack)
                    for b in boxes
                ]
                for i in range(seeds)
            ]
            return {
                "loss": run.observed["losses"][..., 0],
                "blocks": run.indices * rule.cost(2).gradients,
                "outcomes": run.verdict.kind.astype(str),
                "right": np.array(right, float),
            }

        found |= part(name, made)
    return found


@eqx.filter_jit
def _attacked(
    loss: Disturbed, parameters: Any, pictures: Any, answers: Any, side: Any, steps: int
) -> Any:
    """The share that is right after so many projected steps of signs, each an eighth of the box."""

    def total(change: Any) -> Any:
        return jnp.sum(loss.mistakes(parameters, pictures + change, answers))

    def step(_: Any, change: Any) -> Any:
        return jnp.clip(change + side / 8 * jnp.sign(jax.grad(total)(change)), -side, side)

    change = jax.lax.fori_loop(0, steps, step, jnp.zeros_like(pictures))
    scores = loss.scores(parameters, jnp.clip(pictures + change, -1, 1))
    return jnp.mean((jnp.argmax(scores, -1) == answers).astype(jnp.float32))


def _start(loss: Disturbed, key: Any, pictures: Any) -> mm.Profile:
    one, two = jax.random.split(key)
    networks = loss.features.init(one, jnp.float32), loss.classifier.init(two, jnp.float32)
    return mm.Profile((networks, jnp.zeros_like(pictures)))


def _numbers(pixels: np.ndarray) -> Any:
    return adv.as_numbers(jnp.asarray(pixels), jnp.asarray(1 / 127.5, jnp.float32))


def _own(tree: Any, rank: int) -> Any:
    return jax.tree.map(lambda leaf: leaf[rank], tree)
