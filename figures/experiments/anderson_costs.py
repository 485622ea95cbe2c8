"""What Anderson mixing costs: condition numbers, dimensions, gradients and seconds (of one thread,
compilation apart).
"""

import time
from typing import Any

import equinox as eqx
import jax
import numpy as np

import minimax_lab as mm
from figures import experiment


def reflected(size: int, condition: float, seed: int) -> tuple[mm.Game, mm.Profile]:
    """x'Ay + b'x + c'y, A = UDU with a random reflection U and D spread as in the GDA-AM study's
    definite games, up to one.
    """
    random = np.random.RandomState(seed)
    u = random.randn(size)
    u, values = u / np.linalg.norm(u), np.logspace(-np.log10(condition), 0, size)
    du = values * u
    A = np.diag(values) - 2 * (np.outer(u, du) + np.outer(du, u)) + 4 * (u @ du) * np.outer(u, u)
    (b, c), start = random.randn(2, size), random.randn(2, size)
    return mm.games.bilinear(A, b, c), mm.Profile(start)


def rules(depth: int) -> dict[str, mm.UpdateRule]:
    return {
        "extragradient": mm.Extragradient(0.7),
        "mixed simultaneous": mm.Anderson(mm.Simultaneous(1.0), depth),
        "mixed two steps": mm.Anderson(mm.Repeated(mm.Simultaneous(1.0), 2), depth),
        "mixed alternating": mm.Anderson(mm.Alternating(1.0), depth),
        "mixed extragradient": mm.Anderson(mm.Extragradient(0.7), depth),
    }


def solved(
    game: mm.Game, rule: mm.UpdateRule, start: mm.Profile, most: int, accuracy: float
) -> tuple[int, float]:
    """Updates until the field is `accuracy` times as small as at the start, -1 where they do not
    suffice; and what it came to.
    """
    first = float(mm.natural_residual(game, start))
    found = mm.solve(game, rule, start, tolerance=accuracy * first, most=most)
    return (found.steps if found.residual <= accuracy * first else -1), found.residual / first


def seconds(
    game: mm.Game, rule: mm.UpdateRule, start: mm.Profile, updates: int, key: Any = None
) -> float:
    """Processor time of one update, the least of three goes of a compiled program of nothing
    else.
    """
    state, times = rule.init(game, start, key), []
    for _ in range(4):
        begun = time.process_time()
        jax.block_until_ready(_walk(game, rule, start, state, updates, key))
        times.append(time.process_time() - begun)
    return min(times[1:]) / updates


@eqx.filter_jit
def _walk(
    game: mm.Game, rule: mm.UpdateRule, x: mm.Profile, state: Any, updates: int, key: Any
) -> Any:
    def step(pair: Any, index: Any) -> tuple[Any, None]:
        own = None if key is None else jax.random.fold_in(key, index)
        return rule.update(game, *pair, mm.Tick(index, own)), None

    return jax.lax.scan(step, (x, state), jax.numpy.arange(updates))[0]


@experiment("slow", quick={"size": 20, "conditions": (5.0, 20.0), "depths": (10,), "most": 300})
def anderson_conditions(
    size: int = 50,
    conditions: tuple[float, ...] = (5.0, 20.0, 50.0, 100.0, 300.0, 1000.0),
    depths: tuple[int, ...] = (10, 50, 100),
    most: int = 5000,
    accuracy: float = 1e-6,
    seed: int = 0,
):
    """Updates to a field 1e-6 times as small as at the start, by condition number, rule and
    depth.
    """
    saved: dict[str, Any] = {"conditions": np.array(conditions)}
    games = [reflected(size, condition, seed) for condition in conditions]
    for depth in depths:
        for name, rule in rules(depth).items():
            if name != "extragradient" or depth == depths[0]:
                found = [solved(game, rule, start, most, accuracy) for game, start in games]
                saved[f"{depth}/{name}"], saved[f"{depth}/{name}/reached"] = np.array(found).T
    return saved


@experiment("slow", quick={"sizes": (20, 50), "most": 300})
def anderson_dimensions(
    sizes: tuple[int, ...] = (100, 300, 1000, 3000, 5000),
    condition: float = 10.0,
    depth: int = 20,
    most: int = 600,
    accuracy: float = 1e-6,
    seed: int = 0,
):
    """The same by dimension, and processor seconds of an update; extragradient, thousands of
    updates away, is only timed.
    """
    saved: dict[str, Any] = {"sizes": np.array(sizes)}
    chosen = ("extragradient", "mixed simultaneous", "mixed alternating")
    for size in sizes:
        game, start = reflected(size, condition, seed)
        for name in chosen:
            rule = rules(depth)[name]
            steps, reached = (
                solved(game, rule, start, most, accuracy) if name.startswith("mixed") else (-1, 1.0)
            )
            each = seconds(game, rule, start, max(4, 20_000 // size))
            saved[f"{size}/{name}"] = np.array([steps, reached])
            saved[f"{size}/{name}/seconds"] = np.array(each)
    return saved


@experiment("slow", quick={"size": 20, "steps": 200, "every": 4, "depths": (10,)})
def anderson_spent(
    size: int = 100,
    condition: float = 20.0,
    steps: int = 600,
    every: int = 4,
    depths: tuple[int, ...] = (10, 50),
    seed: int = 0,
):
    """The field's norm along every rule, its gradient blocks and processor seconds of an update."""
    game, start = reflected(size, condition, seed)
    every_rule = {"optimistic": mm.Optimistic(0.5)} | {"extragradient": rules(1)["extragradient"]}
    for depth in depths:
        every_rule |= {
            f"{name}, {depth}": rule
            for name, rule in rules(depth).items()
            if name.startswith("mixed")
        }
    saved: dict[str, Any] = {
        "names": np.array(list(every_rule)),
        "indices": np.arange(0, steps + 1, every),
    }
    for name, rule in every_rule.items():
        run = mm.run(game, rule, start, steps, observe={"residual": mm.residual}, every=every)
        saved[f"{name}/residual"] = run.observed["residual"] / run.observed["residual"][0]
        saved[f"{name}/blocks"] = np.array(rule.cost(2).gradients)
        saved[f"{name}/seconds"] = np.array(seconds(game, rule, start, 200))
    return saved
