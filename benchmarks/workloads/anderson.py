"""An update of Anderson mixing around alternating descent-ascent on a bilinear game of 2 x 2
blocks, N numbers, m columns.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Mapping
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

from .timing import Contender

UNIT = "update"
SETTINGS = {
    "updates": {200: 400, 2_000: 200, 20_000: 60},
    "memory": (10, 50),
    "condition": 5.0,
    "step": 0.4,
    "seed": 0,
}


class Blocks(eqx.Module):
    """x'Ay with A = R' D R, R a plane rotation of every pair of numbers, applied without a
    matrix.
    """

    scales: jax.Array
    cosines: jax.Array
    sines: jax.Array

    def __call__(self, x: mm.Profile, sample: None) -> jax.Array:
        return x[0] @ self._turned(self._turned(x[1], 1) * self.scales, -1)

    def _turned(self, v: jax.Array, way: int) -> jax.Array:
        a, b = v.reshape(2, -1)
        c, s = self.cosines, way * self.sines
        return jnp.concatenate([c * a + s * b, c * b - s * a])


def blocks(size: int, condition: float, seed: int) -> mm.Game:
    """`size` numbers in all, half of them a player's; singular values from condition^-1/2 to
    condition^1/2.
    """
    generator = np.random.default_rng(seed)
    scales = generator.permutation(np.geomspace(condition**-0.5, condition**0.5, size // 2))
    angles = generator.uniform(0, 2 * np.pi, size // 4)
    return mm.zero_sum(Blocks(jnp.asarray(scales), jnp.cos(angles), jnp.sin(angles)))


class Map(eqx.Module):
    """One update of a rule without memory as a function of a flat vector."""

    game: mm.Game
    rule: mm.UpdateRule
    unravel: Any = eqx.field(static=True)

    def __call__(self, w: jax.Array) -> jax.Array:
        x = self.unravel(w)
        return self.rule.update(
            self.game, x, self.rule.init(self.game, x, None), mm.directions.base.Tick(0, None)
        )[0].ravel()[0]


def by_jaxopt(image: Any, memory: int, ridge: float) -> tuple[Any, Any]:
    """The retired library's first state and update. An update evaluates the map before and after
    mixing.
    """
    import jaxopt

    solver = jaxopt.AndersonAcceleration(
        lambda w, _=None: image(w), history_size=memory, ridge=ridge, tol=0.0, maxiter=10**6
    )
    return solver.init_state, solver.update


def _our_program(game: mm.Game, rule: mm.UpdateRule, start: mm.Profile, updates: int) -> Any:
    tick = mm.Tick(jnp.zeros((), jnp.int32), None)

    @jax.jit
    def program(x: mm.Profile) -> mm.Profile:
        begun = (x, rule.init(game, x, None))
        return jax.lax.scan(
            lambda pair, _: (rule.update(game, *pair, tick), None), begun, length=updates
        )[0][0]

    return lambda: jax.block_until_ready(program(start))


def _jaxopt_program(image: Any, w: np.ndarray, memory: int, updates: int) -> Any:
    begin, update = by_jaxopt(image, memory, 1e-12)

    @jax.jit
    def program(w: jax.Array) -> jax.Array:
        return jax.lax.scan(
            lambda pair, _: (tuple(update(*pair)), None), (w, begin(w)), length=updates
        )[0][0]

    return lambda: jax.block_until_ready(program(w))


def by_scipy(image: Any, w: np.ndarray, memory: int, updates: int) -> list[np.ndarray]:
    """The points at which SciPy's evaluates the map, without its line search; it may give up early,
    on a singular matrix.
    """
    import scipy.optimize

    points: list[np.ndarray] = []

    def residual(w: np.ndarray) -> np.ndarray:
        points.append(w)
        return np.asarray(image(w)) - w

    options = {
        "M": memory,
        "w0": 1e-8,
        "line_search": None,
        "maxiter": updates - 1,
        "f_tol": 1e-300,
        "alpha": 1.0,
    }
    with (
        warnings.catch_warnings(),
        contextlib.suppress(scipy.optimize.NoConvergence, ZeroDivisionError),
    ):
        warnings.simplefilter("ignore")
        scipy.optimize.anderson(residual, w, **options)
    return points


def contenders() -> dict[str, Contender]:
    """For every size and memory ours, with either least squares, and the peers."""
    found = {}
    for size, updates in SETTINGS["updates"].items():
        game, step = blocks(size, SETTINGS["condition"], SETTINGS["seed"]), SETTINGS["step"]
        start = mm.Profile(np.random.default_rng(1).standard_normal((2, size // 2)))
        w, unravel = start.ravel()
        image = eqx.filter_jit(Map(game, mm.Alternating(step), unravel))
        w = np.asarray(w)
        for memory in SETTINGS["memory"]:
            group = f"N = {size}, m = {memory}"
            for name, solver in {
                "minimax_lab": mm.Gram(),
                "minimax_lab, columns' QR": mm.Orthogonal(),
            }.items():
                rule = mm.Anderson(mm.Alternating(step), memory, solver=solver)
                few = updates if isinstance(solver, mm.Gram) else max(updates // 10, 10)
                found[f"{group}: {name}"] = Contender(_our_program(game, rule, start, few), few, 5)
            found[f"{group}: jaxopt"] = Contender(
                _jaxopt_program(image, w, memory, updates), updates, 5
            )
            few = min(updates, 60)
            scipys = functools.partial(by_scipy, image, w, memory, few)
            found[f"{group}: SciPy"] = Contender(lambda scipys=scipys: scipys()[-1], few, 3)
    return found


def check(results: Mapping[str, Any]) -> None:
    """All of them approach the saddle, which is the origin; after as many updates ours is no
    further from it than jaxopt's.
    """
    for name, point in results.items():
        assert np.all(np.isfinite(point)), name
        if name.endswith(": jaxopt"):
            ours = results[name.replace("jaxopt", "minimax_lab")]
            assert np.linalg.norm(ours) <= np.linalg.norm(point), name
