"""What an update rule does with symbols: whether it can, why it cannot, and names for what it
remembers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import sympy
from jaxtyping import PyTree

from ..checks import InputError, refuse
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


class Tick(NamedTuple):
    """The tick of a symbolic update: an index, and no randomness."""

    index: Any
    key: None = None


def attempt(rule: PyTree, action: Callable[[], PyTree]) -> PyTree:
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
        reason = _unsymbolic(rule) or f"{type(error).__name__}: {error}"
        raise _unfit(rule, reason) from error
    if not all(isinstance(leaf, sympy.Expr | int | float) for leaf in jax.tree.leaves(answer)):
        raise _unfit(rule, "it answers symbols with something else")
    return jax.tree.map(sympy.sympify, answer)


def symbols_of(rule: PyTree) -> Symbols:
    """The symbols among the hyper-parameters: a step h, a strength gamma."""
    free = set().union(
        *(leaf.free_symbols for leaf in jax.tree.leaves(rule) if isinstance(leaf, sympy.Basic))
    )
    return tuple(sorted(free, key=str))


def named_memory(
    rule: PyTree, state: PyTree, players: tuple[Symbols, ...], taken: set[str]
) -> PyTree:
    """The state with a fresh symbol for every leaf, named by the field of its record."""
    taken = taken | set(map(str, symbols_of(rule)))
    everyone = tuple(symbol for own in players for symbol in own)

    def fresh(name: str, like: Symbols, part: PyTree) -> PyTree:
        leaves, structure = jax.tree.flatten(part)
        named = [_fresh(name, like[k % len(like)], taken) for k in range(len(leaves))]
        return jax.tree.unflatten(structure, named)

    def walk(part: PyTree, name: str, like: Symbols) -> PyTree:
        if isinstance(part, tuple) and hasattr(part, "_fields"):
            return type(part)(*(walk(getattr(part, f), f, like) for f in part._fields))
        if isinstance(part, tuple) and len(part) == len(players):
            return tuple(walk(one, name, own) for one, own in zip(part, players, strict=True))
        return fresh(name, like, part)

    return walk(state, "memory", everyone)


def _fresh(name: str, like: sympy.Symbol, taken: set[str]) -> sympy.Symbol:
    names = (f"{name}{count}_{like}" for count in ("", *range(2, len(taken) + 3)))
    free = next(candidate for candidate in names if candidate not in taken)
    taken.add(free)
    return sympy.Symbol(free, real=getattr(like, "is_real", True))


def _unsymbolic(node: object) -> str:
    """The first reason, outermost first, that a rule or a direction inside it gives."""
    said = getattr(node, "unsymbolic", "")
    if said:
        return f"{type(node).__name__} {said}"
    inner = (_unsymbolic(part) for part in vars(node).values() if isinstance(part, eqx.Module))
    return next(filter(None, inner), "")


def _unfit(rule: object, reason: str) -> InputError:
    works = (
        f"arithmetic: any of the rules {', '.join(ARITHMETIC_RULES)} along "
        f"{', '.join(ARITHMETIC_DIRECTIONS)}"
    )
    return refuse("rule", rule, works, f"Reason: {' '.join(reason.split()).removesuffix('.')}.")
