"""What a stuck user wants to know: what the numbers of a run are, which mechanism they look like,
and what addresses it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from jaxtyping import PRNGKeyArray

from ..checks import refuse, whole
from ..game import Game, as_game
from ..profile import Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.prepare import demand_key, demand_rule, prepared
from ..running.program import Carry, Plan, Runs, begin
from ..running.record import Saved
from .eigenvalues import ROOM, Leading, walk_of
from .facts import Covering, Facts, gather
from .findings import Finding, findings

SHOWN = 4  # eigenvalues of a kind in the text


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What was measured and what it says. Printed, a table of facts and then sentences; `.plain()`
    has the same in JSON's types.
    """

    facts: Facts
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> list[str]:
        """The mechanisms found at work."""
        return [finding.mechanism for finding in self.findings if finding.verdict == "yes"]

    def __getitem__(self, mechanism: str) -> Finding:
        for finding in self.findings:
            if finding.mechanism == mechanism:
                return finding
        names = ", ".join(finding.mechanism for finding in self.findings)
        raise refuse("mechanism", mechanism, f"one of {names}")

    def __str__(self) -> str:
        rows = self.rows()
        width = max(map(len, rows))
        table = [f"{name:<{width}}  {value}" for name, value in rows.items()]
        order = {"yes": 0, "cannot tell": 1, "no": 2}
        told = sorted(self.findings, key=lambda finding: order[finding.verdict])
        head = f"found: {', '.join(self.faults)}" if self.faults else "no fault found"
        return "\n".join([*table, "", head, "", *map(str, told)])

    def rows(self) -> dict[str, str]:
        """The facts as a table: a name and a text each."""
        facts, seen = self.facts, self.facts.discriminator
        rows = {
            "updates made": "not known" if facts.steps is None else f"{facts.steps:,}",
            "losses": f"{_each(facts.losses)}, ideal {_each(facts.ideal or ())}",
            "weights": _each(facts.weights),
            "gradients": _each(facts.gradients),
            "an update moves": _each(facts.updates),
            **_spectrum(facts.field),
        }
        if facts.update is not None:
            rows |= _spectrum(facts.update)
        else:
            rows["the update map"] = f"not taken: {facts.update_unknown}"
        if seen is not None:
            rows |= {
                "logits": f"{_each(seen.logits)} on real and fake, sigmoids {_each(seen.sigmoids)}",
                "saturated": f"{seen.saturated:.2g} of samples",
                "real above fake": f"{seen.separation:.3g} of pairs",
                "discriminator alone": f"would come to a loss of {seen.probed:.3g}",
            }
        if facts.spread is not None:
            rows["variance of fake"] = f"{facts.spread:.3g} of the real"
        if facts.coverage is not None:
            rows["modes with samples"] = "{} of {}".format(*facts.coverage)
        for name, quarters in facts.trends.items():
            rows[f"{name.replace('_', ' ')}, by quarters"] = "; ".join(map(_each, quarters))
        return rows

    def plain(self) -> dict[str, Any]:
        """Everything in JSON's types; what is not finite is null."""
        told = {
            "found": self.faults,
            "findings": [finding.plain() for finding in self.findings],
            "facts": _told(self.facts),
        }
        return _json(told)


def diagnose(
    game: Game,
    rule: UpdateRule,
    x: Strategies,
    state: Carry | Saved | None = None,
    *,
    key: PRNGKeyArray,
    lines: Sequence[Mapping[str, Any]] = (),
    covered: Covering | None = None,
    leading: int = 20,
    samples: int = 512,
    linearised: int = 256,
) -> Diagnosis:
    """Measure a run where it stands, and say which of the known mechanisms it suffers from.

    The field and the update map are linearised on one large draw, and their outer eigenvalues taken
    from products alone, three for each that is wanted; those with a residual above a tenth of their
    distance from zero (of an update: from one) are left out. Of `Averaged` rules the walker is
    looked at. Where a rule adapts its scale, that is frozen (`mm.frozen`).

    Arguments:
        game: what was played.
        rule: how it was walked.
        x: where the run is; its precision is the diagnosis's.
        state: `run.state`, or a checkpoint's; without, nothing is known of momentum and scales.
        key: the randomness of draws.
        lines: what was observed along the run, `RunFolder(...).lines()`.
        covered: (modes with samples, modes in all), or a function of a profile that gives it; of
            mixtures it is counted.
        leading: how many eigenvalues are wanted.
        samples: how many samples are looked at, at least the game's own batch.
        linearised: how many the field and the update are linearised on, at least a batch as well;
            the time is in proportion.

    Returns:
        The facts, and a finding for each mechanism.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> game, rule = mm.games.bilinear(1.0), mm.Simultaneous(0.3)
        >>> run = mm.run(game, rule, (1.0, 1.0), 20)
        >>> told = mm.training.diagnose(game, rule, run.final, run.state, key=jax.random.key(0))
        >>> told.faults
        ['rotation']
    """
    game = as_game(game)
    demand_rule(rule)
    demand_suited(rule, game)
    x = as_profile(x, "x")
    key = demand_key(game, key, "It fixes the draws: key=jax.random.key(seed).")
    leading, samples = whole(leading, "leading"), whole(samples, "samples")
    linearised = whole(linearised, "linearised")
    game, rule = narrowed(game, x.dtype), narrowed(rule, x.dtype)
    carry = _carry(game, rule, x, state, key)
    steps = None if carry is None else int(carry.index)
    walk = walk_of(rule, x, None if carry is None else carry.state, steps or 0)
    facts = gather(
        game,
        walk,
        x,
        key=key,
        steps=steps,
        lines=lines,
        covering=covered,
        depth=ROOM * leading,
        samples=samples,
        linearised=linearised,
    )
    return Diagnosis(facts, tuple(findings(facts)))


def _carry(
    game: Game, rule: UpdateRule, x: Any, state: Carry | Saved | None, key: PRNGKeyArray
) -> Carry | None:
    """What the run carries, put back into shape where it comes from a file."""
    if state is None or isinstance(state, Carry):
        return state
    if not isinstance(state, Saved):
        raise refuse("state", type(state).__name__, "the .state of a run of this game and rule")
    fresh = begin(Runs(None, prepared(game, rule, x, key, None)), Plan(1, 1))
    return state.restored(fresh)


def _spectrum(found: Leading) -> dict[str, str]:
    """Those that tell most, and how well they are known."""
    if not len(found):
        return {found.name: f"none of its {found.size} eigenvalues converged"}
    shown = ", ".join(f"{v.real:.4g}{v.imag:+.4g}i" for v in found.values[:SHOWN])
    worst = float(found.residuals.max())
    rotation = f"|Im| share up to {found.rotation:.2f}"
    return {
        found.name: f"{len(found)} of {found.size} eigenvalues, residuals up to {worst:.1e}",
        f"  farthest from {found.centre:g}": shown,
        f"  of {found.name.removeprefix('the ')}": (
            f"largest modulus {found.radius:.5g}, smallest real part {found.abscissa:.4g}, "
            f"{rotation}"
        ),
    }


def _told(facts: Facts) -> dict[str, Any]:
    told = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    for name in ("field", "update", "discriminator"):
        if told[name] is not None:
            told[name] = {
                f.name: getattr(told[name], f.name) for f in dataclasses.fields(told[name])
            }
    return told


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _json(part) for name, part in value.items()}
    if hasattr(value, "tolist"):
        return _json(value.tolist())
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    if isinstance(value, complex):
        return {"re": _json(value.real), "im": _json(value.imag)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _each(values: Sequence[float | None]) -> str:
    return " and ".join("-" if value is None else f"{value:.3g}" for value in values) or "not known"
