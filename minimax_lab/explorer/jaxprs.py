"""A JAX function as JavaScript: its jaxpr is walked, what is called in it is walked in turn, and
what has no JavaScript is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax.extend.core import Literal

from ..checks import InputError
from .graph import Atom, Graph
from .primitives import Entries, Writer
from .sums import Tables
from .unknown import CALL

LONGEST = 64  # turns of a loop that are written out
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr", "body_jaxpr")


def translated(
    function: Callable[..., Any], inputs: Sequence[tuple[Any, Entries]], tables: Tables
) -> tuple[list[str], list[str]]:
    """Statements and results of a function of arrays: each input is its shape and type, and the
    names of its entries.
    """
    shapes = [jax.ShapeDtypeStruct(np.shape(names), dtype) for dtype, names in inputs]
    closed = jax.make_jaxpr(function)(*shapes)
    graph = Graph()
    walker = _Walker(graph, tables)
    results = walker.walk(closed.jaxpr, closed.consts, [names for _, names in inputs])
    return graph.written([entry for array in results for entry in array.flat])


class _Walker:
    """Walks a jaxpr, and those inside it."""

    def __init__(self, graph: Graph, tables: Tables):
        self.graph, self.writer = graph, Writer(graph, tables)

    def walk(self, jaxpr: Any, constants: Sequence[Any], given: Sequence[Entries]) -> list[Entries]:
        known: dict[Any, Entries] = dict(zip(jaxpr.invars, given, strict=True))
        known |= dict(zip(jaxpr.constvars, map(_entries, constants), strict=True))

        def read(atom: Any) -> Entries:
            return _entries(atom.val) if isinstance(atom, Literal) else known[atom]

        for equation in _needed(jaxpr):
            results = self._equation(equation, [read(atom) for atom in equation.invars])
            known |= dict(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, given: list[Entries]) -> list[Entries]:
        name, params = equation.primitive.name, equation.params
        if equation.primitive is CALL:
            return self._call(params["name"], len(equation.outvars), given)
        if name == "cond":
            return self._cond(params["branches"], given)
        if name == "scan":
            return self._scan(params, given)
        if name == "linear_solve":
            # lineax's: what it does is traced like any other function.
            shapes = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in equation.invars]
            solved = jax.make_jaxpr(lambda *a: equation.primitive.impl(*a, **params))(*shapes)
            return self.walk(solved.jaxpr, solved.consts, given)
        for inner in _INNER:
            if inner in params and name not in ("while", "custom_linear_solve"):
                jaxpr = params[inner]
                constants = getattr(jaxpr, "consts", ())
                return self.walk(getattr(jaxpr, "jaxpr", jaxpr), constants, given)
        return self.writer.equation(name, params, given, equation.outvars[0].aval)

    def _call(self, name: str, results: int, given: list[Entries]) -> list[Entries]:
        """A function of the game that the page has by name: its results are entries of an array."""
        operands = [entry for array in given for entry in array.flat]
        holes = "".join(",{}" for _ in operands)
        call = self.graph.node(f"g.{name}(p{holes})", *operands)
        return [_entry(self.graph.node(f"{{}}[{k}]", call)) for k in range(results)]

    def _cond(self, branches: Sequence[Any], given: list[Entries]) -> list[Entries]:
        """All branches are computed, and one is taken."""
        which, *rest = given
        cases = [self._branch(branch, rest) for branch in branches]
        made = []
        for arrays in zip(*cases, strict=True):
            joined = np.empty(arrays[0].shape, object)
            for at in np.ndindex(*joined.shape):
                joined[at] = self.writer.chosen(which.item(), [array[at] for array in arrays])
            made.append(joined)
        return made

    def _branch(self, branch: Any, given: list[Entries]) -> list[Entries]:
        """One branch; of one that calls Python to raise an error, the page says NaN instead."""
        if any(equation.primitive.name == "pure_callback" for equation in branch.jaxpr.eqns):
            return [np.full(atom.aval.shape, math.nan, object) for atom in branch.jaxpr.outvars]
        return self.walk(branch.jaxpr, branch.consts, given)

    def _scan(self, params: Any, given: list[Entries]) -> list[Entries]:
        """A loop of a known length, written out."""
        if params["length"] > LONGEST:
            raise InputError(f"it has a loop of {params['length']} turns, more than {LONGEST}")
        body, shared = params["jaxpr"], params["num_consts"]
        carried = given[shared : shared + params["num_carry"]]
        rows, seen = given[shared + params["num_carry"] :], []
        order = range(params["length"])
        for turn in reversed(order) if params["reverse"] else order:
            own = [row[turn] if row.ndim > 1 else _entry(row[turn]) for row in rows]
            out = self.walk(body.jaxpr, body.consts, [*given[:shared], *carried, *own])
            carried = out[: params["num_carry"]]
            seen.append(out[params["num_carry"] :])
        seen = seen[::-1] if params["reverse"] else seen
        return [*carried, *(np.stack(column) for column in zip(*seen, strict=True))]


def _needed(jaxpr: Any) -> list[Any]:
    """The equations that the results depend on, in order."""
    wanted = {atom for atom in jaxpr.outvars if not isinstance(atom, Literal)}
    kept = []
    for equation in reversed(jaxpr.eqns):
        if wanted & set(equation.outvars):
            wanted |= {atom for atom in equation.invars if not isinstance(atom, Literal)}
            kept.append(equation)
    return kept[::-1]


def _entries(value: Any) -> Entries:
    """An array of literals."""
    if jax.dtypes.issubdtype(getattr(value, "dtype", None), jax.dtypes.prng_key):
        raise InputError("it draws at random, which the page does not")
    array = np.asarray(value)
    made = np.empty(array.shape, object)
    for at in np.ndindex(*array.shape):
        made[at] = array[at].item()
    return made


def _entry(atom: Atom) -> Entries:
    made = np.empty((), object)
    made[()] = atom
    return made
