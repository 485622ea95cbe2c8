"""A generator that trades with two critics: what smooth markets say of three networks. Balduzzi et
al. 2020.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.arms import part
from figures.common import starts
from figures.pictures import LOOKS, picture_gan, shown, valued
from minimax_lab import adversarial as adv
from minimax_lab import networks, objectives
from minimax_lab.networks.base import Network
from minimax_lab.profile import narrowed


class TwoCritics(eqx.Module):
    """(L_1 + L_2 of the generator, L_1 of the first critic, L_2 of the second), each pair under the
    same objective: a market where its two losses sum to zero.
    """

    pair: adv.Adversarial
    second: Network

    def __call__(self, x: mm.Profile, sample: adv.Batch) -> tuple[Any, Any, Any]:
        fake = self.pair.generator(x[0], sample.latent)
        sold, paid = zip(
            *(
                self.pair.objective(critic(own, sample.real), critic(own, fake))
                for critic, own in ((self.pair.discriminator, x[1]), (self.second, x[2]))
            ),
            strict=True,
        )
        return (sum(sold), *paid)


class Ledger(eqx.Module):
    """On one draw that stays the same: all losses, |v_i|^2, and the sentiments v_i J_ij v_j of
    every pair.
    """

    sample: adv.Batch

    def __call__(self, view: mm.View) -> Any:
        game, x = view.game, view.after
        v, losses = game.field(x, self.sample), jnp.stack(game.totals(x, self.sample))

        def column(only: Any) -> Any:
            """v_i J_ij v_j for the j that is not zero in `only`."""
            alone = mm.Profile(
                jax.tree.map(lambda leaf, share=share: share * leaf, own)
                for share, own in zip(only, v, strict=True)
            )
            return _each(v, game.push(x, alone, self.sample))

        columns = jax.lax.map(column, jnp.eye(len(x), dtype=x.dtype))
        return jnp.concatenate([losses[None], _each(v, v)[None], columns.T])


def _each(a: mm.Profile, b: mm.Profile) -> Any:
    return jnp.stack([mm.Profile((p,)) @ mm.Profile((q,)) for p, q in zip(a, b, strict=True)])


def market(pictures: str, width: int, batch: int, objective: objectives.Objective) -> mm.Game:
    """A smaller second critic beside the pair of two."""
    shape = shown(pictures).shape
    pair = networks.dcgan(shape, 2, latent=32, width=width, batch_norm=False)
    second = networks.dcgan(shape, 2, latent=32, width=max(width // 2, 1), batch_norm=False)
    one = picture_gan(pictures, pair, batch, objective=objective)
    return mm.Game(TwoCritics(one.losses, second.discriminator), data=one.data, draw=one.draw)


def market_start(game: mm.Game, key: Any) -> mm.Profile:
    """Fresh parameters for all three; from an array of keys, a stack."""
    if key.ndim:
        return jax.vmap(lambda one: market_start(game, one))(key)
    known, last = game.losses, jax.random.fold_in(key, 3)
    pair = adv.start(game, key)
    return mm.Profile((*pair, known.second.init(last, jnp.float32)))


@experiment(
    "slow",
    quick={"steps": 20, "seeds": 1, "every": 10, "width": 2, "flow": 4, "count": 100, "held": 16},
    gpu=(
        {
            "pictures": "data/cifar10-15000.npz",
            "steps": 6_000,
            "width": 32,
            "batch": 64,
            "every": 200,
        },
        {
            "pictures": "data/cifar10-15000.npz",
            "steps": 60_000,
            "width": 64,
            "batch": 64,
            "every": 2_000,
        },
    ),
)
def picture_market(
    steps: int = 1_500,
    every: int = 50,
    seeds: int = 4,
    step: float = 5e-4,
    pictures: str = "mnist-5000",
    width: int = 8,
    batch: int = 32,
    held: int = 128,
    flow: int = 100,
    small: float = 1e-4,
    count: int = 1000,
):
    """Two objectives: saturating, where every pair's losses sum to zero, and non-saturating, where
    they do not. Trained by Adam in turn, critics first, float32.

    Along training the ledger of a draw of `held`; from the first seed's end, `flow` plain small
    simultaneous steps on that draw alone in double precision, with their ledger: what the energy
    |v|^2 does, and what players' own curvatures say it should.
    """
    keys = jax.random.split(jax.random.key(0), seeds)
    found: dict[str, np.ndarray] = {}
    kinds = {"saturating": objectives.Saturating(), "non-saturating": objectives.NonSaturating()}
    for name, objective in kinds.items():

        def made(objective: objectives.Objective = objective) -> dict[str, np.ndarray]:
            game = market(pictures, width, batch, objective)
            drawn = market(pictures, width, held, objective).sample(jax.random.key(LOOKS))
            fine, coarse = narrowed(drawn, jnp.float64), narrowed(drawn, jnp.float32)
            run = mm.sweep(
                game,
                mm.Alternating(step, mm.Adam(first=0.5), order=(1, 2, 0)),
                starts(market_start, game, keys),
                steps,
                over=("start", "key"),
                key=keys,
                observe={"ledger": Ledger(coarse)},
                every=every,
                devices=jax.devices(),
            )
            finals = [jax.tree.map(lambda leaf, i=i: leaf[i], run.final) for i in range(seeds)]
            still, slow = mm.Game(game.losses, data=fine), mm.Simultaneous(small)
            begun, look = narrowed(finals[0], jnp.float64), {"ledger": Ledger(fine)}
            flowed = mm.run(still, slow, begun, flow, observe=look)
            worth = np.array([valued(game, x, count, pictures) for x in finals])
            return {
                "ledger": run.observed["ledger"],
                "flow": flowed.observed["ledger"],
                "distance": worth[:, 0],
                "covered": worth[:, 1],
                "outcomes": run.verdict.kind.astype(str),
                "indices": run.indices,
            }

        found |= part(name, made)
    return found | {"names": np.array(list(kinds)), "small": np.array(small)}
