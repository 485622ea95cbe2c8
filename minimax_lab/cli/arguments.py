"""The arguments that commands share, and how their texts become a game, rules and profiles."""

from __future__ import annotations

from typing import Annotated

import jax.numpy as jnp
import numpy as np
from tyro.conf import FlagCreatePairsOff, Positional, UseAppendAction, arg

from ..checks import InputError, refuse
from ..labels import label
from ..profile import Profile, as_profile
from ..rules import UpdateRule
from .expressions import read, read_rule

Name = Annotated[Positional[str], arg(metavar="GAME", help="A name from `minimax-lab games`.")]
Settings = Annotated[
    Positional[tuple[str, ...]],
    arg(
        metavar="KEY=VALUE",
        help="The game's settings; `minimax-lab games GAME` lists them.",
        help_behavior_hint="",
    ),
]
RuleText = Annotated[
    str,
    arg(
        metavar="RULE",
        help='Such as "Alternating(0.2, Momentum(-0.5))"; `minimax-lab rules` lists the names.',
    ),
]
RuleTexts = Annotated[
    UseAppendAction[tuple[str, ...]],
    arg(
        metavar="RULE",
        help='Such as "Alternating(0.2, Momentum(-0.5))"; repeat --rule for several.',
        help_behavior_hint="",
    ),
]
Start = Annotated[
    str | None,
    arg(
        metavar="X,Y",
        help="One strategy a player: 1,0 or [1,0],[0,1].",
        help_behavior_hint="(default: the game's own)",
    ),
]
Steps = Annotated[int, arg(aliases=["-n"], metavar="N", help="Updates to walk.")]
Tolerance = Annotated[
    float,
    arg(metavar="T", help="Converged: the natural residual |x - P(x - v(x))| is at most this."),
]
Seed = Annotated[int, arg(metavar="N", help="Of all randomness.")]
Json = Annotated[
    FlagCreatePairsOff[bool], arg(help="One JSON object instead of text.", help_behavior_hint="")
]
Float32 = Annotated[
    FlagCreatePairsOff[bool],
    arg(help="Compute in single precision; the default is double.", help_behavior_hint=""),
]


def rules(texts: tuple[str, ...]) -> dict[str, UpdateRule]:
    """The update rules of all `--rule`s by their labels; one given twice is numbered."""
    named: dict[str, UpdateRule] = {}
    for text in texts:
        rule = read_rule(text)
        name = label(rule)
        twins = sum(other == name or other.startswith(f"{name} (") for other in named)
        named[f"{name} ({twins + 1})" if twins else name] = rule
    return named


def profile(text: str, argument: str) -> Profile:
    """A profile from `1,0` (two players, a number each) or `[1,0],[0,1]` (a vector each)."""
    value = read(text, argument, numbers=True)
    if not isinstance(value, tuple):
        raise refuse(argument, text, "one strategy a player, such as 1,0 or [1,0],[0,1]")
    try:
        return as_profile(
            tuple(jnp.asarray(np.asarray(strategy, float)) for strategy in value), argument
        )
    except InputError:
        raise
    except (TypeError, ValueError):
        raise refuse(argument, text, "numbers, in vectors of equal length") from None
