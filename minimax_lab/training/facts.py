"""What is measured of a run at the moment it has come to: eigenvalues, norms, the discriminator's
logits, what the generator makes. Numbers only; what they mean is said in `findings`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..adversarial.gan import Adversarial, adversarial, generate
from ..adversarial.measures import covered as well_covered
from ..adversarial.measures import mode_counts
from ..adversarial.mixtures import Mixture
from ..checks import InputError
from ..directions.base import Tick
from ..game import Game, Sample
from ..profile import Profile
from ..rules.base import State, UpdateRule
from .eigenvalues import Leading, Walk, enlarged, field_values, held_game, update_values

SURE = 4.0  # a logit beyond which a sigmoid is within two hundredths of its end
PROBES, RATE = 200, 1e-3  # steps of Adam by which the discriminator is tried, and their size
TRIALS = 8  # updates whose lengths are averaged
NEAR = 0.25  # of the way to the next mode: within it a sample belongs to one

Pair = tuple[float, ...]
Coverage = tuple[int, int]  # how many modes there are samples of, and how many there are
Covering = Coverage | Callable[[Profile], Coverage]


@dataclasses.dataclass(frozen=True)
class Discriminator:
    """What the discriminator says: mean logits and sigmoids on real and on fake, the share of both
    beyond a logit of four, how often a real sample is above a fake one; what is left to the
    generator of the push at undecided logits; and the loss after a few hundred steps more alone.
    """

    logits: Pair
    sigmoids: Pair
    saturated: float
    separation: float
    push: float
    probed: float


@dataclasses.dataclass(frozen=True)
class Facts:
    """All that is known of the present moment of a run.

    Norms are one number a player: `updates` are those of an update from here, `reaches` of one that
    remembers nothing, `leaps` the longest among the rows observed. `losses` are without penalties,
    on one large draw, `ideal` where the game knows them. `spread` is the variance of fake samples
    over that of real ones.
    """

    steps: int | None
    field: Leading
    update: Leading | None
    update_unknown: str
    step: Pair | None
    weights: Pair
    gradients: Pair
    updates: Pair
    reaches: Pair
    leaps: Pair | None
    losses: Pair
    ideal: tuple[float | None, ...] | None
    discriminator: Discriminator | None
    spread: float | None
    coverage: Coverage | None
    verdict: str | None
    trends: Mapping[str, Sequence[Pair]]


def gather(
    game: Game,
    walk: Walk,
    x: Profile,
    *,
    key: PRNGKeyArray,
    steps: int | None,
    lines: Sequence[Mapping[str, Any]],
    covering: Covering | None,
    depth: int,
    samples: int,
    linearised: int,
) -> Facts:
    """Everything, measured at the walker but for what the generator makes: that is x's."""
    held, curved = held_game(game, samples, key), held_game(game, linearised, key)
    norms = _norms(held, walk.x)
    losses = tuple(map(float, held.losses(walk.x, held.data)))
    update, unknown = update_values(curved, walk, depth)
    return Facts(
        steps=lines[-1]["step"] if lines else steps,
        field=field_values(curved, walk.x, depth),
        update=update,
        update_unknown=unknown,
        step=_step(walk),
        weights=_pair(walk.x.norms()),
        gradients=norms,
        updates=_moves(game, walk, key),
        reaches=_moves(game, walk._replace(state=None), key),
        leaps=_leaps(lines),
        losses=losses,
        ideal=game.ideal,
        discriminator=_discriminator(game, held, walk.x, key),
        spread=_spread(game, x, key, samples),
        coverage=_coverage(game, x, key, samples, covering),
        verdict=str(lines[-1]["verdict"]) if lines and "verdict" in lines[-1] else None,
        trends=_trends(lines),
    )


@eqx.filter_jit
def _field_norms(held: Game, x: Profile) -> Array:
    return held.field(x, held.data).norms()


def _norms(held: Game, x: Profile) -> Pair:
    return _pair(_field_norms(held, x))


def _moves(game: Game, walk: Walk, key: PRNGKeyArray) -> Pair:
    """How far an update moves each player, on average over a few draws."""
    state = walk.rule.init(game, walk.x, key) if walk.state is None else walk.state
    return _pair(_moved(game, walk.rule, walk.x, state, jnp.int32(walk.steps), key))


@eqx.filter_jit
def _moved(
    game: Game, rule: UpdateRule, x: Profile, state: State, index: Array, key: PRNGKeyArray
) -> Array:
    def trial(key: PRNGKeyArray) -> Array:
        return (rule.update(game, x, state, Tick(index, key))[0] - x).norms()

    return jnp.mean(jax.lax.map(trial, jax.random.split(key, TRIALS)), axis=0)


def _step(walk: Walk) -> Pair | None:
    step = getattr(walk.rule, "step", None)
    if step is None:
        return None
    steps = step if isinstance(step, tuple) else (step,) * len(walk.x)
    return tuple(map(float, steps))


def _discriminator(game: Game, held: Game, x: Profile, key: PRNGKeyArray) -> Discriminator | None:
    networks = _networks(game)
    if networks is None:
        return None
    *both, push = _logits(networks, x, _batch(held.data))
    real, fake = (np.asarray(logits, float).ravel() for logits in both)
    trained = _probed(game, x, jax.random.fold_in(key, 1))
    return Discriminator(
        logits=(float(real.mean()), float(fake.mean())),
        sigmoids=(float(_sigmoid(real).mean()), float(_sigmoid(fake).mean())),
        saturated=float(np.mean(np.abs(np.concatenate([real, fake])) > SURE)),
        separation=_separation(real, fake),
        push=float(push),
        probed=float(held.losses(trained, held.data)[1]),
    )


@eqx.filter_jit
def _logits(networks: Adversarial, x: Profile, sample: Any) -> tuple[Array, Array, Array]:
    """On real and on fake samples; and the slopes of the generator's loss in the latter, in units
    of what they are where all logits are zero.
    """
    real = networks.discriminator(x[1], sample.real)
    fake = networks.discriminator(x[1], networks.generator(x[0], sample.latent))

    def slopes(real: Array, fake: Array) -> Array:
        return jnp.sum(jnp.abs(jax.grad(lambda fake: networks.objective(real, fake)[0])(fake)))

    return real, fake, slopes(real, fake) / slopes(0 * real, 0 * fake)


@eqx.filter_jit
def _probed(game: Game, x: Profile, key: PRNGKeyArray) -> Profile:
    """The profile after the discriminator alone has gone on, by Adam, on draws of the game."""
    adam = optax.adam(RATE, b1=0.5)

    def step(pair: tuple[PyTree, PyTree], key: PRNGKeyArray) -> tuple[tuple[PyTree, PyTree], None]:
        own, memory = pair
        slope = jax.grad(lambda own: game.totals(x.replace(1, own), game.sample(key))[1])(own)
        with jax.numpy_dtype_promotion("standard"):
            change, memory = adam.update(slope, memory)
            own = game.project(x.replace(1, optax.apply_updates(own, change)))[1]
        return (own, memory), None

    (own, _), _ = jax.lax.scan(step, (x[1], adam.init(x[1])), jax.random.split(key, PROBES))
    return x.replace(1, own)


def _separation(real: np.ndarray, fake: np.ndarray) -> float:
    """How often a real sample's logit is above a fake one's; ties count half."""
    ranked = np.sort(fake)
    below, upto = (np.searchsorted(ranked, real, side) for side in ("left", "right"))
    return float(np.mean(below + upto) / (2 * len(fake)))


def _spread(game: Game, x: Profile, key: PRNGKeyArray, samples: int) -> float | None:
    if _networks(game) is None:
        return None
    real = _batch(enlarged(game, samples).sample(key)).real
    fake = generate(game, x, key, samples)
    of_real, of_fake = (float(jnp.sum(jnp.var(part, axis=0))) for part in (real, fake))
    return of_fake / of_real if of_real > 0 else None


def _coverage(
    game: Game, x: Profile, key: PRNGKeyArray, samples: int, covering: Covering | None
) -> Coverage | None:
    if covering is not None:
        return tuple(map(int, covering(x) if callable(covering) else covering))  # type: ignore[return-value]
    if _networks(game) is None or not isinstance(game.data, Mixture) or len(game.data.centres) < 2:
        return None
    centres = np.asarray(game.data.centres, float)
    apart = np.linalg.norm(centres[:, None] - centres, axis=-1)
    radius = NEAR * float(np.min(apart[apart > 0]))
    counts = mode_counts(generate(game, x, key, samples), centres, radius)
    return int(well_covered(np.asarray(counts), samples)), len(centres)


def _leaps(lines: Sequence[Mapping[str, Any]]) -> Pair | None:
    rows = [row["update_norms"] for row in lines if row.get("update_norms")]
    if not rows:
        return None
    known = np.nan_to_num(np.asarray(rows, float))  # what was not finite is null
    return _pair(np.max(known, axis=0))


def _trends(lines: Sequence[Mapping[str, Any]]) -> dict[str, list[Pair]]:
    """The medians of each quarter of the rows, of everything that is a pair of numbers."""
    if len(lines) < 8:
        return {}
    names = [
        name
        for name, value in lines[-1].items()
        if isinstance(value, list | tuple) and len(value) == 2
    ]
    told = {}
    for name in names:
        rows = [row[name] for row in lines if row.get(name) and None not in row[name]]
        if len(rows) >= 8:
            quarters = np.array_split(np.asarray(rows, float), 4)
            told[name] = [_pair(np.median(part, axis=0)) for part in quarters]
    return told


def _networks(game: Game) -> Adversarial | None:
    try:
        return adversarial(game)
    except InputError:
        return None


def _batch(sample: Sample) -> Any:
    """The batch of a GAN in its game's sample, which a noisy game puts beside a key."""
    return sample if hasattr(sample, "real") else sample[0]


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(logits / 2))


def _pair(values: Any) -> Pair:
    return tuple(float(value) for value in np.asarray(values))
