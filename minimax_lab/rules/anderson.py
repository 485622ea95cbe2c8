"""Anderson mixing of any rule: the next point is the map of that combination of past points whose
residual is smallest.
"""

from __future__ import annotations

import math
import os
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ..checks import InputError, number, refuse, whole
from ..directions.base import Cost, Rest, Tick
from ..game import Game
from ..profile import Profile
from .base import State, UpdateRule, demand_rule
from .setting import Setting
from .window import Gram, LeastSquares, Window, cleared, opened, pushed, spread


def _shape(value: Any, argument: str, least: int = 1) -> int:
    if isinstance(value, tuple | list) or getattr(value, "ndim", 0):  # type: ignore[arg-type]
        raise refuse(
            argument,
            value,
            "one whole number",
            "It shapes the program, which a sweep cannot vary: a sweep for each.",
        )
    return whole(value, argument, least)


class Restart(Setting):
    """A window that is emptied when full, instead of losing its oldest row.

    `keep` carries the last evaluation over, so that the new window has a row at once. `land` ends a
    cycle at the combination of the points themselves rather than at its image: on a linear map each
    cycle is then GMRES(memory), whose residual never grows, however expanding the map.
    """

    keep: bool = eqx.field(default=False, static=True)
    land: bool = eqx.field(default=False, static=True)

    def __check_init__(self) -> None:
        for name in ("keep", "land"):
            if not isinstance(getattr(self, name), bool):
                raise refuse(f"Restart.{name}", getattr(self, name), "True or False")


class Safeguard(Setting):
    """When to distrust a mixed step; each breach empties the window and goes on from the map's own
    step.

    `growth`: a mixed point is refused, at the price of its evaluation, where |f| exceeds growth
    times the one before. One is the usual choice for contractions; an expanding map, such as
    descent-ascent on a bilinear game, needs more than its norm. `coefficients`: a bound on sum
    |a_i|, the weights of the combined images. `condition`: a bound on that of the columns.
    """

    growth: Any = eqx.field(
        default=None, converter=lambda v: v if v is None else number(v, "Safeguard.growth", above=0)
    )
    coefficients: Any = eqx.field(
        default=None,
        converter=lambda v: v if v is None else number(v, "Safeguard.coefficients", above=1),
    )
    condition: Any = eqx.field(
        default=None,
        converter=lambda v: v if v is None else number(v, "Safeguard.condition", above=1),
    )


class Mixing(NamedTuple):
    """What the last mixing was like."""

    residual: Any  # |g(w) - w| at the point evaluated
    condition: Any  # of the scaled columns
    rank: Any
    coefficients: Any  # sum |a_i|
    stagnations: Any  # how often the mixed point was the point itself, or the window told nothing
    rejections: Any  # how often a safeguard stepped in
    remedied: Any  # whether the remedy has taken over


class Mixed(NamedTuple):
    """The state of `Anderson`."""

    inner: Any
    other: Any  # the state of a remedy that is a rule
    window: Window
    last: Mixing
    updates: Any
    first: Any  # |f| where the window opened
    mixed: Any  # whether the present point came from mixing


class Anderson(UpdateRule):
    """w' = g(w) - DG y, y minimising |f - DF y|, f = g(w) - w, g the update of the inner rule.
    Anderson 1965.

    All players are mixed together, over the last `memory` differences; what the inner rule
    remembers is carried along unmixed. `mixing` b: w' = g(w) - DG y - (1 - b)(f - DF y). Plain
    steps before update `delay`, and between every `every`-th.

    Where the mixed point is the point itself the window learns nothing more: it has *stagnated*, as
    simultaneous descent-ascent does on a bilinear game in its very first mixing. The map's own step
    is taken instead, the stagnation counted, and the remedy takes over: a `Restart` the window,
    another rule (`Repeated(rule, 2)`, `Alternating(step)`) the map. It also does where under a full
    window |f| has grown to `divergence` times the first. None mixes on regardless.
    """

    rule: UpdateRule
    memory: int = eqx.field(
        default=10, converter=lambda v: _shape(v, "Anderson.memory"), static=True
    )
    mixing: Any = eqx.field(
        default=1.0, converter=lambda v: number(v, "Anderson.mixing", above=0, most=2), kw_only=True
    )
    delay: int = eqx.field(
        default=0, converter=lambda v: _shape(v, "Anderson.delay", 0), static=True, kw_only=True
    )
    every: int = eqx.field(
        default=1, converter=lambda v: _shape(v, "Anderson.every"), static=True, kw_only=True
    )
    kind: int = eqx.field(default=2, static=True, kw_only=True)
    solver: LeastSquares = eqx.field(default=Gram(), kw_only=True)
    restart: Restart | None = eqx.field(default=None, kw_only=True)
    remedy: Restart | UpdateRule | None = eqx.field(default=Restart(land=True), kw_only=True)
    safeguard: Safeguard = eqx.field(default=Safeguard(), kw_only=True)
    stagnation: Any = eqx.field(
        default=1e-4,
        converter=lambda v: number(v, "Anderson.stagnation", above=0, below=1),
        kw_only=True,
    )
    divergence: Any = eqx.field(
        default=10.0, converter=lambda v: number(v, "Anderson.divergence", above=1), kw_only=True
    )

    def __check_init__(self) -> None:
        demand_rule(self.rule, "Anderson")
        if isinstance(self.kind, bool) or self.kind not in (1, 2):
            raise refuse(
                "Anderson.kind",
                self.kind,
                "1 or 2",
                "2 minimises the residual, 1 solves a projection of it.",
            )
        allowed = {
            "solver": (LeastSquares, "mm.Gram() or mm.Orthogonal()"),
            "restart": (Restart | None, "mm.Restart(), or None for a sliding window"),
            "remedy": (
                Restart | UpdateRule | None,
                "mm.Restart(land=True), an update rule, or None",
            ),
            "safeguard": (Safeguard, "mm.Safeguard(...)"),
        }
        for name, (kind, wanted) in allowed.items():
            if not isinstance(getattr(self, name), kind):
                raise refuse(f"Anderson.{name}", getattr(self, name), wanted)

        if self.kind == 1 and not isinstance(self.solver, Gram):
            raise refuse(
                "Anderson.solver",
                self.solver,
                "mm.Gram() where kind is 1",
                "Other solvers minimise, which is kind 2.",
            )

    def init(self, game: Game, x: Profile, key: PRNGKeyArray | None) -> State:
        inner = self.rule.init(game, x, key)
        other = self.remedy.init(game, x, key) if isinstance(self.remedy, UpdateRule) else None
        w, _ = x.ravel()
        _demand_room(self.memory, w)
        _demand_map(self.rule, game, x, inner, key)
        zero, count = jnp.zeros((), w.dtype), jnp.zeros((), jnp.int32)
        last = Mixing(zero, zero + 1, count, zero + 1, count, count, jnp.asarray(False))
        window = opened(w.size, self.memory, self.solver, w.dtype, self.kind)
        return Mixed(inner, other, window, last, count, zero, jnp.asarray(False))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        w, unravel = x.ravel()
        image, inner, other = self._map(game, x, state, tick)
        g = image.ravel()[0]
        f = g - w
        size, floor = _norm(f), 8 * jnp.finfo(w.dtype).eps * _norm(w)

        started = state.updates >= self.delay
        # A difference within the rounding of what it is the difference of would be scaled up to a
        # column like any other.
        told = True if self.remedy is None else _norm(f - state.window.residual) > floor / 4
        window = pushed(state.window, f, g, self.solver, self.kind, told)._replace(known=started)
        weights = self.solver.weights(window, self.kind)
        combined = f - weights.values @ window.residuals
        mixed = g - weights.values @ window.images - (1 - self.mixing) * combined
        coefficients = spread(window, weights.values)

        past, policy = state.last, self._policy(state.last.remedied, w.size)
        due = started & ((state.updates + 1) % self.every == 0)
        worse = self._worse(size, state)
        moved = _norm(mixed - w)
        refused = (
            due & ~worse & ~(self._trusted(weights.condition, coefficients) & jnp.isfinite(moved))
        )
        due = due & ~worse & ~refused
        idle = (moved < self.stagnation * size) | ((weights.rank == 0) & (window.filled > 0))
        stagnant = due & (size > floor) & idle
        first = jnp.where(state.window.known, state.first, size)
        diverged = due & (window.filled == self.memory) & (size > self.divergence * first)
        full = due & policy.active & (window.filled == self.memory)
        landed = full & policy.land
        own = ~due | (stagnant & ~landed & (self.remedy is not None))
        point = jnp.where(landed, mixed - self.mixing * combined, jnp.where(own, g, mixed))
        point = jnp.where(
            worse, state.window.image, point
        )  # back to the step that the last mixing replaced
        remedied = past.remedied if self.remedy is None else past.remedied | stagnant | diverged
        switched = remedied & ~past.remedied & isinstance(self.remedy, UpdateRule)

        report = Mixing(
            jnp.where(worse, past.residual, size),
            jnp.where(due, weights.condition, 1).astype(w.dtype),
            jnp.where(due, weights.rank, 0),
            jnp.where(due, coefficients, 1),
            past.stagnations + stagnant.astype(jnp.int32),
            past.rejections + (refused | worse).astype(jnp.int32),
            remedied,
        )
        window = cleared(window, full | refused | worse | switched, full & policy.keep)
        inner, other = _either(worse, (state.inner, state.other), (inner, other))
        return game.project(unravel(point)), Mixed(
            inner, other, window, report, state.updates + 1, first, ~own & (window.filled > 0)
        )

    def cost(self, players: int) -> Cost:
        """The inner rule's, or where a rule may take over, the dearer one's."""
        own = self.rule.cost(players)
        return (
            Cost(*map(max, own, self.remedy.cost(players)))
            if isinstance(self.remedy, UpdateRule)
            else own
        )

    @property
    def rest(self) -> Rest:
        return Rest(obstacle="the weights of Anderson mixing are 0/0 at an equilibrium")

    def _map(
        self, game: Game, x: Profile, state: Mixed, tick: Tick
    ) -> tuple[Profile, State, State]:
        """g(x), by the inner rule or by the rule that has taken over."""
        if not isinstance(self.remedy, UpdateRule):
            image, inner = self.rule.update(game, x, state.inner, tick)
            return image, inner, state.other

        def first() -> tuple[Profile, State, State]:
            image, inner = self.rule.update(game, x, state.inner, tick)
            return image, inner, state.other

        def second() -> tuple[Profile, State, State]:
            image, other = self.remedy.update(game, x, state.other, tick)  # type: ignore[union-attr]
            return image, state.inner, other

        return jax.lax.cond(state.last.remedied, second, first)

    def _trusted(self, condition: Array, coefficients: Array) -> Array:
        bounds = (
            (condition, self.safeguard.condition),
            (coefficients, self.safeguard.coefficients),
        )
        trusted = jnp.asarray(True)
        for value, bound in bounds:
            trusted = trusted if bound is None else trusted & (value <= bound)
        return trusted

    def _worse(self, size: Array, state: Mixed) -> Array:
        """Whether the evaluation just made says that the last mixing was a mistake."""
        growth = self.safeguard.growth
        return (
            jnp.asarray(False)
            if growth is None
            else state.mixed & ~(size <= growth * state.last.residual)
        )

    def _policy(self, remedied: Array, size: int) -> _Policy:
        """How the window is renewed now. A remedy's restarts are of no use to a window that spans
        the whole space.
        """
        first = _policy(self.restart)
        remedy = (
            self.remedy if isinstance(self.remedy, Restart) and self.memory < size else self.restart
        )
        return _Policy(
            *(jnp.where(remedied, b, a) for a, b in zip(first, _policy(remedy), strict=True))
        )


def mixing(view: Any) -> Mixing:
    """An observable: residual, condition, rank, coefficients, stagnations, rejections and whether
    the remedy has taken over.
    """
    parts = jax.tree.leaves(view.state, is_leaf=lambda part: isinstance(part, Mixed))
    found = [part.last for part in parts if isinstance(part, Mixed)]
    if not found:
        raise InputError(
            "mm.mixing watches a run whose rule is Anderson, or wraps one: there is no mixing in "
            "this rule's state."
        )
    return found[0]


class _Policy(NamedTuple):
    active: Any
    keep: Any
    land: Any


def _policy(restart: Any) -> _Policy:
    return (
        _Policy(False, False, False)
        if restart is None
        else _Policy(True, restart.keep, restart.land)
    )


def _norm(v: Array) -> Array:
    return jnp.sqrt(v @ v)


def _either(when: Any, yes: Any, no: Any) -> Any:
    return jax.tree.map(lambda a, b: jnp.where(when, a, b), yes, no)


def _demand_room(memory: int, w: Array) -> None:
    """Two rings of `memory` rows, each as long as the profile, and their products; a run holds them
    up to four times.
    """
    if w.dtype.itemsize < 4:
        raise refuse(
            "the profile's dtype",
            str(w.dtype),
            "float32 or float64 under Anderson",
            "Least squares need the digits.",
        )
    most_numbers, size = _room() // (4 * w.dtype.itemsize), int(w.size)
    if memory * (2 * size + memory) > most_numbers:
        raise refuse(
            "Anderson.memory",
            memory,
            f"at most {math.isqrt(size**2 + most_numbers) - size} for this profile of {size} "
            f"numbers",
            f"A run would hold its window in "
            f"{4 * memory * (2 * size + memory) * w.dtype.itemsize:,} bytes; "
            f"this device has {_room():,}. Five to fifty columns are usual.",
        )


def _room() -> int:
    statistics = jax.devices()[0].memory_stats() or {}
    return statistics.get("bytes_limit") or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _demand_map(
    rule: UpdateRule, game: Game, x: Profile, state: State, key: PRNGKeyArray | None
) -> None:
    """An update must return what it was given, leaf by leaf, or there is no map to mix."""
    tick = Tick(jnp.zeros((), jnp.int32), key)
    after = eqx.filter_eval_shape(rule.update, game, x, state, tick)
    given = eqx.filter_eval_shape(lambda pair: pair, (x, state))
    for what, a, b in (("profile", given[0], after[0]), ("state", given[1], after[1])):
        if jax.tree.structure(a) != jax.tree.structure(b) or not jax.tree.all(
            jax.tree.map(_alike, a, b)
        ):
            raise InputError(
                f"the rule inside Anderson, {type(rule).__name__}, returns a {what} of another "
                "structure than it is given, so its update is not a map that can be mixed. Every "
                "array must keep its shape and dtype."
            )


def _alike(a: Any, b: Any) -> bool:
    return (
        (a.shape, a.dtype) == (b.shape, b.dtype)
        if hasattr(a, "shape") and hasattr(b, "shape")
        else a == b
    )
