"""Every public name, called with arguments that are wrong in one place or two: each ends in a
result or in an `InputError` of one line that names what was given.
"""

from __future__ import annotations

import collections
import contextlib
import inspect
import itertools
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import sympy

import minimax_lab as mm
from minimax_lab.schedules import Schedule
from minimax_lab.settings import Declared

from .tally import Tally


class Text(str):
    """A string of another class."""

    __slots__ = ()


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "minus one": -1,
    "zero": 0,
    "a third": 1 / 3,
    "huge": 10**30,
    "long": 2**31,
    "nan": float("nan"),
    "infinite": float("inf"),
    "complex": 1j,
    "text": "x",
    "a subclass of text": Text("x"),
    "bytes": b"x",
    "empty tuple": (),
    "empty list": [],
    "a dictionary": {"a": 1},
    "nested": ((1.0, (2.0,)),),
    "strings": ("a", "b"),
    "an object": object(),
    "a class": int,
    "a function": lambda *_, **__: 0.0,
    "array of strings": np.array(["a", "b"]),
    "array of objects": np.array([None, {}], object),
    "matrix": np.ones((2, 3)),
    "no numbers": np.zeros(0),
    "whole numbers": np.arange(3),
    "complex array": np.ones(2) * 1j,
    "nan array": np.full(2, np.nan),
    "three dimensions": jnp.zeros((2, 2, 2)),
    "a key": jax.random.key(0),
    "a game": mm.games.bilinear(1.0),
    "a rule": mm.Simultaneous(0.1),
    "a direction": mm.Gradient(),
    "a symbol": sympy.Symbol("s"),
    "a schedule": mm.Linear(1.0, 0.0, 10),
    "a profile": mm.Profile((1.0, 1.0)),
}

GAME, X = mm.games.bilinear(1.0), mm.Profile((1.0, 1.0))
NETWORK = mm.adversarial.Perceptron((2, 3, 1))
# What a name stands for where it has no default; by function first, else by name.
VALID: dict[str, Any] = {
    "game": GAME,
    "rule": mm.Simultaneous(0.1),
    "direction": mm.Gradient(),
    "magnitude": mm.Gradient(),
    "start": (1.0, 1.0),
    "x": X,
    "profile": X,
    "point": X,
    "starts": [(1.0, 1.0)],
    "steps": 4,
    "step": 0.1,
    "strength": 0.1,
    "period": 2,
    "decay": 0.5,
    "bound": 1.0,
    "key": jax.random.key(0),
    "losses": lambda x, sample: (x[0] * x[1], -x[0] * x[1]),
    "value": lambda x, sample: x[0] * x[1],
    "A": np.eye(2),
    "B": np.eye(2),
    "P": np.eye(2),
    "Q": np.eye(2),
    "n": 2,
    "m": 2,
    "sizes": (2, 1),
    "matrix": np.eye(2),
    "jacobian": np.eye(2),
    "size": 4,
    "players": 3,
    "end": 0.0,
    "rounds": 5,
    "tree": 0.5,
    "items": [mm.Simultaneous(0.1), mm.Simultaneous(0.2)],
    "errors": [1.0, 0.5, 0.25],
    "eigenvalues": np.array([0.5, 0.5j]),
    "a": 1.0,
    "b": 1.0,
    "layers": (2, 3, 1),
    "widths": (2, 3, 1),
    "shape": (8, 8, 1),
    "weights": (0.5, 0.5),
}
ROOMS = ("games", "objectives", "adversarial", "networks")
SLOW = {  # each compiles: a few of them are enough
    *("run", "solve", "sweep", "find_equilibria", "find_cycle", "portrait", "field_spectrum"),
    *("update_spectrum", "update_values", "field_values", "kind_index", "classify", "step_limit"),
    *("duality_gap", "natural_residual"),
    *("trajectories", "saddle", "arnoldi_values"),
}
# What is not made by hand: records of results, what needs files or many seconds.
LEFT = {"Run", "View", "Tick", "at", "frozen", "main", "digits_game", "label"}


class Case(NamedTuple):
    """One call: a name, its arguments, and which of them are wrong."""

    name: str
    function: Callable[..., Any]
    given: dict[str, Any]
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.wrong)})"


def callables() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """The public names that can be called with plain values, and right values for what they
    need.
    """
    found: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {}
    seen: set[int] = set()
    for room, name in [("", n) for n in dir(mm)] + [
        (r, n) for r in ROOMS for n in dir(getattr(mm, r))
    ]:
        value = getattr(getattr(mm, room) if room else mm, name)
        if name.startswith("_") or name in LEFT or inspect.ismodule(value) or id(value) in seen:
            continue
        if not (inspect.isfunction(value) or inspect.isclass(value)) or _a_record(value):
            continue
        if inspect.isabstract(value):
            continue
        seen.add(id(value))
        needed = [
            p.name
            for p in inspect.signature(value).parameters.values()
            if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
        ]
        if set(needed) <= set(VALID):
            found[f"{room}.{name}".lstrip(".")] = value, {n: VALID[n] for n in needed}
    return found


def _a_record(value: object) -> bool:
    made = (Declared, Schedule, mm.Game, mm.Profile)
    return isinstance(value, type) and not issubclass(value, made)


def cases(count: int, seed: int, twice: bool = False) -> Iterator[Case]:
    """So many calls with one wrong argument, or two."""
    draw, every = random.Random(seed), callables()
    quick = [name for name in every if name.rsplit(".")[-1] not in SLOW]
    slow = [name for name in every if name not in quick]
    single, seldom = ([*_ways(every, names)] for names in (quick, slow))
    draw.shuffle(single)
    draw.shuffle(seldom)
    chosen = itertools.chain(seldom[: count // 20], single)
    for name, parameter, kind in itertools.islice(chosen, count):
        function, given = every[name]
        wrong = {parameter: HOSTILE[kind]}
        said = [f"{parameter}: {kind}"]
        if twice and draw.random() < 0.5:
            other = draw.choice(_parameters(function))
            more = draw.choice(list(HOSTILE))
            wrong[other], said = HOSTILE[more], [*said, f"{other}: {more}"]
        yield Case(name, function, given | wrong, tuple(said))


def _ways(
    every: dict[str, tuple[Callable[..., Any], dict[str, Any]]], names: list[str]
) -> Iterator[tuple[str, str, str]]:
    """A name, one of its parameters, and what is wrong with it."""
    for name in names:
        for parameter in _parameters(every[name][0]):
            yield from ((name, parameter, kind) for kind in HOSTILE)


def _parameters(function: Callable[..., Any]) -> list[str]:
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


def tried(count: int = 2000, seed: int = 0, twice: bool = False) -> Tally:
    """Each of them, in a folder of its own: a text may be the name of a file to write."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for case in cases(count, seed, twice):
            tally.tried += 1
            fault = outcome(case)
            if fault == "told":
                tally.told += 1
            elif fault:
                tally.unclear.append(f"{case}: {fault}")
    return tally


def outcome(case: Case) -> str:
    """Nothing for a result, "told" for a refusal in one line, else what came instead."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case.function(**case.given)
    except mm.InputError as error:
        text = str(error)
        return "told" if "\n" not in text and len(text) < 2000 else f"a long story: {text[:80]}"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
    return ""


def by_name(tally: Tally) -> str:
    """How many of the unclear are whose."""
    counted = collections.Counter(fault.split("(")[0] for fault in tally.unclear)
    return ", ".join(f"{name} {count}" for name, count in counted.most_common())
