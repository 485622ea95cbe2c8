"""Three studies of the GDA-AM code besides its main ones: extragradient with momentum, a first
player who shrinks, and games of a thousand numbers a player.
"""

from typing import Any

import equinox as eqx
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.anderson_costs import reflected
from figures.experiments.anderson_stiff import distances, drawn
from minimax_lab.games.mixing_study import definite


class Heavy(mm.UpdateRule):
    """Extragradient that updates by a share of its step, and goes on with a part of its last move:
    x' = x - h v(x), x+ = x - share h v(x') + momentum (x - x-).
    """

    step: float = eqx.field(converter=float)
    share: float = eqx.field(converter=float, default=1.0)
    momentum: float = eqx.field(converter=float, default=0.0)

    def init(self, game, x, key):
        return x

    def update(self, game, x, state, tick):
        sample = game.sample(tick.key)
        ahead = x - self.step * game.field(x, sample)
        there = game.field(ahead, sample)
        return x - self.share * self.step * there + self.momentum * (x - state), x

    def cost(self, players):
        return mm.Cost(2 * players)

    @property
    def rest(self):
        return mm.Rest()


@experiment("slow", quick={"size": 20, "steps": 400, "every": 20})
def anderson_momentum(
    size: int = 100,
    seed: int = 332,
    steps: int = 20_000,
    every: int = 100,
    rates: tuple[float, ...] = (0.1, 0.5, 1.0),
    momenta: tuple[float, ...] = (-0.3, 0.1, 0.3, 0.5),
):
    """Distances along extragradient with momentum on the game of the main comparison: positive with
    half the step in the update, negative with all of it, as the released scripts have them; and
    the radius of each.
    """
    game, start = drawn(size, seed)
    rules: dict[str, mm.UpdateRule] = {}
    for rate in rates:
        rules[f"{rate:g}, 0"] = Heavy(rate)
        for momentum in momenta:
            rules[f"{rate:g}, {momentum:g}"] = Heavy(rate, 0.5 if momentum > 0 else 1.0, momentum)
    saved: dict[str, Any] = {"indices": np.arange(0, steps + 1, every)}
    saved |= distances(game, start, rules, steps, every)
    aim = mm.games.saddle(game)
    for name, rule in rules.items():
        saved[f"{name}/radius"] = np.array(mm.update_spectrum(game, rule, aim).radius)
    return saved


@experiment("slow", quick={"size": 20, "steps": 100, "shares": (1e-2, 0.0)})
def anderson_shrinking(
    size: int = 100,
    seed: int = 0,
    condition: float = 20.0,
    depth: int = 50,
    step: float = 0.6,
    steps: int = 1000,
    shares: tuple[float, ...] = (1e-2, 1e-10, 1e-15, 1e-25, 1e-30, 0.0),
):
    """Distances to the solution and to where the shrunken game rests, mixed, when every update
    first takes a share of x away: x+ = (1 - share) x - step v, which is a penalty of curvature
    share / step on the first player.
    """
    random = np.random.RandomState(seed)
    A = definite(random, size, condition)
    (b, c), start = random.randn(2, size), mm.Profile(tuple(random.rand(2, size)))
    zero = np.zeros((size, size))
    aim = mm.games.saddle(mm.games.bilinear(A, b, c))
    rules = {
        "mixed simultaneous": mm.Anderson(mm.Simultaneous(step), depth),
        "mixed alternating": mm.Anderson(mm.Alternating(step), depth),
    }
    saved: dict[str, Any] = {}
    for share in shares:
        game = mm.games.quadratic(np.eye(size) * share / step, A, zero, b, c)
        rest = mm.games.saddle(game)
        watch = {"distance": mm.distance_to(aim), "own": mm.distance_to(rest)}
        for name, rule in rules.items():
            seen = mm.run(game, rule, start, steps, observe=watch).observed
            saved[f"{share:g}/{name}"] = seen["distance"]
            saved[f"{share:g}/{name}/own"] = seen["own"]
        saved[f"{share:g}/moved"] = np.array(float((rest - aim).norm()))
    return saved


@experiment("slow", quick={"size": 40, "conditions": (5.0,), "depths": (10,), "steps": 100})
def anderson_large(
    size: int = 1000,
    conditions: tuple[float, ...] = (50.0, 300.0, 900.0),
    depths: tuple[int, ...] = (50, 350),
    step: float = 1.0,
    steps: int = 5000,
    every: int = 20,
    seed: int = 0,
):
    """Distances along mixed and plain rules with a thousand numbers a player, A of norm one."""
    saved: dict[str, Any] = {"indices": np.arange(0, steps + 1, every)}
    for condition in conditions:
        game, start = reflected(size, condition, seed)
        rules: dict[str, mm.UpdateRule] = {"extragradient": mm.Extragradient(0.7 * step)}
        for depth in depths:
            rules[f"mixed simultaneous, {depth}"] = mm.Anderson(mm.Simultaneous(step), depth)
            rules[f"mixed alternating, {depth}"] = mm.Anderson(mm.Alternating(step), depth)
        found = distances(game, start, rules, steps, every)
        saved |= {f"{condition:g}/{name}": row for name, row in found.items()}
    return saved
