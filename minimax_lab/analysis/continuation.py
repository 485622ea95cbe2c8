"""A fixed point or a cycle of a rule followed while one number of the rule or the game moves."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Complex, Float, PRNGKeyArray

from ..checks import demand_flag, one_number, refuse, whole
from ..game import Game, as_game
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.prepare import demand_key, demand_rule
from ..running.progress import Meter
from .curves import Curve, Point
from .events import ON, Event, EventKind, described, located
from .families import Family, first_vector
from .fields import flat, short_vector
from .leaves import found
from .misfits import fitted
from .spectrum import demand_linear
from .update_map import size_of

LEAST = 1e-7  # the shortest step, of the range
SHARP = 0.9  # the least cosine between the tangents of neighbours
FAR = 1e6  # how much larger than its start a branch may become


@dataclasses.dataclass(frozen=True, eq=False)
class Branch:
    """The fixed points of `period` updates along a curve: the `values` of the number that moves,
    the `points` as flat profiles, their `multipliers`, largest first, and the `events` on the way.

    `ended` says why the branch goes no further.
    """

    over: str
    period: int
    values: Float[np.ndarray, " points"]
    points: Float[np.ndarray, "points size"]
    multipliers: Complex[np.ndarray, "points all"]
    events: tuple[Event, ...]
    ended: str
    like: Profile

    @property
    def radii(self) -> Float[np.ndarray, " points"]:
        """The largest modulus of a multiplier at every point."""
        return np.abs(self.multipliers[:, 0])

    @property
    def stable(self) -> Bool[np.ndarray, " points"]:
        """Whether every multiplier is inside the unit circle and not on it, point by point."""
        return self.radii < 1 - ON

    def profile(self, index: int) -> Profile:
        """One of the points as a profile."""
        return self.like.ravel()[1](jnp.asarray(self.points[index], self.like.dtype))

    def __repr__(self) -> str:
        least, most = self.values.min(), self.values.max()
        head = f"Branch({len(self.values)} points, {self.over} from {least:.6g} to {most:.6g}"
        return "; ".join([head, *map(str, self.events), self.ended]) + ")"


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a branch was followed; `branch` is what there was of it."""

    def __init__(self, branch: Branch):
        super().__init__(f"the branch has {len(branch.values)} points so far")
        self.branch = branch


class _Walked(NamedTuple):
    """How far a branch has come."""

    points: list[Point]
    events: list[Event]
    ended: str = ""


@fitted("x")
def branch(
    game: Game,
    rule: UpdateRule,
    x: Strategies | Event,
    *,
    over: str,
    between: tuple[float, float],
    period: int = 1,
    stride: float = 0.02,
    most: int = 2000,
    other_side: bool = False,
    key: PRNGKeyArray | None = None,
    progress: bool = False,
) -> Branch:
    """The curve of fixed points F(z, p) = z of the update map, memory included, from the profile x
    at p = between[0] until p leaves the range or the branch is lost.

    The number p is named by its path. Where a multiplier crosses the unit circle is located to
    rounding and typed. An event of another branch in place of x begins the branch that leaves it: a
    period doubling the cycle of twice the period, a branch point the branch that crosses there.

    Arguments:
        game: what is played.
        rule: whose update it is; without schedules, and linear at rest.
        x: a profile near a fixed point at the first value, or an event.
        over: the number that moves, such as "step", "direction.strength" or "game.data".
        between: where it begins and where it ends; from an event, the range it stays in.
        period: how many updates the map is, for a cycle of as many points.
        stride: the longest step along the curve, in units of the range.
        most: the points after which to end.
        other_side: whether to leave an event to its other side.
        key: fixes the sample of a random game.
        progress: whether to show a meter on the terminal.

    Returns:
        The branch; where it is lost it says so and keeps what it has. Ctrl-C raises `Interrupted`,
        a KeyboardInterrupt whose `branch` is what there is.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # multipliers deserve 64 bits
        >>> rule = mm.Simultaneous(0.1, mm.Consensus(1.0))
        >>> found = mm.branch(
        ...     mm.games.bilinear(1.0), rule, (0.0, 0.0), over="step", between=(0.1, 1.5)
        ... )
        >>> for event in found.events:
        ...     print(f"{event.kind} at {event.value:.6f}, {event.turn:.2f} of a turn")
        Neimark-Sacker at 1.000000, 0.25 of a turn
    """
    game = as_game(game)
    demand_rule(rule)
    demand_linear(rule)
    demand_suited(rule, game)
    event = x if isinstance(x, Event) else None
    profile = _doubled(x.profile if isinstance(x, Event) else x)
    leaf = found(game, rule, over)
    ends = _ends(between)
    for end in ends:
        leaf.demand(game, rule, end)
    stride = one_number(stride, "stride", above=LEAST, most=1)
    most, period = whole(most, "most", 2), whole(period, "period")
    demand_flag(progress, "progress")
    key = demand_key(game, key, "It fixes the sample: key=jax.random.key(seed).")
    updates = rule.rest.period * period if event is None else _updates(event, over, ends)
    dtype = profile.dtype
    family = Family(narrowed(game, dtype), narrowed(rule, dtype), profile, key, (leaf,), updates)
    curve, first, way = _begun(family, profile, event, ends, other_side)
    meter = Meter(most, shown=progress, label="points")
    walked = _Walked([first], [])
    try:
        walked = _walk(curve, walked, way, ends, (stride, most), meter)
    except KeyboardInterrupt as error:
        here = f"{leaf.name} = {curve.value(walked.points[-1].u):.10g}"
        walked = walked._replace(ended=f"interrupted at {here}")
        raise Interrupted(_kept(curve, walked)) from error
    finally:
        meter.close()
    return _kept(curve, walked)


def _kept(curve: Curve, walked: _Walked) -> Branch:
    """What is kept of a walk."""
    family = curve.family
    count = size_of(family.like)
    return Branch(
        family.leaves[0].name,
        family.period,
        np.array([curve.value(point.u) for point in walked.points]),
        np.array([curve.z(point.u)[:count] for point in walked.points]),
        np.array([point.multipliers for point in walked.points]),
        tuple(walked.events),
        walked.ended,
        family.like,
    )


def _doubled(x: Strategies) -> Profile:
    profile = as_profile(x, "x")
    if profile.dtype != np.float64:
        cause = 'Call jax.config.update("jax_enable_x64", True) first.'
        raise refuse("x", f"a profile of {profile.dtype}", "float64", cause)
    return profile


def _ends(between: object) -> tuple[float, float]:
    allowed = "two different numbers, where to begin and where to end"
    if not isinstance(between, tuple | list) or len(between) != 2:
        raise refuse("between", between, allowed)
    first, last = (one_number(end, f"between[{i}]") for i, end in enumerate(between))
    if first == last:
        raise refuse("between", between, allowed)
    return first, last


def _updates(event: Event, over: str, ends: tuple[float, float]) -> int:
    """How many updates the map is of whose branch an event is the beginning."""
    if event.kind not in (EventKind.DOUBLING, EventKind.BRANCH):
        cause = {
            EventKind.FOLD: "At a fold the branch itself turns back; no other one leaves it.",
            EventKind.NEIMARK_SACKER: "What leaves a Neimark-Sacker point is an invariant circle: "
            "run from beside it and look at the positions.",
        }[event.kind]
        raise refuse("x", f"a {event.kind}", "a period doubling or a branch point", cause)
    if event.over != over.removeprefix("rule."):
        raise refuse("over", over, f"{event.over!r}, as on the branch of the event")
    if not min(ends) <= event.value <= max(ends):
        allowed = f"a range with the event in it, at {event.value:.10g}"
        raise refuse("between", ends, allowed)
    return event.period * (2 if event.kind == EventKind.DOUBLING else 1)


def _begun(
    family: Family,
    profile: Profile,
    event: Event | None,
    ends: tuple[float, float],
    other_side: bool,
) -> tuple[Curve, Point, np.ndarray | None]:
    """The curve, its first point, and the way to leave an event."""
    width = abs(ends[1] - ends[0])
    if event is not None:
        half = (len(event.vector) - 1) // 2
        z, way = event.vector[:half], event.vector[half:]
        curve = Curve(family, 1 + float(np.linalg.norm(z)), width)
        way = -way if other_side else way
        u = curve.unit(z, event.value)
        return curve, Point(u, way, curve.jet(u)[2]), way
    z = np.asarray(first_vector(family, jnp.asarray([ends[0]])), float)
    curve = Curve(family, 1 + float(np.linalg.norm(z)), width)
    up = np.append(np.zeros(len(z)), np.sign(ends[1] - ends[0]))
    point = curve.corrected(curve.unit(z, ends[0]), up)
    where = f"at {family.leaves[0].name} = {ends[0]:g}"
    given = short_vector(flat(profile))
    if point is None:
        cause = "Newton's method finds none from there; mm.find_equilibria looks from many starts."
        raise refuse("x", given, f"near a fixed point of the update map {where}", cause)
    count = size_of(profile)
    moved = float(np.linalg.norm((curve.z(point.u) - z)[:count]))
    if moved > 0.25 * (1 + float(profile.norm())):
        cause = f"Newton's method goes as far as {short_vector(curve.z(point.u)[:count])}."
        raise refuse("x", given, f"near a fixed point of the update map {where}", cause)
    return curve, point, None


def _walk(
    curve: Curve,
    walked: _Walked,
    way: np.ndarray | None,
    ends: tuple[float, float],
    sizes: tuple[float, int],
    meter: Meter,
) -> _Walked:
    """From the first point to where the branch ends."""
    stride, most = sizes
    low, high = min(ends) / curve.width, max(ends) / curve.width
    first, length = walked.points[0], stride / 4
    name = curve.family.leaves[0].name
    while len(walked.points) < most:
        here = walked.points[-1]
        meter.show(len(walked.points), f"{name} = {curve.value(here.u):.6g}")
        there, length = _next(curve, here, length, leaving=way is not None)
        if there is None:
            where = f"{name} = {curve.value(here.u):.10g}"
            return walked._replace(ended=f"lost at {where}: no neighbour is found any more")
        way = None
        if not low <= there.u[-1] <= high:
            edge = low if there.u[-1] < low else high
            last = _landed(curve, here, there, edge)
            if last is not None:
                _passed(curve, walked, last)
            return walked._replace(ended=f"reached {name} = {edge * curve.width:.10g}")
        _passed(curve, walked, there)
        if np.linalg.norm(there.u[:-1]) > FAR * (1 + np.linalg.norm(first.u[:-1])):
            return walked._replace(
                ended=f"went to infinity at {name} = {curve.value(there.u):.10g}"
            )
        if len(walked.points) > 4 and np.linalg.norm(there.u - first.u) < length / 2:
            return walked._replace(ended="came back to where it began")
        length = min(stride, 1.4 * length)
    return walked._replace(ended=f"stopped after {most} points, as asked")


def _next(curve: Curve, here: Point, length: float, leaving: bool) -> tuple[Point | None, float]:
    """The next point and how far it was; by the moving number alone where the arc fails."""
    while length >= LEAST:
        guess = here.u + length * here.tangent
        point = curve.corrected(guess, here.tangent)
        near = point is not None and np.linalg.norm(point.u - guess) < length
        if point is not None and near and (leaving or point.tangent @ here.tangent > SHARP):
            gaps = np.abs(np.abs(point.multipliers) - 1)
            # One that is on the circle could be said to be on either side of it.
            again = 0.9 * length
            beside = curve.corrected(here.u + again * here.tangent, here.tangent)
            if gaps.min() < ON and beside is not None and not leaving:
                return beside, again
            return point, length
        length /= 2
    up = curve.upward * np.sign(here.tangent[-1] or 1.0)
    for natural in (1e-3, 1e-4, 1e-5):
        guess = here.u + natural * up
        point = curve.corrected(guess, up)
        if point is not None and np.linalg.norm(point.u - guess) < 0.1:
            return point, 10 * LEAST
    return None, length


def _landed(curve: Curve, here: Point, there: Point, edge: float) -> Point | None:
    """The point at the end of the range, between two."""
    share = (edge - here.u[-1]) / (there.u[-1] - here.u[-1])
    if share <= 1e-12:
        return None
    guess = here.u + share * (there.u - here.u)
    guess[-1] = edge
    return curve.corrected(guess, curve.upward * np.sign(there.u[-1] - here.u[-1]))


def _passed(curve: Curve, walked: _Walked, there: Point) -> None:
    """Keep a point, and what happened on the way to it."""
    here = walked.points[-1]
    length = float((there.u - here.u) @ here.tangent)
    _, unravel = curve.family.like.ravel()
    for point, rank in located(curve, here, there, length):
        flat = jnp.asarray(curve.z(point.u)[: size_of(curve.family.like)])
        profile = jax.tree.map(jnp.asarray, unravel(flat))
        walked.events.append(described(curve, point, rank, profile))
    walked.points.append(there)
