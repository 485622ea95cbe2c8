"""`minimax-lab portrait`: a planar game seen whole."""

from __future__ import annotations

import dataclasses
import pathlib

import jax

from ...analysis.portraits import Box, Portrait, Trajectory, flat, portrait
from ...checks import InputError, refuse
from ...running.progress import announced
from .. import options, output
from ..expressions import read, read_rules
from ..named_games import place, profile
from ..options import OnGame, option


@dataclasses.dataclass(frozen=True, kw_only=True)
class Phase(OnGame):
    """The phase portrait of a game of two numbers: flow, nullclines, equilibria and their kinds,
    and walks of rules.

    minimax-lab portrait two_basins --rule "Alternating(0.05)" -o portrait.pdf
    """

    rule: tuple[str, ...] = options.rules()
    start: tuple[str, ...] = options.start((), "Where the rules start; repeat --start for several.")
    box: str | None = option(
        None,
        "L,R,B,T",
        "Left, right, bottom, top; or low,high for both, or how far from zero.",
        shown="default: the game's own, or around its equilibria",
    )
    steps: int = options.steps(200, "Updates of every rule.")
    flow: bool = option(False, "", "Draw the continuous flow too.")
    output: str | None = options.file()

    def run(self) -> None:
        """Compute, draw, and list the equilibria."""
        target = output.checked(self.output, output.PICTURES)
        walks = read_rules(self.rule)
        where = place(self.game, self.settings, self.start[0] if self.start else None, self.seed)
        starts = [profile(text, "--start") for text in self.start] or [where.start]
        size = sum(leaf.size for leaf in jax.tree.leaves(where.start))
        if size != 2:
            raise InputError(
                f"{where.title} has {size} numbers, but a portrait shows games of two. `compare` "
                f"serves all."
            )
        box = where.box if self.box is None else _box(self.box)
        with announced(f"looking at {where.title} in the plane, and compiling what that takes"):
            found = portrait(
                where.game,
                box=box,
                rules=walks,
                starts=starts,
                steps=self.steps,
                flow=self.flow,
                key=where.key,
                sample=where.sample,
            )
        if target:
            from ... import draw

            draw.save(draw.portrait(found), target)
        told = _described(found) | {"game": where.title, "file": target}
        self.answer(lambda: told, lambda: _tell(found, target))


def _box(text: str) -> Box | tuple[float, float] | float:
    sides = read(text, "--box", numbers=True)
    if isinstance(sides, int | float):
        return sides
    if not isinstance(sides, tuple) or len(sides) not in (2, 4):
        raise refuse("--box", text, "left,right,bottom,top, or low,high, or a number")
    return sides if len(sides) == 2 or isinstance(sides[0], tuple) else (sides[:2], sides[2:])


def _described(found: Portrait) -> dict[str, object]:
    return {
        "box": found.box,
        "equilibria": [
            {"at": flat(e.profile), "kind": e.kind.value, "eigenvalues": e.eigenvalues}
            for e in found.equilibria
        ],
        "walks": [
            {"rule": t.label, "verdict": str(t.outcome), "start": t.points[0], "end": t.points[-1]}
            for t in found.trajectories
        ],
    }


def _tell(found: Portrait, target: pathlib.Path | None) -> None:
    if found.equilibria:
        rows = [
            (e.place, e.kind.value, ", ".join(output.short_complex(v) for v in e.eigenvalues))
            for e in found.equilibria
        ]
        output.table(("equilibrium", "kind", "eigenvalues of the field"), rows)
    else:
        output.line("no equilibrium in the box")
    if found.trajectories:
        output.line()
        walked = [
            (t.label, output.short(tuple(t.points[0])), str(t.outcome), _end(t))
            for t in found.trajectories
        ]
        output.table(("rule", "start", "verdict", "end"), walked)
    output.line(f"written to {target}" if target else "-o portrait.pdf draws it")


def _end(walk: Trajectory) -> str:
    return "-" if walk.diverged else output.short(tuple(walk.points[-1]))
