"""The explorer's rules against the catalogue's games of two numbers and the Dirac-GAN's objectives:
what becomes of each.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab import objectives as of
from minimax_lab.explorer.verb import RULES
from minimax_lab.game import identity
from minimax_lab.games import catalogue

OBJECTIVES = {
    "Wasserstein": of.Wasserstein(),
    "least squares": of.LeastSquares(),
    "hinge": of.Hinge(),
    "relativistic": of.Relativistic(),
    "domain confusion": of.DomainConfusion(),
}


class Chosen(eqx.Module):
    """The losses of one of several games, by the number in the sample: a rule compiles once for all
    of them.
    """

    games: tuple[str, ...] = eqx.field(static=True)

    def __call__(self, x, sample):
        return _chosen(self.games, sample, *x)


@functools.partial(jax.jit, static_argnums=0)
def _chosen(names, sample, *x):
    def totals(game, *x):
        return game.totals(mm.Profile(x), game.sample(None))

    return jax.lax.switch(sample, [functools.partial(totals, _named(n)[0]) for n in names], *x)


@functools.cache
def _named(name):
    """A game and its start: an objective of the Dirac-GAN, or one of the catalogue."""
    if name in OBJECTIVES:
        return mm.games.dirac_gan(OBJECTIVES[name]), (1.0, 1.0)
    entry = catalogue()[name]
    return entry.make(), entry.start


def _plain(name):
    """Whether a game has two numbers, the whole plane for them, and no draws."""
    game, start = _named(name)
    return sum(map(np.size, start)) == 2 and game.project is identity and not game.random


@experiment("slow", quick={"steps": 60, "games": ("bilinear", "cubic"), "rules": 2})
def verdicts(
    steps: int = 2_000,
    games: tuple[str, ...] = (),
    objectives: tuple[str, ...] = (
        "Wasserstein",
        "least squares",
        "hinge",
        "relativistic",
        "domain confusion",
    ),
    rules: int = 21,
    every: int = 20,
):
    """The verdict on one run a pair, from the game's own start with step 0.1, and the mean change
    of the log of the natural residual an update.

    Without names, all games that have a whole plane and no draws; the catalogue's Dirac-GANs are of
    the first two objectives. GapAware, the last of the rules, needs an ideal loss, which few have.
    """
    names = tuple(name for name in (*objectives, *(games or catalogue())) if _plain(name))
    many = mm.stack([mm.Game(Chosen(names), jnp.asarray(i)) for i in range(len(names))])
    starts = mm.stack([mm.Profile(map(float, _named(name)[1])) for name in names])
    kinds, rates = [], []
    for rule in RULES[:rules]:
        run = mm.sweep(
            many,
            rule,
            starts,
            steps,
            over=("game", "start"),
            observe={"residual": mm.residual},
            every=every,
        )
        kinds.append(run.verdict.kind.astype(str))
        rows = np.asarray(run.observed["residual"], float)
        rates.append([_pace(*pair, every) for pair in zip(kinds[-1], rows, strict=True)])
    return {
        "names": np.array(names),
        "objectives": np.array(objectives),
        "rules": np.array([mm.label(rule) for rule in RULES[:rules]]),
        "kinds": np.array(kinds).T,
        "rates": np.array(rates).T,
    }


def _pace(kind, residual, every, least=1e-12):
    """How fast the log of the residual changes; to the end, or for what converges until it has
    shrunk to a share of `least`.
    """
    if kind not in ("converged", "running"):
        return np.nan
    last, going = len(residual) - 1, np.isfinite(residual) & (residual > least * residual[0])
    if kind == "converged" and not going.all():
        last = int(np.argmin(going)) - 1
    if last < 1:
        return np.nan
    with np.errstate(divide="ignore"):
        return np.log(residual[last] / residual[0]) / (last * every)
