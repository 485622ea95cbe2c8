"""What became of a run, by written definitions rather than exceptions inside compiled code.

*diverged*: a value is not finite, or |x| exceeds bound * (1 + |x_start|); the run stops there.
*converged*: the natural residual |x - P(x - v(x))| is at most the tolerance (never asked below the
rounding of |x|), and a thousandth of (1 + |x_start|) away it is more than twice as large: x is a
zero of the field, not a place where the field has faded. *stalled*: the walk stands still, within
the tolerance, at a profile whose residual says it should move; or the field has faded. *cycling*:
it keeps coming back: at least three returns at regular intervals to where it was, and its speed,
the root mean square of its updates over whole turns, changes by less than 2 % from one window to
the next (a spiral's falls or rises with its radius). Windows double in length (Brent 1980), so the
longer a run, the slower a spiral can be told from a cycle. *running*: none of these yet.
"""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from .. import shown
from ..game import Game, Sample
from ..profile import Profile
from ..settings import Declared, Number, count, real

Truth = Bool[Array, ""]
Count = Int[Array, ""]
Real = Float[Array, ""]
Ranks = Int[Array | np.ndarray, "*runs"]  # one number, or one a run of a sweep
Reals = Float[Array | np.ndarray, "*runs"]


class Outcome(enum.StrEnum):
    """The five verdicts: running, converged, diverged, cycling, stalled."""

    RUNNING = "running"
    CONVERGED = "converged"
    DIVERGED = "diverged"
    CYCLING = "cycling"
    STALLED = "stalled"


OUTCOMES = tuple(Outcome)


class Past(NamedTuple):
    """What is kept of the window before; NaN where it is not known."""

    extent: Real
    speed: Real
    period: Real
    earlier: Real  # the speed in the window before that


class Watch(NamedTuple):
    """What the judge remembers of a run: constant in size, carried by the loop."""

    alive: Truth  # whether the run goes on
    start: Real  # the norm of the start
    anchor: Profile  # where the present window began
    since: Count  # and when
    reach: Real  # the greatest distance from the anchor in this window
    away: Truth  # whether the walk is far from the anchor now
    returns: Count
    first: Count  # when it first came back
    last: Count  # and when last
    intervals: Real  # the sum of squared intervals between returns
    looks: Real  # since the first return,
    squares: Real  # the sum of squared lengths of the updates seen in them,
    speed: Real  # and the root of their mean at the last return
    path: Real  # how far the walk went in this window, by its last updates before each look,
    jumps: Real  # and how far from look to look: less where looks are too rare to follow it
    before: Past


class Verdict(NamedTuple):
    """What became of a run; after a sweep, arrays with one entry a run."""

    code: Ranks
    steps: Ranks
    residual: Reals
    period: Reals

    @property
    def kind(self) -> Any:
        """The `Outcome`; after a sweep an array of them."""
        if np.ndim(self.code) == 0:
            return OUTCOMES[int(self.code)]
        return np.array(OUTCOMES, dtype=object)[np.asarray(self.code)]

    def __repr__(self) -> str:
        return f"Verdict({self})"

    def _repr_html_(self) -> str:
        return shown.html(self)

    def __str__(self) -> str:
        if np.ndim(self.code) == 0:
            period = f", period {float(self.period):.4g}" if self.kind == Outcome.CYCLING else ""
            return (
                f"{self.kind} after {int(self.steps)} updates, residual "
                f"{float(self.residual):.3g}{period}"
            )
        kinds, counts = np.unique(np.asarray(self.code), return_counts=True)
        return ", ".join(f"{n} {OUTCOMES[k]}" for k, n in zip(kinds, counts, strict=True))


class Judge(Declared):
    """The thresholds of the verdicts: converged where |x - P(x - v(x))| <= tolerance, diverged
    where |x| > bound (1 + |x_start|), cycling by the returns within windows that double in length.

    `window` is the length of the first of them, in updates. The head of the module `judge` has the
    definitions in full.
    """

    tolerance: Number = real(1e-10, above=0)
    bound: Number = real(1e8, above=0)
    window: int = count(32)

    def init(self, x: Profile) -> Watch:
        """Before the first update, and at the head of every window."""
        zero, none, no = jnp.zeros((), x.dtype), jnp.zeros((), jnp.int32), jnp.asarray(False)
        unknown = jnp.full((), jnp.nan, x.dtype)
        return Watch(
            alive=~no,
            start=_norm(x),
            anchor=x,
            since=none,
            reach=zero,
            away=no,
            returns=none,
            first=none,
            last=none,
            intervals=zero,
            looks=zero,
            squares=zero,
            speed=unknown,
            path=zero,
            jumps=zero,
            before=Past(unknown, unknown, unknown, unknown),
        )

    def watch(
        self, w: Watch, x: Profile, index: Count, last: Profile, before: Profile, updates: int
    ) -> Watch:
        """The accumulators after one more look: at x, `updates` after the look at `last`, one
        update after `before`.

        This runs inside the loop: all but the anchor are single numbers, and x is read three times.
        """
        alive = w.alive & ~self.lost(w, x)
        distance, moved = _norm(x - w.anchor), _norm(x - before)
        reach = jnp.maximum(w.reach, distance)
        came = w.away & (distance < reach / 2)
        again = came & (w.returns > 0)
        interval = jnp.where(again, index - w.last, 0).astype(x.dtype)
        counting = (w.returns > 0).astype(x.dtype)
        looks, squares = w.looks + counting, w.squares + counting * moved**2
        w = w._replace(
            alive=alive,
            reach=reach,
            away=jnp.where(came, False, w.away | (distance > 0.75 * reach)),
            returns=w.returns + came.astype(jnp.int32),
            first=jnp.where(came & (w.returns == 0), index, w.first),
            last=jnp.where(came, index, w.last),
            intervals=w.intervals + interval**2,
            looks=looks,
            squares=squares,
            speed=jnp.where(again, jnp.sqrt(squares / jnp.maximum(looks, 1)), w.speed),
            path=w.path + updates * moved,
            jumps=w.jumps + (moved if updates == 1 else _norm(x - last)),
        )
        # Windows double: the next one begins when this one is as long as all before it together.
        over = index - w.since >= jnp.maximum(self.window, w.since)
        past = Past(_extent(w, index - w.since), w.speed, _period(w), w.before.speed)
        fresh = self.init(x)._replace(alive=alive, start=w.start, since=index, before=past)
        return jax.tree.map(lambda a, b: jnp.where(over, a, b), fresh, w)

    def verdict(self, w: Watch, game: Game, x: Profile, sample: Sample, index: Count) -> Verdict:
        """What has become of the run so far."""
        residual, still = natural_residual(game, x, sample), self.threshold(x)
        small = residual <= still
        step = 1e-3 * (1 + w.start)
        probe = jax.tree.map(lambda leaf: leaf + (step / _size(x) ** 0.5).astype(leaf.dtype), x)
        zero = natural_residual(game, probe, sample) > 2 * residual
        cycling, period = self._cycling(w)
        cases = {
            Outcome.DIVERGED: self.lost(w, x),
            Outcome.CONVERGED: small & zero,
            Outcome.STALLED: small | self._stopped(w, index, still),
            Outcome.CYCLING: cycling,
        }
        codes = [jnp.asarray(OUTCOMES.index(kind), jnp.int32) for kind in (*cases, Outcome.RUNNING)]
        code = jnp.select(list(cases.values()), codes[:-1], codes[-1])
        goes_round = code == OUTCOMES.index(Outcome.CYCLING)
        return Verdict(code, index, residual, jnp.where(goes_round, period, jnp.nan))

    def _stopped(self, w: Watch, index: Count, still: Real) -> Truth:
        """Whether the walk stands still in this window, or, while that is young, in the last."""
        length = index - w.since
        now, then = _extent(w, length) <= still, w.before.extent <= still
        return jnp.where(length >= self.window, now, then)

    @staticmethod
    def _cycling(w: Watch) -> tuple[Truth, Real]:
        """Whether the walk goes round at an even speed, and in how many updates.

        The present window speaks once it has seen three returns; until then the one before does.
        """
        seen, past = w.returns >= 3, w.before
        period = jnp.where(seen, _period(w), past.period)
        change = jnp.where(seen, w.speed / past.speed, past.speed / past.earlier)
        return jnp.isfinite(period) & (jnp.abs(change - 1) < 0.02), period

    def lost(self, w: Watch, x: Profile) -> Truth:
        """Whether the run has diverged."""
        size = _norm(x)
        return ~(jnp.isfinite(size) & (size <= self.bound * (1 + w.start)))

    def threshold(self, x: Profile) -> Real:
        """The tolerance, but never below the rounding of x itself."""
        return jnp.maximum(self.tolerance, 8 * jnp.finfo(x.dtype).eps * (1 + _norm(x)))


def natural_residual(game: Game, x: Profile, sample: Sample = None) -> Real:
    """|x - P(x - v(x))|: zero exactly at the stationary profiles of a game on a convex set, |v(x)|
    on the whole space.
    """
    return _norm(x - game.project(x - game.field(x, sample)))


def _extent(w: Watch, length: Count) -> Real:
    """How far a window's walk went: from its anchor, or in its mean update where looks fall on the
    same spot of an orbit.
    """
    return jnp.maximum(w.reach, w.path / jnp.maximum(length, 1).astype(w.path.dtype))


def _size(x: Profile) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(x))


def _period(w: Watch) -> Real:
    """The mean interval between returns, or NaN where they are fewer than three, irregular, or too
    quick for the looks.
    """
    count = jnp.maximum(w.returns - 1, 1).astype(w.reach.dtype)
    mean = (w.last - w.first).astype(w.reach.dtype) / count
    variance = w.intervals / count - mean**2
    regular = (w.returns >= 3) & (variance <= jnp.maximum(0.0625 * mean**2, 1.0))
    # A chord over a quarter of a turn is 0.9 of its arc, over half a turn 0.64.
    followed = w.jumps >= 0.8 * w.path
    return jnp.where(regular & followed, mean, jnp.nan)


def _norm(x: Profile) -> Real:
    return jnp.sqrt(x @ x).astype(x.dtype)
