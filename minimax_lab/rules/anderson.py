"""Anderson mixing of any rule: the next point is the map of that combination of past points whose
residual is smallest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from ..checks import InputError, refuse, room
from ..directions.base import Cost, Rest, Tick
from ..game import Game
from ..profile import Profile
from ..settings import Key, Number, Setting, count, declared, flag, real
from .base import Around, State, UpdateRule
from .gram import Gram
from .window import LeastSquares, Weights, Window, cleared, opened, pushed, spread

if TYPE_CHECKING:
    from ..running.observables import View

Either = TypeVar("Either")


class Restart(Setting):
    """A window that is emptied when full, instead of losing its oldest row.

    `keep` carries the last evaluation over, so that the new window has a row at once. `land` ends a
    cycle at the combination of the points themselves rather than at its image: on a linear map each
    cycle is then GMRES(memory), whose residual never grows, however expanding the map.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> game = mm.games.bilinear(jnp.diag(jnp.array([1.0, 2.0])))
        >>> game, start = mm.games.weight_decay(game, 0.1), (jnp.ones(2), jnp.ones(2))
        >>> rule = mm.Anderson(mm.Simultaneous(2.0), 2, restart=mm.Restart(land=True))
        >>> run = mm.run(game, rule, start, 9, observe={"residual": mm.residual}, every=3)
        >>> print(run.observed["residual"].round(2))  # once a cycle
        [3.17 1.05 0.35 0.12]
    """

    keep: bool = flag()
    land: bool = flag()


class Safeguard(Setting):
    """When to distrust a mixed step; each breach empties the window and goes on from the map's own
    step.

    `growth`: a mixed point is refused, at the price of its evaluation, where |f| exceeds growth
    times the one before. One is the usual choice for contractions; an expanding map, such as
    descent-ascent on a bilinear game, needs more than its norm. `coefficients`: a bound on sum
    |a_i|, the weights of the combined images. `condition`: a bound on that of the columns.

    Examples:
        >>> import minimax_lab as mm
        >>> observe = {"mixing": mm.mixing, "residual": mm.residual}
        >>> guard = mm.Safeguard(coefficients=10.0)  # too tight: without, the third update arrives
        >>> rule = mm.Anderson(mm.Simultaneous(0.5), 2, safeguard=guard)
        >>> run = mm.run(mm.games.bilinear(1.0), rule, (3.0, 4.0), 4, observe=observe)
        >>> print(run.observed["mixing"].rejections, run.observed["residual"].round(2))
        [0 0 0 1 1] [5.   5.59 6.25 6.99 7.81]
    """

    growth: Number | None = real(None, above=0)
    coefficients: Number | None = real(None, above=1)
    condition: Number | None = real(None, above=1)


class Mixing(NamedTuple):
    """What the last mixing was like."""

    residual: Array  # |g(w) - w| at the point evaluated
    condition: Array  # of the scaled columns
    rank: Array
    coefficients: Array  # sum |a_i|
    stagnations: Array  # how often the mixed point was the point itself, or the window told nothing
    rejections: Array  # how often a safeguard stepped in
    remedied: Array  # whether the remedy has taken over


class Mixed(NamedTuple):
    """The state of `Anderson`."""

    inner: State
    other: State  # the state of a remedy that is a rule
    window: Window
    last: Mixing
    updates: Array
    first: Array  # |f| where the window opened
    mixed: Array  # whether the present point came from mixing


class Evaluated(NamedTuple):
    """What one evaluation of the map tells, beside the window that has taken it in."""

    image: Array  # g(w)
    size: Array  # |f|
    floor: Array  # the rounding of |w|
    started: Array  # whether the delay is over
    window: Window
    weights: Weights
    mixed: Array  # g - DG y, damped
    coefficients: Array  # sum |a_i|
    moved: Array  # how far the mixed point lies from w
    first: Array  # |f| where the window opened


class Decision(NamedTuple):
    """What is to be done with an evaluation."""

    due: Array  # whether this update mixes
    worse: Array  # whether the last mixing was a mistake, and is taken back
    refused: Array  # whether this one is not trusted
    stagnant: Array  # whether it would not move, or the window tells nothing
    landed: Array  # whether it ends a cycle at the combination of the points themselves
    own: Array  # whether the map's own step is taken instead
    emptied: Array  # whether the window is emptied afterwards
    kept: Array  # whether the last evaluation survives that
    remedied: Array  # whether the remedy has taken over by now


def _kind(given: object, name: str) -> object:
    if type(given) is not int or given not in (1, 2):
        cause = "2 minimises the residual, 1 solves a projection of it."
        raise refuse(name, given, "1 or 2", cause)
    return given


class Anderson(Around):
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

    Examples:
        >>> import minimax_lab as mm
        >>> game = mm.games.bilinear(1.0)
        >>> for rule in (mm.Alternating(0.5), mm.Anderson(mm.Alternating(0.5), 2)):
        ...     solution = mm.solve(game, rule, (1.0, 1.0), tolerance=1e-5, most=200)
        ...     print(solution.verdict.kind, solution.steps)
        cycling 200
        converged 3
    """

    rule: UpdateRule
    memory: int = count(10)
    mixing: Number = real(1.0, above=0, most=2, kw_only=True)
    delay: int = count(0, least=0, kw_only=True)
    every: int = count(1, kw_only=True)
    kind: int = declared(_kind, 2, static=True, kw_only=True)
    solver: LeastSquares = eqx.field(default=Gram(), kw_only=True)
    restart: Restart | None = eqx.field(default=None, kw_only=True)
    remedy: Restart | UpdateRule | None = eqx.field(default=Restart(land=True), kw_only=True)
    safeguard: Safeguard = eqx.field(default=Safeguard(), kw_only=True)
    stagnation: Number = real(1e-4, above=0, below=1, kw_only=True)
    divergence: Number = real(10.0, above=1, kw_only=True)

    spoken = "Anderson"

    def __check_init__(self) -> None:
        allowed = {
            "solver": (LeastSquares, "mm.Gram() or mm.Orthogonal()"),
            "restart": (Restart | None, "mm.Restart(), or None for a sliding window"),
            "remedy": (Restart | UpdateRule | None, "mm.Restart(land=True), a rule, or None"),
            "safeguard": (Safeguard, "mm.Safeguard(...)"),
        }
        for name, (kind, wanted) in allowed.items():
            if not isinstance(getattr(self, name), kind):
                raise refuse(f"Anderson.{name}", getattr(self, name), wanted)
        if self.kind == 1 and not isinstance(self.solver, Gram):
            cause = "Other solvers minimise, which is kind 2."
            raise refuse("Anderson.solver", self.solver, "mm.Gram() where kind is 1", cause)

    def init(self, game: Game, x: Profile, key: Key) -> State:
        inner = self.rule.init(game, x, key)
        other = self.remedy.init(game, x, key) if isinstance(self.remedy, UpdateRule) else None
        w, _ = x.ravel()
        _demand_room(self.memory, w)
        _demand_map(self.rule, game, x, inner, key)
        zero, none = jnp.zeros((), w.dtype), jnp.zeros((), jnp.int32)
        last = Mixing(zero, zero + 1, none, zero + 1, none, none, jnp.asarray(False))
        window = opened(w.size, self.memory, self.solver, w.dtype, self.kind)
        return Mixed(inner, other, window, last, none, zero, jnp.asarray(False))

    def update(self, game: Game, x: Profile, state: State, tick: Tick) -> tuple[Profile, State]:
        w, unravel = x.ravel()
        image, inner, other = self._map(game, x, state, tick)
        seen = self._evaluate(state, w, image.ravel()[0])
        told = self._decide(state, seen, w.size)

        def landing() -> Array:
            return seen.mixed - self.mixing * seen.window.combined(seen.weights.values)

        mixed = jax.lax.cond(told.landed, landing, lambda: seen.mixed)
        point = jnp.where(told.own, seen.image, mixed)
        # Back to the step that the last mixing replaced.
        point = jnp.where(told.worse, state.window.image, point)
        inner, other = _either(told.worse, (state.inner, state.other), (inner, other))
        return game.project(unravel(point)), self._renew(state, seen, told, inner, other)

    def _evaluate(self, state: Mixed, w: Array, g: Array) -> Evaluated:
        """The window with one more evaluation, and what its mixing would be."""
        f = g - w
        size, floor = _norm(f), 8 * jnp.finfo(w.dtype).eps * _norm(w)
        started = state.updates >= self.delay
        # A difference within the rounding of what it is the difference of would be scaled up to a
        # column like any other.
        told = True if self.remedy is None else _norm(f - state.window.residual) > floor / 4
        window = pushed(state.window, f, g, self.solver, self.kind, told)._replace(known=started)
        weights = self.solver.weights(window, self.kind)
        mixed = g - weights.values @ window.images

        def damped() -> Array:
            return mixed - (1 - self.mixing) * window.combined(weights.values)

        mixed = jax.lax.cond(self.mixing == 1, lambda: mixed, damped)
        coefficients, moved = spread(window, weights.values), _norm(mixed - w)
        first = jnp.where(state.window.known, state.first, size)
        return Evaluated(
            g, size, floor, started, window, weights, mixed, coefficients, moved, first
        )

    def _decide(self, state: Mixed, seen: Evaluated, numbers: int) -> Decision:
        policy = self._renewal(state.last.remedied, numbers)
        due = seen.started & ((state.updates + 1) % self.every == 0)
        worse = self._worse(seen.size, state)
        trusted = self._trusted(seen.weights.condition, seen.coefficients)
        refused = due & ~worse & ~(trusted & jnp.isfinite(seen.moved))
        due = due & ~worse & ~refused

        filled = seen.window.filled
        idle = seen.moved < self.stagnation * seen.size
        idle = idle | ((seen.weights.rank == 0) & (filled > 0))
        stagnant = due & (seen.size > seen.floor) & idle
        grown = seen.size > self.divergence * seen.first
        full = due & policy.active & (filled == self.memory)
        landed = full & policy.land
        own = ~due | (stagnant & ~landed & (self.remedy is not None))

        before = state.last.remedied
        diverged = due & (filled == self.memory) & grown
        remedied = before if self.remedy is None else before | stagnant | diverged
        switched = remedied & ~before & isinstance(self.remedy, UpdateRule)
        emptied = full | refused | worse | switched
        return Decision(
            due, worse, refused, stagnant, landed, own, emptied, full & policy.keep, remedied
        )

    def _renew(
        self, state: Mixed, seen: Evaluated, told: Decision, inner: State, other: State
    ) -> Mixed:
        past, weights = state.last, seen.weights
        report = Mixing(
            jnp.where(told.worse, past.residual, seen.size),
            jnp.where(told.due, weights.condition, 1).astype(seen.size.dtype),
            jnp.where(told.due, weights.rank, 0),
            jnp.where(told.due, seen.coefficients, 1),
            past.stagnations + told.stagnant.astype(jnp.int32),
            past.rejections + (told.refused | told.worse).astype(jnp.int32),
            told.remedied,
        )
        window = cleared(seen.window, told.emptied, told.kept)
        # Also where the window that made it is emptied now.
        mixed = ~told.own & (seen.window.filled > 0)
        return Mixed(inner, other, window, report, state.updates + 1, seen.first, mixed)

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

    def _renewal(self, remedied: Array, size: int) -> _Renewal:
        """How the window is renewed now. A remedy's restarts are of no use to a window that spans
        the whole space.
        """
        first = _renewal_of(self.restart)
        remedy = (
            self.remedy if isinstance(self.remedy, Restart) and self.memory < size else self.restart
        )
        return _Renewal(
            *(jnp.where(remedied, b, a) for a, b in zip(first, _renewal_of(remedy), strict=True))
        )


def mixing(view: View) -> Mixing:
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


class _Renewal(NamedTuple):
    active: bool | Array
    keep: bool | Array
    land: bool | Array


def _renewal_of(restart: Restart | None) -> _Renewal:
    if restart is None:
        return _Renewal(False, False, False)
    return _Renewal(True, restart.keep, restart.land)


def _norm(v: Array) -> Array:
    return jnp.sqrt(v @ v)


def _either(when: Array, yes: Either, no: Either) -> Either:
    return jax.tree.map(lambda a, b: jnp.where(when, a, b), yes, no)


def _demand_room(memory: int, w: Array) -> None:
    """Three rings of `memory` rows, each as long as the profile, and three squares of products; a
    run holds them up to four times.
    """
    if w.dtype.itemsize < 4:
        allowed = "float32 or float64 under Anderson"
        raise refuse("the profile's dtype", str(w.dtype), allowed, "Least squares need the digits.")
    there, size, number = room(), int(w.size), 4 * w.dtype.itemsize
    needed = 3 * memory * (size + memory)
    most = (math.isqrt(size**2 + 4 * (there // (3 * number))) - size) // 2
    if needed > there // number:
        allowed = f"at most {most} for this profile of {size} numbers"
        cause = (
            f"A run would hold its window in {needed * number:,} bytes; this device has {there:,}. "
            "Five to fifty columns are usual."
        )
        raise refuse("Anderson.memory", memory, allowed, cause)


def _demand_map(rule: UpdateRule, game: Game, x: Profile, state: State, key: Key) -> None:
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


def _alike(a: PyTree, b: PyTree) -> bool:
    arrays = hasattr(a, "shape") and hasattr(b, "shape")
    return (a.shape, a.dtype) == (b.shape, b.dtype) if arrays else a == b
