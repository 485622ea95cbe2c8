"""`minimax-lab continue`: an equilibrium followed while one number of rule or game moves."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...analysis.continuation import Branch, Interrupted, branch
from ...analysis.events import Event, EventKind
from ...checks import InputError
from ...profile import Profile
from ...rules import UpdateRule
from ...signals import Terminated
from .. import options, output
from ..expressions import read_rule
from ..named_games import Place, place, resting
from ..options import OnGame, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class Continued(OnGame):
    """The fixed points of a rule's update while one number moves, and where they change their
    stability: folds, branch points, period doublings and Neimark-Sacker points.

    minimax-lab continue dirac_gan --rule "Simultaneous(0.1, Consensus(1))" --over step --from 0.01
    --to 2 -o branch.pdf
    """

    rule: str = option("", "RULE", 'Such as "Alternating(0.2, Momentum(-0.5))".', shown="needed")
    over: str = option("step", "PATH", "The number that moves: step, direction.strength, game...")
    from_: float = option(0.01, "P", "Where it begins.")
    to: float = option(2.0, "P", "Where it ends.")
    at: str | None = option(
        None,
        "X,Y",
        "The profile to begin at.",
        shown="default: the equilibrium nearest to the start",
    )
    start: str | None = options.start()
    period: int = option(1, "K", "Updates of a cycle to follow; 1 is an equilibrium.")
    switch: bool = option(False, "", "Follow also what leaves the doublings and branch points.")
    coordinate: int = option(0, "I", "Which number of the profile the picture shows.")
    output: str | None = options.file()

    def run(self) -> None:
        """Follow, then print where stability changes."""
        target = output.checked(self.output, output.PICTURES)
        if not self.rule:
            raise InputError('--rule is needed, such as --rule "Simultaneous(0.1)".')
        point, named = (self.start, "--start") if self.at is None else (self.at, "--at")
        rule = read_rule(self.rule)
        where = place(self.game, self.settings, point, self.seed, named=named)
        x = where.start if self.at else resting(where, where.start) or _middle(where)
        if x is None:
            raise InputError(
                f"Newton's method finds no equilibrium of {where.title} from its start; give a "
                f"profile by --at."
            )
        found, stopped = self._followed(where, rule, x)
        if target and found:
            from ... import draw

            shown = {name or "followed": one for name, one in found.items()}
            drawn = shown if len(shown) > 1 else found[""]
            draw.save(draw.branch(drawn, coordinate=self.coordinate), target)
        told = {
            "game": where.title,
            "over": self.over,
            "branches": [_described(one) for one in found.values()],
            "file": target,
        }

        def tell() -> None:
            output.line(f"{where.title} from {output.short(x)}")
            for name, one in found.items():
                _tell(name, one)
            output.written(target, "\n")

        self.answer(lambda: told, tell)
        if stopped:
            raise stopped(
                f"{target} has the branch so far" if target else "this is the branch so far"
            )

    def _followed(
        self, where: Place, rule: UpdateRule, x: Profile
    ) -> tuple[dict[str, Branch], type[KeyboardInterrupt] | None]:
        """The branches by where they leave, and what broke them off."""
        said, between = output.Notice(), (self.from_, self.to)
        found: dict[str, Branch] = {}

        def follow(name: str, begin: Profile | Event) -> None:
            try:
                found[name] = branch(
                    where.game,
                    rule,
                    begin,
                    over=self.over,
                    between=between,
                    period=self.period,
                    key=where.key,
                    progress=True,
                )
            except Interrupted as error:
                found[name] = error.branch
                raise

        try:
            follow("", x)
            for event in found[""].events if self.switch else ():
                if event.kind in (EventKind.DOUBLING, EventKind.BRANCH):
                    said(f"following what leaves the {event.kind} at {event.value:.6g}")
                    follow(f"from {event.value:.6g}", event)
        except Interrupted as error:
            ending = error.__cause__
            return found, type(ending) if isinstance(ending, Terminated) else KeyboardInterrupt
        return found, None


def _middle(where: Place) -> Profile | None:
    """The equilibrium that Newton's method finds from the middle of all profiles, zero."""
    return resting(where, 0.0 * where.start)


def _described(one: Branch) -> dict[str, object]:
    return {
        "over": one.over,
        "period": one.period,
        "ended": one.ended,
        "events": [
            {
                "kind": event.kind.value,
                "value": event.value,
                "at": event.profile,
                "multiplier": event.multiplier,
                "turn": event.turn,
                "coefficient": event.coefficient,
                "supercritical": event.supercritical,
            }
            for event in one.events
        ],
        "values": one.values,
        "points": one.points,
        "radii": one.radii,
    }


def _tell(name: str, one: Branch) -> None:
    ends = f"{one.over} from {output.short(one.values.min())} to {output.short(one.values.max())}"
    output.line(f"\n{name + ': ' if name else ''}{len(one.values)} points, {ends}")
    stable = int(np.sum(one.stable))
    output.line(f"stable at {stable} of them; {one.ended}")
    if one.events:
        columns = ("change", one.over, "multiplier", "coefficient", "what leaves")
        output.table(columns, map(_row, one.events))
    else:
        output.line("no change of stability")


def _row(event: Event) -> tuple[str, ...]:
    leaves = {True: "supercritical", False: "subcritical", None: "-"}[event.supercritical]
    return (
        event.kind.value,
        f"{event.value:.10g}",
        output.short_complex(event.multiplier),
        output.short(event.coefficient),
        leaves,
    )
