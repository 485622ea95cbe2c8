"""What an update rule does with symbols: whether it can, why it cannot, and names for what it
remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import sympy
from jaxtyping import PyTree

from ..checks import InputError, refuse
from ..profile import Profile
from .formulas import Symbols

# What runs on symbols. Detection is by trying, so a new rule or direction that is plain arithmetic
# works without being listed.
ARITHMETIC_RULES = (
    "Simultaneous",
    "Alternating",
    "Extragradient",
    "PastExtragradient",
    "Optimistic",
    "Averaged(decay=...)",
    "Lookahead",
)
ARITHMETIC_DIRECTIONS = (
    "Gradient",
    "Consensus",
    "Symplectic(align=False)",
    "AssistAdversary",
    "Momentum",
)

_OBSTACLES = {
    "RMSProp": "divides by the root of a running mean of squares, kept in arrays",
    "Clipped": "compares a norm with its bound, which has no answer on symbols",
    "Normalised": "asks whether a norm is zero, which has no answer on symbols",
    "GapAware": "asks on which side of its ideal a loss is, which has no answer on symbols",
    "Graft": "asks whether a norm is zero, which has no answer on symbols",
    "Symplectic": "takes the sign of an inner product to align; align=False is arithmetic",
    "FollowTheRidge": "solves a linear system of numbers",
}
_MEMORIES = {
    "Optimistic": "previous",
    "PastExtragradient": "previous",
    "Averaged": "walker",
    "Lookahead": "fast",
}


class Tick(NamedTuple):
    """The tick of a symbolic update: an index, and no randomness."""

    index: Any
    key: None = None


def attempt(rule: Any, action: Callable[[], Any]) -> Any:
    """What the rule answers on symbols, or the reason why it cannot."""
    if not (isinstance(rule, eqx.Module) and hasattr(rule, "update") and hasattr(rule, "rest")):
        raise refuse("rule", rule, "an update rule such as mm.Simultaneous(h)")
    if rule.rest.obstacle:
        raise _unfit(rule, rule.rest.obstacle)
    try:
        answer = action()
    except InputError:
        raise
    except Exception as error:
        known = [
            f"{name} {_OBSTACLES[name]}"
            for name in (type(part).__name__ for part in _parts(rule))
            if name in _OBSTACLES
        ]
        raise _unfit(rule, known[0] if known else f"{type(error).__name__}: {error}") from error
    if not all(isinstance(leaf, sympy.Expr | int | float) for leaf in jax.tree.leaves(answer)):
        raise _unfit(rule, "it answers symbols with something else")
    return jax.tree.map(sympy.sympify, answer)


def symbols_of(rule: Any) -> Symbols:
    """The symbols among the hyper-parameters: a step h, a strength gamma."""
    free = set().union(
        *(leaf.free_symbols for leaf in jax.tree.leaves(rule) if isinstance(leaf, sympy.Basic))
    )
    return tuple(sorted(free, key=str))


def named_memory(rule: Any, state: PyTree, players: tuple[Symbols, ...], taken: set[str]) -> PyTree:
    """The state with a fresh symbol for every leaf: profiles are named by the rule that keeps them,
    directions' memories m.
    """
    walks = iter(
        [
            _MEMORIES[name]
            for name in (type(part).__name__ for part in _parts(rule))
            if name in _MEMORIES
        ]
    )
    taken = taken | set(map(str, symbols_of(rule)))

    def fresh(name: str, like: Sequence[Any], part: PyTree) -> PyTree:
        leaves, structure = jax.tree.flatten(part)
        return jax.tree.unflatten(
            structure, [_fresh(name, like[k % len(like)], taken) for k in range(len(leaves))]
        )

    def walk(part: PyTree) -> PyTree:
        if isinstance(part, Profile):
            return fresh(next(walks, "memory"), [symbol for own in players for symbol in own], part)
        if isinstance(part, tuple) and any(isinstance(inner, Profile) for inner in part):
            return tuple(walk(inner) for inner in part)
        if isinstance(part, tuple) and len(part) == len(players):
            return tuple(fresh("m", own, inner) for own, inner in zip(players, part, strict=True))
        return fresh("memory", range(len(jax.tree.leaves(part)) or 1), part)

    return walk(state)


def _fresh(name: str, like: Any, taken: set[str]) -> sympy.Symbol:
    names = (f"{name}{count}_{like}" for count in ("", *range(2, len(taken) + 3)))
    free = next(candidate for candidate in names if candidate not in taken)
    taken.add(free)
    return sympy.Symbol(free, real=getattr(like, "is_real", True))


def _parts(node: Any) -> Iterator[Any]:
    """A rule and the rules and directions inside it, outermost first."""
    yield node
    for value in vars(node).values():
        if isinstance(value, eqx.Module):
            yield from _parts(value)


def _unfit(rule: Any, reason: str) -> InputError:
    works = (
        f"arithmetic: any of the rules {', '.join(ARITHMETIC_RULES)} along "
        f"{', '.join(ARITHMETIC_DIRECTIONS)}"
    )
    return refuse("rule", rule, works, f"Reason: {' '.join(reason.split()).removesuffix('.')}.")
