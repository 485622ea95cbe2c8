"""`minimax-lab explore`: games and rules as a page for a browser."""

from __future__ import annotations

import dataclasses

from ...checks import refuse
from ...explorer.verb import Exploration, explore
from ...rules import UpdateRule
from .. import options, output
from ..expressions import read_rules
from ..named_games import place
from ..options import Command, positional


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explore(Command):
    """One page, for a browser and without a server: games of two numbers under several rules, with
    starts to drag and every number to turn, orbits beside spectra.

    Without GAME all planar games are on it, without --rule a rule of every kind.

    minimax-lab explore cubic two_basins --rule "Alternating(0.1)" --rule "Extragradient(0.1)" -o
    page.html
    """

    games: tuple[str, ...] = positional(
        "GAME", "Names from `minimax-lab games`, or one of your own, mine.py:game.", ()
    )
    rule: tuple[str, ...] = options.rules()
    output: str | None = options.file("The page, .html.", shown="default: explorer.html")

    def run(self) -> None:
        """Translate, write, and say what is on the page."""
        target = output.checked(self.output or "explorer.html", (".html",))
        rules = list(read_rules(self.rule).values()) or None
        asked = self._own(rules) or explore(list(self.games) or None, rules)
        made = dataclasses.replace(asked, tell=output.Notice())
        assert target is not None
        size = made.save(target).stat().st_size
        bundle = made.bundle
        told = {
            "games": bundle.games,
            "rules": bundle.rules,
            "left_out": dict(bundle.left_out),
            "bytes": size,
            "file": target,
        }
        self.answer(lambda: told, lambda: _tell(made, size))
        if not self.json:
            output.written(target)

    def _own(self, rules: list[UpdateRule] | None) -> Exploration | None:
        """The page of a game from a file, which stands alone on it."""
        own = [name for name in self.games if ":" in name]
        if not own:
            return None
        if len(self.games) > 1:
            given = " ".join(self.games)
            raise refuse("GAME", given, "names of the catalogue, or one game of a file alone")
        here = place(own[0], (), None)
        return explore(here.game, rules, start=here.start, box=here.box)


def _tell(made: Exploration, size: int) -> None:
    bundle = made.bundle
    output.named(
        {
            "games": ", ".join(bundle.games),
            "rules": "; ".join(bundle.rules),
            "left out": "\n".join(f"{name}: {why}" for name, why in bundle.left_out.items()) or "-",
            "size": f"{size / 1000:.0f} kB",
        }
    )
