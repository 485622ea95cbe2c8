"""Gap-aware steps and AdvAs, each alone and both: on the Dirac-GAN, on eight Gaussians, and by the
turns of the discriminator.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.common import keys_of, shaped
from figures.gans import plane_gan, trained
from minimax_lab import adversarial as adv

RING = adv.ring(8, radius=2.0, deviation=0.05)
LATENT, SAMPLES, LOOK = 8, 1024, 2048
DIRAC = mm.games.dirac_gan()


def mixed(strength: Any, scheduled: Any, paired: bool = True) -> mm.Direction:
    """Adam (0.5, 0.999) of the gradient with AdvAs of this strength, normalised; gap-aware where
    `scheduled` is 1, not where 0.

    A strength of zero and bounds of one are the wrapped direction, bit for bit, so all four are one
    program on the same draws.
    """
    inner = mm.AssistAdversary(strength=strength, normalised=True, paired=paired)
    return mm.GapAware(mm.Adam(inner, first=0.5), low=0.1**scheduled, high=2.0**scheduled)


class Stray(eqx.Module):
    """Norms of both gradients on `LOOK` fresh samples: on the update's own batch the
    discriminator's would be mostly noise.
    """

    def __call__(self, view: mm.View) -> Any:
        one, two = jax.random.split(jax.random.fold_in(view.key, 2))
        dtype = view.after.dtype
        real = view.game.data(one, LOOK).astype(dtype)
        return view.game.field(
            view.after, adv.Batch(real, jax.random.normal(two, (LOOK, LATENT), dtype))
        ).norms()


class Distance(eqx.Module):
    """Sliced Wasserstein distance to as many true samples."""

    def __call__(self, fake: Any) -> Any:
        return adv.sliced_wasserstein(fake, RING(jax.random.key(7), len(fake)).astype(fake.dtype))


OBSERVE = {
    "norms": Stray(),
    "losses": mm.losses,
    "scale": mm.step_scale,
    "counts": adv.Sampled(adv.ModeCounts(RING), SAMPLES),
    "distance": adv.Sampled(Distance(), SAMPLES),
}


def energy(view: mm.View) -> Any:
    """theta^2 + psi^2."""
    return view.after @ view.after


@experiment(quick={"updates": 400, "starts": 4, "long": 2000})
def gap_and_assist(
    step: float = 0.1,
    rate: float = 0.01,
    strengths: tuple[float, ...] = (0.0, 0.03, 0.5),
    updates: int = 3_000,
    starts: int = 16,
    every: int = 10,
    decays: tuple[float, ...] = (0.0, 0.95),
    long: int = 40_000,
):
    """Energies on the Dirac-GAN by strength of AdvAs, with and without gap-aware steps, from starts
    on the circle of radius 1/2; at once, by the gradient and by Adam. And the orbit that gap-aware
    steps leave, by strength up to the threshold step/2.
    """
    values, shape = (
        mm.grid(strength=strengths, scheduled=(0, 1), start=range(starts)),
        (len(strengths), 2, starts, -1),
    )
    angle, on = 2 * np.pi * values["start"] / starts, values["scheduled"]
    circle = mm.Profile((0.5 * jnp.cos(angle), 0.5 * jnp.sin(angle)))
    inner, found = mm.AssistAdversary(strength=values["strength"]), {}
    for name, of, by in (("gradient", inner, step), ("Adam", mm.Adam(inner, first=0.5), rate)):
        rule = mm.Simultaneous(jnp.full_like(angle, by), mm.GapAware(of, low=0.1**on, high=2.0**on))
        seen = {"energy": energy}
        run = mm.sweep(
            DIRAC, rule, circle, updates, over=("rule", "start"), observe=seen, every=every
        )
        found[name] = run.observed["energy"].reshape(shape)
    values = mm.grid(decay=decays, strength=np.linspace(0, step / 2, 11))
    direction = mm.GapAware(mm.AssistAdversary(strength=values["strength"]), decay=values["decay"])
    rule = mm.Simultaneous(jnp.full_like(values["decay"], step), direction)
    run = mm.sweep(DIRAC, rule, (0.3, 0.0), long, observe={"energy": energy}, every=every)
    lag, slopes = step * values["decay"] / (1 - values["decay"]), np.log(20) / (0.1 * np.log(4))
    return found | {
        "indices": np.arange(0, updates + 1, every),
        "orbit/strength": values["strength"],
        "orbit/decay": values["decay"],
        "orbit/wanted": 8 * (step - 2 * values["strength"]) * (1 + lag**2) / slopes,
        "orbit/measured": run.observed["energy"][:, -long // every // 8 :].mean(axis=1),
    }


def gan(width: int, batch: int) -> mm.Game:
    """Two perceptrons of two hidden layers."""
    return plane_gan(RING, (width, width), batch, LATENT)


def played(
    game: mm.Game, rule: mm.UpdateRule, seeds: Any, updates: int, every: int, shape: tuple[int, ...]
) -> dict[str, Any]:
    """One run a seed, which fixes its start and batches; what was seen of them in this shape."""
    run = trained(game, rule, keys_of(3300 + jnp.asarray(seeds, int)), updates, every, OBSERVE)
    told = {**run.observed, "lost": run.verdict.kind == mm.Outcome.DIVERGED}
    found = {name: shaped(array, shape) for name, array in told.items()}
    return found | {"indices": run.indices}


@experiment(
    "slow",
    quick={
        "strengths": (0.0, 1.0),
        "rates": (1e-3,),
        "seeds": 1,
        "updates": 40,
        "every": 20,
        "single": (),
    },
)
def assist_ring(
    rate: float = 1e-3,
    rates: tuple[float, ...] = (1e-3, 1e-2),
    strengths: tuple[float, ...] = (0.0, 0.01, 1.0),
    single: tuple[float, ...] = (1.0,),
    seeds: int = 8,
    updates: int = 2_000,
    every: int = 50,
    width: int = 32,
    batch: int = 128,
):
    """Adam at once with AdvAs by strength, from two batches, each with and without gap-aware steps;
    and from one batch; float32.

    By strength, schedule, rate of the discriminator, seed and row: norms of both gradients on many
    samples, losses, s, samples near each mode, distance.
    """
    game = gan(width, batch)
    values = mm.grid(strength=strengths, scheduled=(0, 1), rate=rates, seed=range(seeds))
    rules = mm.Simultaneous(
        (jnp.full_like(values["rate"], rate), values["rate"]),
        mixed(values["strength"], values["scheduled"]),
    )
    found = played(
        game, rules, values["seed"], updates, every, (len(strengths), 2, len(rates), seeds)
    )
    for strength in single:
        values = mm.grid(rate=rates, seed=range(seeds))
        rules = mm.Simultaneous(
            (jnp.full_like(values["rate"], rate), values["rate"]),
            mixed(strength, 0.0, paired=False),
        )
        told = played(game, rules, values["seed"], updates, every, (len(rates), seeds))
        found |= {f"single {strength:g}/{name}": array for name, array in told.items()}
    return found


@experiment(
    "slow", quick={"turns": (1,), "strengths": (0.0, 1.0), "seeds": 1, "updates": 20, "every": 10}
)
def assist_steps(
    turns: tuple[int, ...] = (1, 2, 4, 8),
    rate: float = 1e-3,
    strengths: tuple[float, ...] = (0.0, 0.01, 1.0),
    seeds: int = 8,
    updates: int = 1_000,
    every: int = 50,
    width: int = 32,
    batch: int = 64,
):
    """The same game in turn, so many turns of the discriminator for one of the generator, by
    strength and seed; float32.
    """
    game, values = gan(width, batch), mm.grid(strength=strengths, seed=range(seeds))
    found: dict[str, Any] = {}
    for count in turns:
        rule = mm.Alternating(
            jnp.full_like(values["strength"], rate),
            mixed(values["strength"], 0.0),
            order=(1,) * count + (0,),
        )
        told = played(game, rule, values["seed"], updates, every, (len(strengths), seeds))
        found |= {f"{count}/{name}": array for name, array in told.items()}
    return found
