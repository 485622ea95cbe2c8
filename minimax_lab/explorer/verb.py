"""`explore`: games and rules as a page, for a browser or a notebook."""

from __future__ import annotations

import dataclasses
import functools
import html
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..checks import nearest, refuse
from ..directions import (
    Adam,
    AssistAdversary,
    Clipped,
    Consensus,
    GapAware,
    Gradient,
    Graft,
    Momentum,
    Normalised,
    RMSProp,
    Smoothing,
    Symplectic,
)
from ..files import writable, writing
from ..game import Game, as_game, is_game
from ..games import catalogue
from ..games.entries import View
from ..labels import label
from ..profile import Strategies, as_profile
from ..rules import (
    Alternating,
    Averaged,
    Extragradient,
    FollowTheRidge,
    Lookahead,
    Optimistic,
    PastExtragradient,
    Repeated,
    Simultaneous,
    UpdateRule,
)
from .bundle import Bundle, Shown, bundled, labelled, of_catalogue, planar, silent
from .programs import demand_planar

# The rules of a page that is told none: every walk, and every direction along one.
RULES: tuple[UpdateRule, ...] = (
    Simultaneous(0.1),
    Alternating(0.1),
    Extragradient(0.1),
    PastExtragradient(0.1),
    Optimistic(0.1),
    Averaged(Alternating(0.1)),
    Averaged(Alternating(0.1), 0.9),
    Lookahead(Alternating(0.1)),
    Repeated(Alternating(0.1)),
    FollowTheRidge(0.1),
    Simultaneous(0.1, Consensus(1.0)),
    Simultaneous(0.1, Symplectic()),
    Simultaneous(0.1, Symplectic(align=False)),
    Simultaneous(0.1, Smoothing(1.0)),
    Simultaneous(0.1, AssistAdversary()),
    Alternating(0.1, Momentum(decay=-0.5)),
    Simultaneous(0.1, Clipped()),
    Simultaneous(0.1, Normalised()),
    Simultaneous(0.1, Adam()),
    Simultaneous(0.1, RMSProp()),
    Simultaneous(0.1, Graft(Gradient(), Adam())),
    Simultaneous(0.1, GapAware()),
)
HEIGHT = 1900  # pixels of the frame that a notebook gives the page


@dataclasses.dataclass(frozen=True, eq=False)
class Exploration:
    """A page of games and rules, made when it is first looked at; a notebook shows it, `save`
    writes it.
    """

    games: tuple[Shown | str, ...]  # a name is one of the catalogue
    rules: tuple[UpdateRule, ...]
    strict: bool = True
    tell: Callable[[str], None] = silent

    @functools.cached_property
    def bundle(self) -> Bundle:
        """Its JavaScript, and what could not be carried."""
        shown = [of_catalogue(g) if isinstance(g, str) else g for g in self.games]
        rules = labelled(self.rules)
        return bundled(shown, rules, strict=self.strict, tell=self.tell)

    @functools.cached_property
    def page(self) -> str:
        """The whole page, one HTML file."""
        from .page import page

        return page(self.bundle, f"{', '.join(self.bundle.games[:3])}: minimax dynamics")

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the page, whole or not at all."""
        if not isinstance(path, str | os.PathLike):
            raise refuse("path", path, 'the name of a file such as "page.html"')
        target = writable(path, "path")
        text = self.page
        with writing(target) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return target

    def widget(self) -> Any:
        """The page as a widget of anywidget, which must be installed; `address` is what is
        shown, and shows what it is set to.
        """
        from .widget import widget

        return widget(self.bundle)

    def _repr_html_(self) -> str:
        text = html.escape(self.page)
        style = f"width:100%;height:{HEIGHT}px;border:0"
        return f'<iframe srcdoc="{text}" style="{style}" title="Minimax dynamics"></iframe>'

    def _repr_mimebundle_(self, **asked: Any) -> Any:
        """The widget where anywidget is installed, else a frame with the page."""
        try:
            import anywidget  # noqa: F401
        except ImportError:
            return {"text/html": self._repr_html_(), "text/plain": repr(self)}
        return self.widget()._repr_mimebundle_(**asked)

    def __repr__(self) -> str:
        shown = f"{len(self.games)} games, {len(self.rules)} rules"
        return f"Exploration({shown}; .save(path) writes the page)"


def explore(
    game: Game | str | Sequence[str] | None = None,
    rules: UpdateRule | Sequence[UpdateRule] | None = None,
    *,
    start: Strategies | None = None,
    box: View | tuple[float, float] | None = None,
) -> Exploration:
    """A page on which a game of two numbers is played by update rules: drag the start, turn every
    number, see orbit and spectrum side by side. It works from a folder, without a server.

    Field, updates, Jacobians and formulas on it are translated from these very objects.

    Arguments:
        game: a `Game`, the name of one in the catalogue, or several names; all planar ones without.
        rules: the update rules to choose from; one of every kind without.
        start: where a `Game` is begun, a `Profile` or a tuple; (1, 1) without.
        box: (low, high) or ((left, right), (bottom, top)), what is seen of a `Game`'s plane.

    Returns:
        What a notebook shows and `save("page.html")` writes.

    Examples:
        >>> import minimax_lab as mm
        >>> mm.explore("cubic", [mm.Simultaneous(0.1), mm.Alternating(0.1)])
        Exploration(1 games, 2 rules; .save(path) writes the page)
    """
    walks = RULES if rules is None else _rules(rules)
    if is_game(game):
        return Exploration((_own(as_game(game), start, box),), walks, rules is not None)
    for name, given in (("start", start), ("box", box)):
        if given is not None:
            cause = "A game of the catalogue brings its own."
            raise refuse(name, given, "left out where games are named", cause)
    names = planar() if game is None else _names(game)
    strict = game is not None and rules is not None
    return Exploration(names, walks, strict)


def _rules(given: object) -> tuple[UpdateRule, ...]:
    listed = (given,) if isinstance(given, UpdateRule) else given
    if not isinstance(listed, tuple | list) or not listed:
        raise refuse("rules", given, "update rules such as [mm.Simultaneous(0.1)]")
    for i, rule in enumerate(listed):
        if not isinstance(rule, UpdateRule):
            cause = "A direction needs a rule around it."
            raise refuse(f"rules[{i}]", rule, "an update rule such as mm.Simultaneous(0.1)", cause)
        label(rule)
    return tuple(listed)


def _names(given: object) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, tuple | list) or not names:
        raise refuse("game", given, "a Game, the name of one, or several names")
    for name in names:
        if not isinstance(name, str):
            raise refuse("game", name, "a Game, the name of one, or several names")
        if name not in catalogue():
            raise nearest("game", name, planar())
        if name not in planar():
            size = sum(np.size(strategy) for strategy in catalogue()[name].start)
            raise refuse("game", f"{name}, of {size} numbers", "one of two: the page is a plane")
    return tuple(dict.fromkeys(names))


def _own(game: Game, start: Strategies | None, box: object) -> Shown:
    begin = as_profile((1.0, 1.0) if start is None else start)
    demand_planar(game, begin)
    if box is None:
        far = 2.0 * max(1.0, float(np.max(np.abs(begin.ravel()[0]))))
        return Shown("game", game, begin, ((-far, far), (-far, far)))
    try:
        sides = np.asarray(box, float)
    except (TypeError, ValueError):
        sides = np.zeros(0)
    sides = np.stack([sides, sides]) if sides.shape == (2,) else sides
    if sides.shape != (2, 2) or not np.all(np.isfinite(sides)) or np.any(np.diff(sides) <= 0):
        raise refuse("box", box, "(low, high) or ((left, right), (bottom, top)), finite")
    (left, right), (bottom, top) = sides.tolist()
    return Shown("game", game, begin, ((left, right), (bottom, top)))
