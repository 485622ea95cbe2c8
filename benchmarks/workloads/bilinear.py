"""Simultaneous descent-ascent on x'Ay with n numbers a player: `run` against a NumPy loop with two
products a step, optax called once a step, and torch's autograd.

The limit is, for n = 10, a scan that does nothing but carry the state; for n = 100 one with two
products and nothing else; beyond, reading the matrix twice, on all cores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import minimax_lab as mm

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "step"
STEP = 1e-3
# (n, steps of a run, at least so many times faster than the NumPy loop)
CASES = ((10, 20_000, 30), (10, 200_000, 40), (100, 5_000, 3), (1000, 200, 1.15), (3000, 30, 1.0))
SETTINGS = {"steps": [case[:2] for case in CASES], "step": STEP, "seed": 0}


def groups(small: bool = False) -> Iterator[Group]:
    """A group a size; ten numbers a second time in a longer run."""
    for size, steps, target in ((10, 20, 30),) if small else CASES:
        longer = steps == 200_000
        found = contenders(size, steps)
        targets = (Target("NumPy loop", "minimax_lab", least=target),)
        yield Group(
            f"n = {size}" + ", longer" * longer,
            found,
            check,
            targets,
            None if longer else size,
        )


def contenders(size: int, steps: int) -> dict[str, Any]:
    """Ours, the peers, some of which do fewer steps, and the limit."""
    generator = np.random.default_rng(0)
    A = generator.standard_normal((size, size)) / np.sqrt(size)
    x, y = generator.standard_normal((2, size))
    game, rule, start = mm.games.bilinear(A), mm.Simultaneous(STEP), mm.Profile((x, y))

    def ours() -> Any:
        return jax.block_until_ready(mm.run(game, rule, start, steps, every=steps).final.players)

    def loop(x: Any = x, y: Any = y, steps: int = min(steps, 20_000)) -> Any:
        for _ in range(steps):
            x, y = x - STEP * (A @ y), y + STEP * (x @ A)
        return x, y

    few = max(steps // 10, min(steps, 20))
    slow = {
        "optax, a program a step": Contender(*_optax(A, (x, y), steps, few)),
        "torch": peer("torch", lambda torch: Contender(*_torch(torch, A, (x, y), steps, few))),
    }
    both = jnp.asarray(x), jnp.asarray(y)
    if size < 100:
        limit = {"limit: an empty scan": limits.empty_scan(both, steps)}
    elif size < 1000:
        Q = jnp.asarray(np.linalg.qr(A)[0])  # which neither grows nor shrinks what it turns
        turned = limits.scanned(lambda x: (x[1] @ Q, x[0] @ Q), both, steps)
        limit = {"limit: two products in a scan": turned}
    else:
        limit = {"limit: reading A twice": limits.passes(A, 2, steps)}
    whole = None if steps <= 20_000 else lambda: loop(steps=steps)
    found = {"minimax_lab": Contender(ours, steps)}
    found["NumPy loop"] = Contender(loop, min(steps, 20_000), answer=whole)
    return found | slow | limit


def _optax(A: Any, start: Any, steps: int, few: int) -> tuple[Any, ...]:
    """optax's loop as its pages have it: gradients, update and application compiled together."""
    sgd, matrix = optax.sgd(STEP), jnp.asarray(A)

    @jax.jit
    def step(x: Any, state: Any) -> Any:
        def value(x: Any) -> Any:
            return x[0] @ (matrix @ x[1])

        gradient = jax.grad(value)(x)
        turned, state = sgd.update((gradient[0], -gradient[1]), state)
        return optax.apply_updates(x, turned), state

    def run(count: int = few) -> Any:
        x = tuple(map(jnp.asarray, start))
        state = sgd.init(x)
        for _ in range(count):
            x, state = step(x, state)
        return jax.block_until_ready(x)

    return run, few, 5, lambda: run(steps)


def _torch(torch: ModuleType, A: Any, start: Any, steps: int, few: int) -> tuple[Any, ...]:
    matrix = torch.tensor(A)

    def run(count: int = few) -> Any:
        x, y = (torch.tensor(part, requires_grad=True) for part in start)
        for _ in range(count):
            dx, dy = torch.autograd.grad(x @ (matrix @ y), (x, y))
            with torch.no_grad():
                x -= STEP * dx
                y += STEP * dy
        return x.detach().numpy(), y.detach().numpy()

    return run, few, 5, lambda: run(steps)


def check(results: Mapping[str, Any]) -> None:
    """All end in the same place."""
    for name, end in results.items():
        if "limit" not in name:
            for ours, other in zip(results["minimax_lab"], end, strict=True):
                np.testing.assert_allclose(np.asarray(other), ours, rtol=1e-6, atol=1e-9)
