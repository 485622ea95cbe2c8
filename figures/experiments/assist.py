"""AdvAs: walks and thresholds on the Dirac-GAN, the bias of its estimator, and what turns of the
discriminator leave it to do.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab import adversarial as adv

DIRAC = mm.games.dirac_gan()
LATENT = 4


def assisting(step: Any, strength: Any) -> mm.UpdateRule:
    """Simultaneous steps."""
    return mm.Simultaneous(step, mm.AssistAdversary(strength=strength))


def walked(values: dict[str, Any], start: Any, updates: int, every: int = 1) -> np.ndarray:
    """Every run's profiles, one row a look."""
    rules = assisting(values["step"], values["strength"])
    run = mm.sweep(
        DIRAC,
        rules,
        start,
        updates,
        observe={"x": mm.position},
        every=every,
        judge=mm.Judge(tolerance=1e-300),
    )
    return np.stack([np.asarray(part) for part in run.observed["x"]], axis=-1)


@experiment(quick={"side": 11, "updates": 400, "count": 5, "long": 400})
def assist_dirac(
    step: float = 0.1,
    shown: tuple[float, ...] = (0.0, 0.2, 2.0, 8.0),
    start: tuple[float, float] = (1.0, 1.0),
    side: int = 41,
    updates: int = 2_000,
    count: int = 8,
    shares: tuple[float, ...] = (0.8, 0.95, 1.05, 1.2),
    long: int = 4_000,
):
    """Walks at four strengths; energies at four shares of half the step; the rate by step and
    strength, fitted to the linear part of a run; and by step the strength at which the energy of a
    run neither grows nor falls, by interpolation.
    """
    many = {"step": jnp.full(len(shown), step), "strength": jnp.asarray(shown)}
    near = {"step": jnp.full(len(shares), step), "strength": jnp.asarray(shares) * step / 2}
    plane = mm.grid(step=np.geomspace(0.03, 4.5, side), strength=np.geomspace(0.01, 200, side))
    rows = np.sum(walked(plane, (1e-4, 0.0), 400, 4) ** 2, axis=-1)
    steps, of_half = np.geomspace(0.05, 0.8, count), np.linspace(0.7, 1.3, 25)
    line = mm.grid(step=steps, share=of_half)
    line["strength"] = line["share"] * line["step"] / 2
    energy = np.sum(walked(line, (1e-3, 0.0), updates) ** 2, axis=-1).reshape(
        count, len(of_half), -1
    )
    return {
        "walks": walked(many, start, 600),
        "energies": np.sum(walked(near, (1e-3, 0.0), long) ** 2, axis=-1),
        "map/step": plane["step"],
        "map/strength": plane["strength"],
        "map/rate": np.array([slope(row) / 4 for row in rows]),
        "steps": steps,
        "thresholds": np.array(
            [crossing(of_half * h / 2, e, h) for h, e in zip(steps, energy, strict=True)]
        ),
    }


def slope(energy: np.ndarray) -> float:
    """The change of log distance a row, over the second half of the rows until the walk is large or
    rounds to zero.

    Infinite where it is large at once.
    """
    fine = int(np.argmin(np.append((energy > 1e-250) & (energy < 1e-3), False)))
    used = np.arange(fine // 2, fine)
    if len(used) < 3:
        return np.inf if energy[-1] > 1e-3 else -np.inf
    return float(np.polyfit(used, np.log(energy[used]) / 2, 1)[0])


def crossing(strengths: np.ndarray, energy: np.ndarray, step: float) -> float:
    """Where the mean over the last turn is that over the first."""
    turn = min(round(4 * np.pi / step), energy.shape[1] // 2)
    growth = np.log(energy[:, -turn:].mean(axis=1) / energy[:, 1 : turn + 1].mean(axis=1))
    k = int(np.flatnonzero(growth > 0)[-1])
    return float(np.interp(0.0, growth[[k + 1, k]], strengths[[k + 1, k]]))


class Drawn(eqx.Module):
    """Real and latent rows, each drawn anew from a list."""

    count: int = eqx.field(static=True)

    def __call__(self, data: adv.Batch, key: Any) -> adv.Batch:
        one, two = (
            jax.random.randint(k, (self.count,), 0, len(data.real)) for k in jax.random.split(key)
        )
        return adv.Batch(data.real[one], data.latent[two])


@experiment("slow", quick={"batches": (16,), "budget": 1_024, "trained": 20})
def assist_bias(
    batches: tuple[int, ...] = (4, 16, 64, 256),
    budget: int = 131_072,
    rows: int = 1024,
    width: int = 16,
    trained: int = 500,
    seed: int = 5,
):
    """r and its gradient by minibatch, from one draw and from two, on two networks fresh and
    trained, `budget` samples for every batch size; the truth is that of the whole list of `rows`
    samples and latents, from which batches are drawn with replacement.
    """
    one, two, three = jax.random.split(jax.random.key(seed), 3)
    whole = adv.Batch(adv.ring(8, 2.0, 0.05)(one, rows), jax.random.normal(two, (rows, LATENT)))
    networks = adv.Perceptron((LATENT, width, width, 2)), adv.Perceptron((2, width, width, 1))
    losses = adv.Adversarial(*networks, mm.objectives.Saturating())
    fresh = mm.Profile(
        network.init(key, float)
        for network, key in zip(networks, jax.random.split(three), strict=True)
    )
    training = mm.Simultaneous(1e-3, mm.Adam(first=0.5))
    later = mm.run(
        mm.Game(losses, data=whole, draw=Drawn(64)),
        training,
        fresh,
        trained,
        key=one,
        every=trained,
    ).final
    points = mm.stack([fresh, later])
    r, excess, slope_r, slope_excess = jax.jit(
        jax.vmap(lambda x: exact(mm.Game(losses, data=whole), x))
    )(points)
    found: dict[str, Any] = {
        "r": r,
        "excess": excess,
        "slope": slope_r,
        "slope of excess": slope_excess,
        "batches": batches,
    }
    told = [
        estimates(mm.Game(losses, data=whole, draw=Drawn(batch)), points, budget // batch, three)
        for batch in batches
    ]
    return found | {
        name: np.stack([np.asarray(each[name]) for each in told], axis=1) for name in told[0]
    }


def exact(game: mm.Game, x: mm.Profile) -> tuple[Any, Any, Any, Any]:
    """r, the trace of the covariance of one example's gradient, and the gradients of both for the
    generator.
    """
    data = game.data

    def parts(own: Any) -> tuple[Any, Any]:
        at = x.replace(0, own)

        def gradient(real: Any, latent: Any) -> Any:
            sample = adv.Batch(real[None], latent[None])
            return mm.Profile(
                (jax.grad(lambda other: game.losses(at.replace(1, other), sample)[1])(at[1]),)
            ).ravel()[0]

        real = jax.vmap(lambda row: gradient(row, data.latent[0]))(data.real)
        fake = jax.vmap(lambda row: gradient(data.real[0], row))(data.latent)
        mean = jnp.mean(real, 0) + jnp.mean(fake, 0) - gradient(data.real[0], data.latent[0])
        return jnp.sum(mean**2), sum(jnp.sum(jnp.var(each, axis=0)) for each in (real, fake))

    (r, excess), slopes = parts(x[0]), jax.jacrev(parts)(x[0])
    return r, excess, *(mm.Profile((each,)).ravel()[0] for each in slopes)


def estimates(game: mm.Game, points: mm.Profile, draws: int, key: Any) -> dict[str, Any]:
    """Means and standard deviations of both estimators of r and of its gradient."""
    keys = jax.random.split(key, draws)

    def pull(x: mm.Profile, key: Any, first: Any, paired: bool) -> Any:
        turn = mm.AssistAdversary(strength=1.0, paired=paired)(
            game, x, (None, None), mm.Tick(0, key)
        )[0]
        return mm.Profile(((turn - game.field(x, game.sample(first)))[0],)).ravel()[0]

    def once(x: mm.Profile, key: Any) -> tuple[Any, ...]:
        one, two = jax.random.split(
            key
        )  # as the paired direction does, which shows the gradient the first
        v, w = (mm.Profile((game.field(x, game.sample(k))[1],)) for k in (one, two))
        return v @ v, v @ w, pull(x, key, key, False), pull(x, key, one, True)

    @jax.jit
    def summed(points: mm.Profile) -> dict[str, Any]:
        def of(x: mm.Profile) -> dict[str, Any]:
            told = jax.lax.map(lambda k: once(x, k), keys, batch_size=256)
            names = "plain", "paired", "slope, plain", "slope, paired"
            means = {name: jnp.mean(array, axis=0) for name, array in zip(names, told, strict=True)}
            return means | {
                f"{name}/spread": jnp.std(array, axis=0)
                for name, array in zip(names, told, strict=True)
            }

        return jax.vmap(of)(points)

    return summed(points) | {"draws": jnp.full(2, draws)}


@experiment(quick={"turns": (1, 2), "penalties": (0.3,)})
def assist_turns(
    step: float = 0.1,
    turns: tuple[int, ...] = (1, 2, 3, 5, 8, 12),
    penalties: tuple[float, ...] = (0.0, 0.3, 1.0),
    strengths: tuple[float, ...] = (0.0, 0.5),
):
    """How much nearer the Dirac-GAN comes in a turn of the generator, by turns of the discriminator
    for each, by its R1 penalty and by strength of AdvAs: the modulus of the update's leading
    eigenvalue.
    """
    rest = mm.Profile((0.0, 0.0))
    radii = np.empty((len(turns), len(penalties), len(strengths)))
    for i, count in enumerate(turns):
        for j, penalty in enumerate(penalties):
            for k, strength in enumerate(strengths):
                direction = mm.AssistAdversary(strength=strength)
                rule = mm.Alternating(step, direction, order=(1,) * count + (0,))
                radii[i, j, k] = mm.update_spectrum(
                    mm.games.dirac_gan(penalty=penalty), rule, rest
                ).radius
    return {
        "radii": radii,
        "turns": np.array(turns),
        "penalties": np.array(penalties),
        "strengths": np.array(strengths),
    }
