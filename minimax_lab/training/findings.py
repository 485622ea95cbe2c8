"""What the facts of a run say: for each way in which such games are known to fail yes, no or cannot
tell, with the numbers it rests on and what addresses it.

A mechanism is blamed only where something is wrong: eigenvalues that turn are there in nearly every
GAN, and a run whose generator covers its data while the discriminator's loss stays near the ideal
one does not suffer from them. Every threshold is a rule of thumb; its reason stands beside it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from .eigenvalues import Leading
from .facts import SURE, Discriminator, Facts

Verdict = Literal["yes", "no", "cannot tell"]

TURNING = 0.9  # the share |Im| / |.|: from here on the stable step is below half of 2 / |.|
KEPT = 0.9  # of its size is left after a turn: some twenty turns would be needed to settle
HORIZON = 1000  # updates within which a turn must close to matter to a run of thousands
OVERSHOT = 1.2  # the factor of an update that flips; full-batch descent hovers about one by itself
LEAP = 0.1  # of all weights' norm in one update: within ten of them nothing is left of the old ones
APART = 100.0  # between the players' relative movements; a healthy pair has a factor of a few
WIDTH = 0.1  # of the ideal loss: the gap at which the gap-aware schedule is at its end
FAR = 0.25  # of the ideal loss, lost or gained: well beyond that width, and above minibatch noise
CERTAIN = 0.99  # of real samples above fake ones: nothing is left to be told apart
MUDDLED = 0.9  # below it the discriminator fails at what it could learn
STARVED = 0.05  # of the push that an undecided discriminator gives
NARROW, WIDE = 0.5, 2.0  # the variance of fake samples over that of real ones in a healthy run
POINT = 0.1  # the same in a collapse: a third of the width
MOVED = 0.1  # of its own norm: a generator that went less far is still the one it began as


@dataclasses.dataclass(frozen=True)
class Finding:
    """One mechanism: whether the run suffers from it, the numbers that say so, and what addresses
    it.
    """

    mechanism: str
    verdict: Verdict
    evidence: str
    remedy: str = ""

    def __str__(self) -> str:
        remedy = f" Try: {self.remedy}" if self.verdict == "yes" else ""
        return f"{self.mechanism}: {self.verdict}. {self.evidence}{remedy}"

    def plain(self) -> dict[str, str]:
        """In JSON's types."""
        return dataclasses.asdict(self)


def findings(facts: Facts) -> list[Finding]:
    """A finding for each mechanism, in the order in which one would ask."""
    asked: list[Callable[[Facts], Finding]] = [
        diverged,
        untrained,
        rotation,
        overshooting,
        imbalance,
        too_strong,
        too_weak,
        collapse,
    ]
    return [ask(facts) for ask in asked]


def healthy(facts: Facts) -> bool | None:
    """Whether the generator covers the data while the discriminator's loss is near the ideal one;
    None where that cannot be seen.
    """
    if facts.discriminator is None or facts.spread is None:
        return None
    covered = facts.coverage is None or facts.coverage[0] == facts.coverage[1]
    spread = NARROW <= facts.spread <= WIDE
    ideal = _ideal(facts)
    if ideal is None:
        return None
    near = ideal == 0 or all(
        abs(loss - ideal) <= FAR * abs(ideal)
        for loss in (facts.losses[1], facts.discriminator.probed)
    )
    return covered and spread and near and facts.verdict != "diverged"


def diverged(facts: Facts) -> Finding:
    """Whether the run was lost."""
    name = "divergence"
    remedy = "a smaller step, a penalty on the discriminator (R1), or the causes found below."
    if facts.verdict == "diverged":
        when = f"after {facts.steps} updates" if facts.steps else ""
        return Finding(name, "yes", f"The run was stopped {when}: not finite, or far out.", remedy)
    if not np.all(np.isfinite([*facts.losses, *facts.gradients])):
        return Finding(name, "yes", "A loss or a gradient is not finite.", remedy)
    growth = _growth(facts, "gradient_norms")
    said = f" gradients grew by {_each(growth)} from the second quarter on," if growth else ""
    return Finding(name, "no", f"All is finite,{said} weights have norms {_each(facts.weights)}.")


def untrained(facts: Facts) -> Finding:
    """Whether the run has hardly begun."""
    name, remedy = "not yet trained", "more updates before anything else is judged."
    if facts.steps is None:
        return Finding(name, "cannot tell", "It is not known how many updates were made.")
    if facts.steps == 0:
        return Finding(name, "yes", "No update was made.", remedy)
    if _dead(facts):
        said = "The generator no longer moves; how far it went before that is not known."
        return Finding(name, "cannot tell", said)
    gone = _gone(facts)
    if gone is None:
        return Finding(name, "cannot tell", f"{facts.steps} updates were made; how far is unknown.")
    said = f"In {facts.steps} updates the generator went at most {gone:.2g} times its own norm."
    return Finding(name, "yes" if gone < MOVED else "no", said, remedy)


def rotation(facts: Facts) -> Finding:
    """Whether the players go round instead of in."""
    name = "rotation"
    remedy = (
        "Consensus, Alternating with a small step or negative Momentum, Extragradient, or "
        "Anderson around the rule; R1 where the discriminator has none."
    )
    field, update = facts.field, facts.update
    if not len(field) or update is None or not len(update):
        why = facts.update_unknown or "too few eigenvalues have converged"
        said = f"The field's |Im|/|value| reaches {field.rotation:.2f}" if len(field) else "No more"
        return Finding(name, "cannot tell", f"{said}, but the update map is not known: {why}.")
    share = _share(field)
    turning = _turning(update)
    evidence = f"The field's leading values have |Im|/|value| up to {share:.2f}; "
    if share < TURNING or turning is None:
        return Finding(name, "no", evidence + f"{update.name} damps what turns.")
    value, left = turning
    evidence += (
        f"{update.name} has {_complex(value)}: a turn takes {2 * math.pi / np.angle(value):.3g} "
        f"updates and leaves {_percent(left)} of its size."
    )
    return _blamed(name, facts, evidence, remedy)


def overshooting(facts: Facts) -> Finding:
    """Whether steps are beyond what the curvature allows."""
    name, remedy = (
        "step too large",
        "a smaller step for the player that leaps; Clipped; a schedule.",
    )
    paces, leaps, update = _paces(facts), _leaps(facts), facts.update
    judged = facts.discriminator is not None or facts.verdict == "diverged"  # toys may be at zero
    reaches = _relative(facts.reaches, facts)
    leap = max(*paces, *reaches, *leaps) if judged else 0.0
    said = (
        f"An update moves the players by {_each(paces)} of their norms, one that remembers nothing "
        f"by {_each(reaches)}"
    )
    if facts.leaps is not None:
        said += f", the longest seen by {_each(leaps)}"
    flipped = _flipped(update)
    if update is not None and len(update):
        said += f"; the largest flipping value of {update.name} is {_complex(flipped)}"
    if facts.step is not None and not _adaptive(facts) and len(facts.field):
        limit = facts.field.step_limit
        said += f"; the step is {_each(facts.step)}, found values allow {limit:.3g}"
    said += "."
    if _dead(facts):
        said += " The generator's gradient is exactly zero though it is pushed: a leap has left its"
        said += " units off for all latents."
    if abs(flipped) > OVERSHOT or leap > LEAP or _dead(facts):
        return _blamed(name, facts, said, remedy)
    if update is None or not len(update):
        return Finding(name, "cannot tell", f"{said} {facts.update_unknown}")
    return Finding(name, "no", said)


def imbalance(facts: Facts) -> Finding:
    """Whether one player moves and the other does not."""
    name = "imbalance of the players"
    remedy = (
        "Normalised, Adam, or Graft(Adam(), Gradient()), which give both players steps of chosen "
        "length; or the rates as a pair, step=(a, b)."
    )
    paces = _paces(facts)
    if max(paces) == 0:
        return Finding(name, "cannot tell", "No player moves at all.")
    ratio = max(paces) / min(paces) if min(paces) > 0 else math.inf
    slow = ("the generator", "the discriminator") if facts.discriminator else ("one", "the other")
    said = (
        f"An update moves the players by {_each(paces)} of their norms, a ratio of {ratio:.3g} "
        f"(gradients {_each(facts.gradients)})"
    )
    if ratio <= APART:
        return Finding(name, "no", said + ".")
    who = slow[int(np.argmin(paces))]
    return _blamed(name, facts, f"{said}: {who} hardly moves.", remedy)


def too_strong(facts: Facts) -> Finding:
    """Whether the discriminator is so sure that the generator learns nothing."""
    name, seen, ideal = "discriminator too strong", facts.discriminator, _ideal(facts)
    if seen is None:
        return Finding(name, "cannot tell", "This game has no discriminator.")
    said = _said_of(seen, facts)
    remedy = (
        "R1 (slope_penalty), GapAware on the discriminator's step, fewer turns for it"
        + ("; an objective that does not saturate, NonSaturating()" if seen.push < STARVED else "")
        + "."
    )
    certain = seen.separation >= CERTAIN
    won = bool(ideal) and facts.losses[1] < FAR * abs(ideal or 0)
    starved = seen.push < STARVED and seen.separation >= MUDDLED  # else the generator has won
    if (certain and won) or starved:
        return _blamed(name, facts, said, remedy)
    if not ideal and certain:
        return Finding(name, "no", said + " This loss has no end at which a critic saturates.")
    return Finding(name, "no", said)


def too_weak(facts: Facts) -> Finding:
    """Whether the discriminator lags behind what it could say."""
    name, seen, ideal = "discriminator too weak", facts.discriminator, _ideal(facts)
    remedy = "GapAware, a larger step or more turns for the discriminator (order=(1, 1, 0))."
    if seen is None:
        return Finding(name, "cannot tell", "This game has no discriminator.")
    said = (
        f"Its loss is {facts.losses[1]:.3g}, ideal {_number(ideal)}, and {seen.probed:.3g} after a "
        f"short training alone; {_percent(seen.separation)} of real samples above fake ones."
    )
    if facts.updates[1] == 0:
        return _blamed(name, facts, f"It does not move. {said}", remedy)
    if not ideal:
        return Finding(name, "cannot tell", said + " There is no ideal loss to measure it by.")
    worse = facts.losses[1] > ideal + WIDTH * abs(ideal)
    behind = facts.losses[1] - seen.probed > FAR * abs(ideal) and seen.separation < MUDDLED
    return _blamed(name, facts, said, remedy) if worse or behind else Finding(name, "no", said)


def collapse(facts: Facts) -> Finding:
    """Whether the generator makes less than there is."""
    name = "mode collapse"
    remedy = (
        "Consensus or R1 against hopping between modes, Normalised or Adam where one player is "
        "slow, a smaller step, a larger batch."
    )
    if facts.spread is None and facts.coverage is None:
        return Finding(name, "cannot tell", "Nothing is known of samples or modes.")
    said = [] if facts.spread is None else [f"fake variance is {facts.spread:.3g} of the real"]
    missing = 0
    if facts.coverage is not None:
        found, total = facts.coverage
        missing = total - found
        said.append(f"{found} of {total} modes have samples")
    evidence = ", ".join(said).capitalize() + "."
    if untrained(facts).verdict == "yes":
        return Finding(name, "cannot tell", f"{evidence} But it is not yet trained.")
    if missing or (facts.spread is not None and facts.spread < POINT):
        return Finding(name, "yes", evidence, remedy)
    more = "" if facts.coverage else " Which modes or classes are there is not known."
    return Finding(name, "no", evidence + more)


def _blamed(name: str, facts: Facts, evidence: str, remedy: str) -> Finding:
    """Yes, unless nothing is wrong with the run."""
    if healthy(facts):
        harmless = " But the data is covered and the losses are near the ideal: it does no harm."
        return Finding(name, "no", evidence + harmless)
    return Finding(name, "yes", evidence, remedy)


def _share(field: Leading) -> float:
    """The largest share |Im| / |.| among values of at least a tenth of the largest modulus."""
    return float(np.max(field.shares[np.abs(field.values) >= 0.1 * field.radius]))


def _turning(update: Leading) -> tuple[complex, float] | None:
    """The value that keeps most of its size over a turn of more than four updates, and how much, if
    that is enough to matter.
    """
    angles = np.angle(update.values)
    around = (angles < math.pi / 2) & (angles * HORIZON >= 2 * math.pi)
    if not np.any(around):
        return None
    values, angles = update.values[around], angles[around]
    left = np.abs(values) ** (2 * math.pi / angles)
    best = int(np.argmax(left))
    return (complex(values[best]), float(left[best])) if left[best] >= KEPT else None


def _flipped(update: Leading | None) -> complex:
    """Of the values that an update turns by a right angle or more, the largest."""
    if update is None:
        return 0j
    back = update.values[update.values.real < 0]
    return complex(back[np.argmax(np.abs(back))]) if len(back) else 0j


def _paces(facts: Facts) -> tuple[float, ...]:
    """How far an update moves each player, in units of its own norm."""
    return _relative(facts.updates, facts)


def _leaps(facts: Facts) -> tuple[float, ...]:
    """The same of the longest update of each player among the rows."""
    return (0.0,) if facts.leaps is None else _relative(facts.leaps, facts)


def _relative(moves: tuple[float, ...], facts: Facts) -> tuple[float, ...]:
    pairs = zip(moves, facts.weights, strict=True)
    return tuple(moved / norm if norm > 0 else moved for moved, norm in pairs)


def _dead(facts: Facts) -> bool:
    """Whether nothing reaches the generator's weights although its samples are pushed."""
    seen = facts.discriminator
    return seen is not None and facts.gradients[0] == 0 and seen.push >= STARVED


def _gone(facts: Facts) -> float | None:
    """At most how far the generator has gone, in units of its norm."""
    rows = facts.trends.get("update_norms")
    if not rows or facts.steps is None or facts.weights[0] == 0:
        return None
    mean = float(np.mean([row[0] for row in rows])) * facts.steps / facts.weights[0]
    return max(mean, _leaps(facts)[0])


def _growth(facts: Facts, name: str) -> tuple[float, ...] | None:
    rows = facts.trends.get(name)
    if not rows:
        return None
    return tuple(b / a if a > 0 else math.nan for a, b in zip(rows[1], rows[3], strict=True))


def _adaptive(facts: Facts) -> bool:
    return facts.update is None or "frozen" in facts.update.name


def _ideal(facts: Facts) -> float | None:
    return None if facts.ideal is None or len(facts.ideal) < 2 else facts.ideal[1]


def _said_of(seen: Discriminator, facts: Facts) -> str:
    return (
        f"Logits are {seen.logits[0]:.3g} on real and {seen.logits[1]:.3g} on fake samples, "
        f"{_percent(seen.saturated)} beyond {SURE:g}; {_percent(seen.separation)} of real ones "
        f"above fake ones; its loss is {facts.losses[1]:.3g}, ideal {_number(_ideal(facts))}; the "
        f"generator is pushed {seen.push:.3g} times as hard as by an undecided one."
    )


def _each(values: tuple[float, ...]) -> str:
    return " and ".join(f"{value:.3g}" for value in values)


def _complex(value: complex) -> str:
    return f"{value.real:.3g}{value.imag:+.3g}i" if value.imag else f"{value.real:.3g}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3g}"
