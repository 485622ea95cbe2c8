"""What a race found: times of contenders, their ratios, targets, how cost grows; as text, and as
the records in JSON. Nothing here needs JAX.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

INF = math.inf


class Timing(NamedTuple):
    """Seconds of the first call, and of them those in which XLA compiled; bytes that a later call
    needed at its peak; seconds per unit: the median, the fastest and slowest round, the median of
    the processor's time, which tells what a busy machine hides, and every round.
    """

    first: float
    median: float
    fastest: float
    slowest: float
    processor: float
    compiled: float | None = None
    peak: int | None = None
    rounds: tuple[float, ...] = ()


class Target(NamedTuple):
    """The time of `what` over that of `over`, or a fact by itself, lies between two numbers."""

    what: str
    over: str = ""
    least: float = 0.0
    most: float = INF

    def __str__(self) -> str:
        bounds = f"at least {self.least:g}" if self.least else f"at most {self.most:g}"
        return f"{self.what}{' / ' * bool(self.over)}{self.over} {bounds}"

    def shortfall(self, value: float) -> float:
        """By which factor it is missed; at most one where it is met."""
        if self.least:
            return self.least / value if value > 0 else INF
        return value / self.most if value > 0 else 0.0


class Outcome(NamedTuple):
    """One group: times by contender, ours first; facts beside time; peers that are not installed,
    with the line that installs each; and the size against which cost is drawn.
    """

    name: str
    unit: str
    timings: Mapping[str, Timing]
    facts: Mapping[str, float] = {}
    targets: tuple[Target, ...] = ()
    missing: Mapping[str, str] = {}
    size: float | None = None
    series: str = ""

    def value(self, target: Target) -> float | None:
        """What a target speaks of, or None where somebody was not there."""
        found = []
        for name in filter(None, (target.what, target.over)):
            timing = self.timings.get(name)
            found.append(self.facts.get(name) if timing is None else timing.median)
        if any(part is None for part in found):
            return None
        return found[0] / found[1] if target.over else found[0]

    def aim(self, target: Target) -> str:
        """A target in words, with the unit where it is a time."""
        alone = target.what in self.timings and not target.over
        return f"{target}{f' s a {self.unit}' if alone else ''}"

    def verdicts(self) -> Iterator[tuple[Target, float | None, str]]:
        """Every target, the number, and whether it is met."""
        for target in self.targets:
            value = self.value(target)
            if value is None:
                yield target, None, "not measured"
            else:
                factor = target.shortfall(value)
                yield target, value, "met" if factor <= 1 else f"missed by a factor {factor:.2g}"


def spread(peer: Timing, ours: Timing) -> tuple[float, float]:
    """The least and the largest ratio: of rounds that followed each other where they are known,
    of the extremes where not.
    """
    if peer.rounds and ours.rounds:
        ratios = [p / o for p, o in zip(peer.rounds, ours.rounds, strict=False)]
        return min(ratios), max(ratios)
    return peer.fastest / ours.slowest, peer.slowest / ours.fastest


def ratios(outcome: Outcome) -> dict[str, tuple[float, float, float]]:
    """How many times longer than ours each takes, and the spread."""
    (_, ours), *others = outcome.timings.items()
    return {name: (t.median / ours.median, *spread(t, ours)) for name, t in others}


def curves(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """(series, contender) -> its (size, cost), of all groups that have a size, smallest first."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for outcome in outcomes:
        if outcome.size is not None:
            for name, t in outcome.timings.items():
                found.setdefault((outcome.series, name), []).append((outcome.size, t.median))
    return {who: sorted(points) for who, points in found.items() if len(points) > 1}


def exponent(points: list[tuple[float, float]]) -> float:
    """The slope of the straight line through the logarithms."""
    return statistics.linear_regression(*zip(*[map(math.log, p) for p in points], strict=True))[0]


def slower(
    now: Iterable[Outcome], then: Iterable[Outcome], margin: float = 0.2
) -> dict[tuple[str, str], tuple[float, float]]:
    """(group, contender) -> its times ours then and now, where ours has lost more than the margin.
    Only what both have is compared.
    """
    before = {outcome.name: ratios(outcome) for outcome in then}
    found = {}
    for outcome in now:
        old = before.get(outcome.name, {})
        for name, (ratio, *_) in ratios(outcome).items():
            if name in old and ratio * (1 + margin) < old[name][0]:
                found[outcome.name, name] = old[name][0], ratio
    return found


def recorded(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """As the records have it: seconds by "group: contender", and what else is known of a group."""
    seconds, groups = {}, {}
    for outcome in outcomes:
        groups[outcome.name] = outcome._asdict() | {
            "targets": [[t.what, t.over, t.least, min(t.most, 1e300)] for t in outcome.targets]
        }
        del groups[outcome.name]["timings"], groups[outcome.name]["name"]
        for who, t in outcome.timings.items():
            per = t._asdict()
            apart = {
                "first call": t.first,
                "compiled": per.pop("compiled"),
                "peak": per.pop("peak"),
            }
            seconds[f"{outcome.name}: {who}"] = apart | {f"per {outcome.unit}": per}
    return {"seconds": seconds, "groups": groups}


def outcomes(record: Mapping[str, Any]) -> list[Outcome]:
    """What `recorded` wrote; older records know nothing of a group but its times."""
    found = []
    for name, items in itertools.groupby(record["seconds"], key=lambda label: _parted(label)[0]):
        timings, unit = {}, ""
        for label in items:
            told = record["seconds"][label]
            (per,) = (key for key in told if key.startswith("per "))
            unit = per.removeprefix("per ")
            apart = {key: told.get(key) for key in ("compiled", "peak")}
            timings[_parted(label)[1]] = Timing(**told[per] | apart)
        about = dict(record.get("groups", {}).get(name, {"unit": unit}))
        about["targets"] = tuple(Target(*target) for target in about.get("targets", ()))
        found.append(Outcome(name, timings=timings, **about))
    return found


def _parted(label: str) -> tuple[str, str]:
    """A group, whose name has no colon, and a contender; without a group in the oldest records."""
    group, colon, who = label.partition(": ")
    return (group, who) if colon else ("", label)


def table(outcome: Outcome) -> str:
    """A group as text: a line a contender, then a line a target."""
    (_, ours), *_ = outcome.timings.items()
    width = max(map(len, [outcome.name, *outcome.timings, *outcome.missing]))
    lines = [
        f"{outcome.name:{width}}  {'per ' + outcome.unit:>20}   (fastest .. slowest)   processor   "
        "first call    compiled        peak   times ours (spread)"
    ]
    for name, t in outcome.timings.items():
        low, high = spread(t, ours)
        within = "" if t is ours else f" ({low:.2g} .. {high:.2g})"
        rounds = f"({short(t.fastest)} .. {short(t.slowest)})"
        lines.append(
            f"{name:{width}}  {short(t.median):>20}   {rounds:>22} {short(t.processor):>9}   "
            f"{short(t.first):>10}  {short(t.compiled):>10}  {memory(t.peak):>10}   "
            f"{t.median / ours.median:10.2f}{within}"
        )
    lines += [f"{name:{width}}  not here: {line}" for name, line in outcome.missing.items()]
    lines += [f"  {name}: {value:g}" for name, value in outcome.facts.items()]
    lines += [
        f"  target {outcome.aim(target)}: {'-' if value is None else f'{value:.3g}'}, {said}"
        for target, value, said in outcome.verdicts()
    ]
    return "\n".join(lines)


def short(seconds: float | None) -> str:
    """With a unit in which it is a small number."""
    if not seconds:
        return "-"
    for scale, name in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {name}"
    return f"{seconds * 1e9:.3g} ns"


def memory(size: int | None) -> str:
    """In megabytes."""
    return "-" if size is None else f"{size / 1e6:.3g} MB"
