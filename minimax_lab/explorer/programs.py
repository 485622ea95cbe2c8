"""A game and a rule as JavaScript, each by itself: a rule asks whichever game is chosen by name."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree

from ..checks import InputError, refuse
from ..directions.base import Tick
from ..game import Game
from ..profile import Profile
from ..rules.base import UpdateRule, at, demand_suited
from .jaxprs import translated
from .leaves import Leaf, turned
from .sums import Tables
from .unknown import DERIVATIVE, Unknown

ALWAYS = ("field", "d_field", "losses", "project")  # what the page itself asks of a game


@dataclasses.dataclass(frozen=True)
class GameProgram:
    """A game's functions, as the members of a JavaScript object: of its numbers p and a profile."""

    leaves: tuple[Leaf, ...]
    members: str


@dataclasses.dataclass(frozen=True)
class RuleProgram:
    """A rule's functions: `init` and `step` change a state z, of which the first numbers are the
    profile; `tangent` is the derivative of a step.

    g is the game with its numbers p, q the rule's own, k the index of the update.
    """

    leaves: tuple[Leaf, ...]
    size: int  # of z
    moving: tuple[int, ...]  # the real entries of z, which a derivative is taken of
    members: str
    asks: frozenset[str]  # of the game
    obstacle: str = ""  # why there is no derivative, where the rule itself has none against it


def game_program(game: Game, like: Profile, asked: Iterable[str], tables: Tables) -> GameProgram:
    """The JavaScript of what is asked of a game."""
    if game.random:
        raise InputError("it draws its samples at random, which the page does not")
    found, (flat, unravel) = turned(game, fixed="ideal"), like.ravel()
    size = flat.size
    members = []
    for name in sorted({*ALWAYS, *asked}):
        base = name
        while base.startswith(DERIVATIVE):
            base = base.removeprefix(DERIVATIVE)
        count = {"ideal": 0, "pull": 2 * size}.get(base.rstrip("0123456789"), size)
        order = (len(name) - len(base)) // len(DERIVATIVE)
        count *= 2**order
        names = [f"x{i}" for i in range(count)]
        if base == "ideal" and game.ideal is None:
            continue

        def of(p: list[Array], x: list[Array], base: str = base, order: int = order) -> Any:
            def asked(*x: Array) -> tuple[Array, ...]:
                return tuple(_answer(found.made(p), base, x, unravel, size))

            return _differentiated(asked, order)(*x)

        lines, results = translated(
            lambda p, *x, of=of: of([p[i] for i in range(len(found.leaves))], list(x)),
            [_numbers("p", len(found.leaves)), *((flat.dtype, _scalar(n)) for n in names)],
            tables,
        )
        body = f"const {','.join(lines)};" if lines else ""
        members.append(f"{name}({','.join(['p', *names])}){{{body}return[{','.join(results)}]}}")
    return GameProgram(found.leaves, ",\n".join(members))


def rule_program(rule: UpdateRule, like: Profile, tables: Tables) -> RuleProgram:
    """The JavaScript of a rule, for profiles of this structure."""
    found, (flat, unravel) = turned(rule), like.ravel()
    game: Any = Unknown(len(like))
    count, dtype = len(found.leaves), flat.dtype

    def begun(q: Array, x: Array) -> PyTree:
        return found.made(list(q)).init(game, unravel(x), None)

    state = jax.eval_shape(
        begun, jax.ShapeDtypeStruct((count,), dtype), jax.ShapeDtypeStruct(flat.shape, dtype)
    )
    leaves, structure = jax.tree.flatten(state)
    if any(jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in leaves):
        raise InputError("it remembers a key, and so draws at random, which the page does not")
    cuts = np.cumsum([flat.size, *(leaf.size for leaf in leaves)])
    names = [f"z{i}" for i in range(int(cuts[-1]))]
    arrays = [
        (leaf.dtype, np.array(names[a:b], object).reshape(leaf.shape))
        for leaf, a, b in zip(leaves, cuts[:-1], cuts[1:], strict=True)
    ]
    point = (dtype, np.array(names[: flat.size], object))
    numbers, index = _numbers("q", count), (jnp.int32, _scalar("k"))

    def after(q: Array, k: Array, x: Array, *parts: Array) -> list[Array]:
        own = at(found.made(list(q)), k)
        x, state = own.update(game, unravel(x), jax.tree.unflatten(structure, parts), Tick(k, None))
        return [x.ravel()[0], *jax.tree.leaves(state)]

    def tangent(q: Array, k: Array, *both: Array) -> list[Array]:
        given, tangents = both[: len(arrays) + 1], both[len(arrays) + 1 :]
        whole = [eqx.is_inexact_array(part) for part in given]

        def moved(*parts: Array) -> list[Array]:
            rest = iter(parts)
            full = [next(rest) if w else part for w, part in zip(whole, given, strict=True)]
            return [part for w, part in zip(whole, after(q, k, *full), strict=True) if w]

        primals = tuple(part for w, part in zip(whole, given, strict=True) if w)
        return jax.jvp(moved, primals, tangents)[1]

    real = [True, *(jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in leaves)]
    spans = [range(flat.size), *(range(a, b) for a, b in itertools.pairwise(cuts))]
    moving = tuple(int(i) for whole, span in zip(real, spans, strict=True) if whole for i in span)
    shifts = [
        (kind, np.array([f"d{i}" for i in span], object).reshape(np.shape(shape)))
        for whole, span, (kind, shape) in zip(real, spans, [point, *arrays], strict=True)
        if whole
    ]
    written = {
        "init": translated(lambda q, x: jax.tree.leaves(begun(q, x)), [numbers, point], tables),
        "step": translated(after, [numbers, index, point, *arrays], tables),
    }
    places = {"init": range(flat.size, len(names)), "step": range(len(names))}
    members = [_changing(name, *written[name], names, places[name]) for name in ("init", "step")]
    obstacle = ""
    if not rule.rest.obstacle:
        try:
            slope = translated(tangent, [numbers, index, point, *arrays, *shifts], tables)
            members.append(_derivative(*slope, names, moving))
        except InputError as error:
            obstacle = str(error)
    text = ",\n".join(members)
    return RuleProgram(
        found.leaves,
        len(names),
        moving,
        text,
        frozenset(re.findall(r"\bg\.(\w+)\(", text)),
        obstacle,
    )


def demand_carried(rule: UpdateRule, game: Game, like: Profile) -> None:
    """What stands against this rule on this game."""
    demand_suited(rule, game)
    jax.eval_shape(lambda: rule.init(game, like, None))


def demand_planar(game: Game, start: Profile) -> None:
    """The page shows games of two numbers."""
    size = sum(leaf.size for leaf in jax.tree.leaves(start))
    if size != 2:
        raise refuse("start", f"a profile of {size} numbers", "one of two: the page is a plane")


def _answer(
    game: Game,
    name: str,
    x: tuple[Array, ...],
    unravel: Callable[[Array], Profile],
    size: int,
) -> Iterable[Array]:
    """What the game itself answers, entry by entry."""
    if name == "ideal":
        return [
            jnp.asarray(jnp.nan if i is None else i, jnp.result_type(float))
            for i in game.ideal or ()
        ]
    profiles = [unravel(jnp.stack(x[i : i + size])) for i in range(0, len(x), size)]
    if name == "losses":
        return game.losses(profiles[0], game.sample(None))
    if name == "field":
        answer = game.field(*profiles)
    elif name == "project":
        answer = game.project(*profiles)
    else:
        of = name.removeprefix("pull")
        answer = game.pull(*profiles, of=int(of) if of else None)
    flat = ravel_pytree(answer)[0]
    return [flat[i] for i in range(flat.size)]


def _differentiated(function: Callable[..., Any], order: int) -> Callable[..., Any]:
    if order == 0:
        return function

    def derivative(*x: Array) -> Any:
        half = len(x) // 2
        return jax.jvp(_differentiated(function, order - 1), x[:half], x[half:])[1]

    return derivative


def _numbers(name: str, count: int) -> tuple[Any, np.ndarray]:
    return jnp.result_type(float), np.array([f"{name}[{i}]" for i in range(count)], object)


def _scalar(name: str) -> np.ndarray:
    made = np.empty((), object)
    made[()] = name
    return made


def _read(names: list[str], text: str) -> list[str]:
    used = set(re.findall(r"\bz\d+\b", text))
    return [f"{name}=z[o+{name[1:]}]" for name in names if name in used]


def _changing(
    name: str, lines: list[str], results: list[str], names: list[str], places: Iterable[int]
) -> str:
    """A function that writes its results over the state."""
    kept = [(i, result) for i, result in zip(places, results, strict=True) if result != names[i]]
    text = ";".join([*lines, *(result for _, result in kept)])
    declared = [*_read(names, text), *lines]
    head = f"const {','.join(declared)};" if declared else ""
    body = ";".join(f"z[o+{i}]={result}" for i, result in kept)
    index = ",k" if name == "step" else ""
    return f"{name}(g,p,q,z,o{index}){{{head}{body}}}"


def _derivative(
    lines: list[str], results: list[str], names: list[str], moving: tuple[int, ...]
) -> str:
    text = ";".join([*lines, *results])
    used = set(re.findall(r"\bd\d+\b", text))
    own = [f"d{i}=d[{i}]" for i in moving if f"d{i}" in used]
    declared = [*_read(names, text), *own, *lines]
    head = f"const {','.join(declared)};" if declared else ""
    return f"tangent(g,p,q,z,o,k,d){{{head}return[{','.join(results)}]}}"
