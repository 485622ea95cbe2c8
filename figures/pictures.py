"""What experiments on generators of pictures share: the pictures, training from seeds in stages
with equal budgets, and what generators are worth at each stage. A change here makes all their
records stale.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from figures.common import starts
from minimax_lab import adversarial as adv
from minimax_lab import images, measures, training

LATENTS, LOOKS = 100, 200  # of the keys that draw what is judged, and what fields are linearised on
OBSERVE = {"losses": mm.losses, "norms": mm.gradient_norms}


@functools.cache
def shown(name: str) -> images.Images:
    """A known set, or the file of one: four fifths to learn from, one that only the judge sees."""
    return images.load(name).split()


@functools.cache
def judge(name: str) -> measures.Classifier:
    """The classifier whose features are compared."""
    return measures.classifier(shown(name))


@functools.cache
def real_moments(name: str, count: int) -> measures.Moments:
    """Those of so many real pictures."""
    order = np.random.default_rng(0).permutation(len(shown(name)))[:count]
    return measures.moments(judge(name)(shown(name).pixels[order]))


def picture_gan(pictures: str, pair: Any, batch: int, **more: Any) -> mm.Game:
    """The game of a pair of networks at the pictures of a set."""
    return adv.gan(*pair, data=adv.Pictures(shown(pictures).train.pixels), batch=batch, **more)


def updates(rule: mm.UpdateRule, budget: int, stages: Sequence[float], every: int) -> list[int]:
    """After how many updates which share of a budget of gradient blocks is spent, shares being
    multiples of the least; a product, which differentiates the gradients of both players, counts as
    two blocks.
    """
    cost = rule.cost(2)
    most = budget / (cost.gradients + 2 * cost.products)
    unit = min(share for share in stages if share)
    length = max(round(unit * most / every), 1) * every
    return [round(share / unit) * length for share in stages]


def staged(
    game: mm.Game,
    rule: mm.UpdateRule,
    keys: jax.Array,
    stages: Sequence[int],
    every: int,
    *,
    pictures: str,
    over: tuple[str, ...] = ("start", "key"),
    observe: Mapping[str, Any] = OBSERVE,
    count: int = 1000,
    leading: int = 0,
) -> dict[str, np.ndarray]:
    """Runs from seeds in one program, held at every stage to be judged: by run and stage the
    distance of `count` pictures and the classes among them, of the first run pictures and leading
    eigenvalues; by run and row what is observed.
    """
    x, state, reached = starts(adv.start, game, keys), None, 0
    rows: dict[str, list[np.ndarray]] = {name: [] for name in (*observe, "indices")}
    judged: dict[str, list[Any]] = {
        "distance": [],
        "covered": [],
        "pictures": [],
        "eigenvalues": [],
    }
    kinds, seconds = np.full(len(keys), "running"), 0.0
    piece = math.gcd(*stages)  # of one length, so that one program serves all
    for stage in stages:
        while reached < stage:
            run = mm.sweep(
                game,
                rule,
                x,
                piece,
                over=over,
                key=keys,
                observe=observe,
                every=every,
                state=state,
                devices=jax.devices(),
            )
            first = 1 if rows["indices"] else 0
            for name in observe:
                rows[name].append(np.asarray(run.observed[name])[:, first:].astype(np.float32))
            rows["indices"].append(np.asarray(run.indices)[first:])
            x, state, reached = run.final, run.state, reached + piece
            kinds, seconds = run.verdict.kind.astype(str), seconds + run.about["seconds"]
        worth = [valued(game, _own(x, i), count, pictures) for i in range(len(keys))]
        judged["distance"].append([one[0] for one in worth])
        judged["covered"].append([one[1] for one in worth])
        judged["pictures"].append(portrayed(game, _own(x, 0), 36))
        if leading:
            judged["eigenvalues"].append(_eigenvalues(game, rule, _own(x, 0), leading))
    found = {name: np.concatenate(parts, axis=1) for name, parts in rows.items() if name in observe}
    found |= {"indices": np.concatenate(rows["indices"]), "stages": np.array(stages)}
    found |= {name: np.swapaxes(np.array(judged[name]), 0, 1) for name in ("distance", "covered")}
    found |= {"pictures": np.array(judged["pictures"]), "outcomes": kinds}
    found |= {"eigenvalues": np.array(judged["eigenvalues"])} if leading else {}
    cost = rule.cost(2)
    return found | {"cost": np.array([cost.gradients, cost.products]), "seconds": np.array(seconds)}


def portrayed(game: mm.Game, x: mm.Profile, count: int) -> np.ndarray:
    """What a generator makes of latents that are always the same."""
    made = adv.generate(game, x, jax.random.key(LATENTS), count)
    return adv.as_bytes(np.nan_to_num(np.asarray(made)))


def valued(game: mm.Game, x: mm.Profile, count: int, pictures: str) -> tuple[float, int]:
    """The distance of Frechet by the judge's features, infinite for what is not finite any more,
    and how many classes are covered.
    """
    if not bool(np.all(np.isfinite(np.asarray(x.ravel()[0])))):
        return np.inf, 0
    known = judge(pictures)
    features = known(portrayed(game, x, count))
    distance = measures.frechet(
        real=real_moments(pictures, count), fake=features, features=known.name
    )
    return float(distance), len(measures.classes(known.probabilities_of(features)).covered)


def _eigenvalues(game: mm.Game, rule: mm.UpdateRule, x: mm.Profile, count: int) -> np.ndarray:
    """So many of the field, the outermost first; NaN where fewer are known well."""
    known = training.leading_field(game, rule, x, key=jax.random.key(LOOKS), leading=count)
    values = np.full(count, np.nan, complex)
    values[: min(count, len(known))] = known.values[:count]
    return values


def _own(x: mm.Profile, rank: int) -> mm.Profile:
    return jax.tree.map(lambda leaf: leaf[rank], x)
