"""An update of Anderson mixing around alternating descent-ascent on a bilinear game of 2 x 2
blocks, N numbers, m columns; and how many updates the error needs to fall to a 1e-10th.

Times are those of updates whose window is full: the retired library only copies while it fills. The
limit is what no mixing can leave out: the map, and the window read twice, in a scan.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "update"
SETTINGS = {
    "updates": {200: 400, 2_000: 200, 20_000: 60},
    "memory": (10, 50),
    "condition": 5.0,
    "step": 0.4,
    "cutoff": 1e-5,
    "seed": 0,
    "most": 300,
}
OURS, QUICK, CAREFUL = (
    "minimax_lab",
    "minimax_lab, inner products damped",
    "minimax_lab, columns' QR",
)


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


def by_jaxopt(jaxopt: ModuleType, image: Any, memory: int, ridge: float) -> tuple[Any, Any]:
    """The retired library's first state and update. An update evaluates the map before and after
    mixing.
    """
    solver = jaxopt.AndersonAcceleration(
        lambda w, _=None: image(w), history_size=memory, ridge=ridge, tol=0.0, maxiter=10**6
    )
    return solver.init_state, lambda pair: tuple(solver.update(*pair))


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


def groups(small: bool = False) -> Iterator[Group]:
    """A group a size and a memory."""
    for memory in (3,) if small else SETTINGS["memory"]:
        for size, updates in {40: 20}.items() if small else SETTINGS["updates"].items():
            targets = [Target("jaxopt", QUICK, least=1)]
            targets += [Target("SciPy", OURS, least=20 if size < 2_000 else 2)]
            targets += [Target(OURS, QUICK, most=1.5)] * (size >= 2_000)
            targets += [Target(f"updates to 1e-10, {QUICK}", most=150)] * (memory == 50)
            walks, contenders = of_size(size, memory, updates)
            judge = functools.partial(check, walks=walks if memory == 50 else {})
            name = f"N = {size}, m = {memory}"
            yield Group(name, contenders, judge, tuple(targets), size, f"m = {memory}")


def of_size(size: int, memory: int, updates: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The walks of ours and jaxopt's, as `scanned` has them; and all contenders: ours with three
    ways to solve the least squares, the peers, and the limit.
    """
    game, step = blocks(size, SETTINGS["condition"], SETTINGS["seed"]), SETTINGS["step"]
    x = mm.Profile(np.random.default_rng(1).standard_normal((2, size // 2)))
    w, unravel = x.ravel()
    image = eqx.filter_jit(Map(game, mm.Alternating(step), unravel))
    quick, careful = mm.Gram(cutoff=SETTINGS["cutoff"], fallback=None), mm.Orthogonal()
    solvers = {QUICK: {"solver": quick}, CAREFUL: {"solver": careful}}
    walks, contenders, tick = {}, {}, mm.Tick(jnp.zeros((), jnp.int32), None)
    for name in (OURS, QUICK, CAREFUL):
        rule = mm.Anderson(mm.Alternating(step), memory, **solvers.get(name, {}))
        few = max(updates // 10, 10) if name == CAREFUL else updates
        walk = scanned(
            functools.partial(_updated, rule, game, tick), (x, rule.init(game, x, None)), memory + 1
        )
        contenders[name] = Contender(functools.partial(walk, few), few)
        if name != CAREFUL:
            walks[name] = walk

    def retired(jaxopt: ModuleType) -> Contender:
        begin, update = by_jaxopt(jaxopt, image, memory, 1e-12)
        walks["jaxopt"] = scanned(update, (w, begin(w)), memory + 1)
        return Contender(functools.partial(walks["jaxopt"], updates), updates)

    contenders["jaxopt"] = peer("jaxopt", retired)
    few, flat = min(updates, 60), np.asarray(w)
    contenders["SciPy"] = Contender(lambda: by_scipy(image, flat, memory, few)[-1], few)
    window = jnp.asarray(np.random.default_rng(2).standard_normal((memory, size)) / size)

    def least(w: jax.Array) -> jax.Array:
        g = image(w)
        return g - 1e-3 * (window @ (g - w)) @ window

    contenders["limit: the map, the window twice"] = limits.scanned(least, w, updates)
    return walks, contenders


def _updated(rule: mm.UpdateRule, game: mm.Game, tick: mm.Tick, pair: Any) -> Any:
    return rule.update(game, *pair, tick)


def scanned(update: Callable[[Any], Any], start: Any, fill: int) -> Callable[..., np.ndarray]:
    """A compiled walk: its last profile after the first `fill` updates and as many as asked for; or
    the norms of all profiles.
    """
    filled = jax.jit(lambda pair: jax.lax.fori_loop(0, fill, lambda _, pair: update(pair), pair))
    later = filled(start)

    @functools.partial(jax.jit, static_argnums=(1, 2))
    def program(start: Any, updates: int, norms: bool) -> Any:
        def body(pair: Any, _: None) -> Any:
            pair = update(pair)
            return pair, jnp.linalg.norm(_flat(pair[0])) if norms else None

        last, found = jax.lax.scan(body, start, length=updates)
        return found if norms else _flat(last[0])

    return lambda updates, norms=False: np.asarray(
        program(start if norms else later, updates, norms)
    )


def _flat(x: Any) -> jax.Array:
    return x.ravel()[0] if isinstance(x, mm.Profile) else x


def check(results: Mapping[str, Any], walks: Mapping[str, Any]) -> dict[str, float]:
    """All of them approach the saddle, which is the origin; after as many updates ours is no
    further from it than jaxopt's. How many updates the error takes to a 1e-10th, or how many there
    were.
    """
    for name, point in results.items():
        assert np.all(np.isfinite(point)), name
    if "jaxopt" in results:
        assert np.linalg.norm(results[OURS]) <= np.linalg.norm(results["jaxopt"]) + 1e-12
    facts = {}
    for name, walk in walks.items():
        norms = walk(SETTINGS["most"], True)
        below = np.flatnonzero(norms <= 1e-10 * norms[0])
        facts[f"updates to 1e-10, {name}"] = int(below[0]) + 1 if len(below) else len(norms)
    return facts
