"""What JAX's primitives are in JavaScript, entry by entry: arrays are NumPy arrays of expressions,
so that whatever only moves entries about leaves no code.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..checks import InputError
from .graph import Atom, Graph
from .sums import Tables, looped

Entries: TypeAlias = Any  # a NumPy array of atoms
Params = dict[str, Any]


class Operation(NamedTuple):
    """An elementwise operation: its pattern, and its value where all operands are literals."""

    pattern: str
    value: Callable[..., Any] | None = None


SUM = Operation("({}+{})", operator.add)
PRODUCT = Operation("({}*{})", operator.mul)

ELEMENTWISE = {
    "add": SUM,
    "add_any": SUM,
    "sub": Operation("({}-{})", operator.sub),
    "mul": PRODUCT,
    "neg": Operation("(-{})", operator.neg),
    "max": Operation("Math.max({},{})"),
    "min": Operation("Math.min({},{})"),
    "pow": Operation("Math.pow({},{})"),
    "rem": Operation("({}%{})"),
    "atan2": Operation("Math.atan2({},{})"),
    "rsqrt": Operation("(1/Math.sqrt({}))"),
    "logistic": Operation("(1/(1+Math.exp(-{})))"),
    "is_finite": Operation("Number.isFinite({})"),
    "erf": Operation("erf({})"),
    "eq": Operation("({}=={})", operator.eq),
    "ne": Operation("({}!={})", operator.ne),
    "lt": Operation("({}<{})", operator.lt),
    "le": Operation("({}<={})", operator.le),
    "gt": Operation("({}>{})", operator.gt),
    "ge": Operation("({}>={})", operator.ge),
} | {
    name: Operation(f"Math.{name}({{}})")
    for name in (
        *("abs", "acos", "asin", "atan", "cbrt", "ceil", "cos", "cosh", "exp", "expm1", "floor"),
        *("log", "log1p", "sign", "sin", "sinh", "sqrt", "tan", "tanh"),
    )
}
# The last is equinox's.
SAME = (
    *("copy", "copy_p", "stop_gradient", "optimization_barrier", "reduce_precision"),
    "nontraceable",
)


class Writer:
    """Writes one equation after another into a graph."""

    def __init__(self, graph: Graph, tables: Tables):
        self.graph, self.tables = graph, tables

    def apply(self, operation: Operation, *operands: Atom) -> Atom:
        """One entry of an elementwise operation."""
        known = not any(isinstance(part, str) or hasattr(part, "pattern") for part in operands)
        if known and operation.value is not None:
            return operation.value(*operands)
        first, *others = operands
        # A sum with zero and a product with one are the other; a product with zero may be NaN.
        for a, b in ((first, others[0]), (others[0], first)) if len(others) == 1 else ():
            if (operation is SUM and _is(b, 0)) or (operation is PRODUCT and _is(b, 1)):
                return a
        return self.graph.node(operation.pattern, *operands)

    def each(self, operation: Operation, *arrays: Entries) -> Entries:
        """All entries of an elementwise operation."""
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        spread: list[Entries] = [np.broadcast_to(array, shape) for array in arrays]
        made = np.empty(shape, object)
        for at in np.ndindex(*shape):
            made[at] = self.apply(operation, *(array[at] for array in spread))
        return made

    def total(self, operation: Operation, entries: list[Atom], empty: Atom) -> Atom:
        """Entries joined from left to right."""
        loop = looped(self.graph, entries, self.tables) if operation is SUM else None
        if loop is not None:
            return loop
        joined = empty
        for k, entry in enumerate(entries):
            joined = entry if k == 0 else self.apply(operation, joined, entry)
        return joined

    def equation(self, name: str, params: Params, given: list[Entries], out: Any) -> list[Entries]:
        """The results of one equation; `out` is the shape and type of its first result."""
        if name in SAME:
            return given
        if name in ELEMENTWISE:
            return [self.each(ELEMENTWISE[name], *given)]
        written = getattr(self, f"_{name}", None)
        if written is None:
            raise InputError(f"it needs {name}, which the page has no JavaScript for")
        made = written(params, out, *given)
        return list(made) if isinstance(made, tuple) else [made]

    # Entries that are computed.

    def _div(self, params: Params, out: Any, a: Entries, b: Entries) -> Entries:
        whole = np.issubdtype(out.dtype, np.integer)
        return self.each(Operation("Math.trunc({}/{})" if whole else "({}/{})"), a, b)

    def _square(self, params: Params, out: Any, a: Entries) -> Entries:
        return self.each(PRODUCT, a, a)

    def _integer_pow(self, params: Params, out: Any, a: Entries) -> Entries:
        """By repeated squaring, as XLA does it."""
        exponent, power, made = abs(params["y"]), a, None
        while exponent:
            if exponent & 1:
                made = power if made is None else self.each(PRODUCT, made, power)
            exponent >>= 1
            power = self.each(PRODUCT, power, power) if exponent else power
        made = np.full(a.shape, 1.0, object) if made is None else made
        return made if params["y"] >= 0 else self.each(Operation("(1/{})"), made)

    def _select_n(self, params: Params, out: Any, which: Entries, *cases: Entries) -> Entries:
        which = np.broadcast_to(which, cases[0].shape)
        made = np.empty(cases[0].shape, object)
        for at in np.ndindex(*made.shape):
            made[at] = self.chosen(which[at], [case[at] for case in cases])
        return made

    def chosen(self, which: Atom, cases: list[Atom]) -> Atom:
        """The case of this number."""
        if isinstance(which, bool | int):
            return cases[int(which)]
        if all(case is cases[0] for case in cases):
            return cases[0]
        if len(cases) == 2:
            return self.graph.node("({}?{}:{})", which, cases[1], cases[0])
        first = self.graph.node("({}=={})", which, 0)
        rest = self.graph.node("({}-{})", which, 1)
        return self.graph.node("({}?{}:{})", first, cases[0], self.chosen(rest, cases[1:]))

    def _clamp(self, params: Params, out: Any, low: Entries, a: Entries, high: Entries) -> Entries:
        return self.each(ELEMENTWISE["min"], self.each(ELEMENTWISE["max"], a, low), high)

    def _and(self, params: Params, out: Any, *given: Entries) -> Entries:
        return self.each(self._logical("({}&&{})", out), *given)

    def _or(self, params: Params, out: Any, *given: Entries) -> Entries:
        return self.each(self._logical("({}||{})", out), *given)

    def _not(self, params: Params, out: Any, a: Entries) -> Entries:
        return self.each(self._logical("(!{})", out), a)

    @staticmethod
    def _logical(pattern: str, out: Any) -> Operation:
        if out.dtype != bool:
            raise InputError("it handles single bits, for which the page has no JavaScript")
        return Operation(pattern)

    def _convert_element_type(self, params: Params, out: Any, a: Entries) -> Entries:
        kind = np.dtype(params["new_dtype"]).kind
        made = np.empty(a.shape, object)
        for at in np.ndindex(*a.shape):
            made[at] = self._converted(a[at], kind)
        return made

    def _converted(self, entry: Atom, kind: str) -> Atom:
        if isinstance(entry, bool | int | float):
            return {"b": bool, "i": int, "u": int}.get(kind, float)(entry)
        if kind in "iu" and not getattr(entry, "pattern", "").startswith("Math.trunc"):
            return self.graph.node("Math.trunc({})", entry)
        if kind == "b":
            return self.graph.node("({}!=0)", entry)
        if getattr(entry, "pattern", "").startswith(("(!", "({}=", "({}<", "({}>", "({}&")):
            return self.graph.node("(+{})", entry)
        return entry

    def _dot_general(self, params: Params, out: Any, a: Entries, b: Entries) -> Entries:
        (left, right), (batch, other) = params["dimension_numbers"]
        a = np.moveaxis(a, (*batch, *left), range(len(batch) + len(left)))
        b = np.moveaxis(b, (*other, *right), range(len(other) + len(right)))
        common, summed = a.shape[: len(batch)], a.shape[len(batch) : len(batch) + len(left)]
        own, its = a.shape[len(batch) + len(left) :], b.shape[len(batch) + len(left) :]
        made = np.empty((*common, *own, *its), object)
        for at in np.ndindex(*common):
            for i, j in itertools.product(np.ndindex(*own), np.ndindex(*its)):
                terms = [
                    self.apply(PRODUCT, a[(*at, *k, *i)], b[(*at, *k, *j)])
                    for k in np.ndindex(*summed)
                ]
                made[(*at, *i, *j)] = self.total(SUM, terms, 0.0)
        return made

    def _reduced(self, operation: Operation, params: Params, a: Entries, empty: Atom) -> Entries:
        axes = params["axes"]
        kept = [axis for axis in range(a.ndim) if axis not in axes]
        rows = np.transpose(a, (*kept, *axes))
        rows = rows.reshape(*(a.shape[axis] for axis in kept), -1)
        made = np.empty(rows.shape[:-1], object)
        for at in np.ndindex(*made.shape):
            made[at] = self.total(operation, list(rows[at]), empty)
        return made

    def _reduce_sum(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(SUM, params, a, 0.0)

    def _reduce_prod(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(PRODUCT, params, a, 1.0)

    def _reduce_max(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(ELEMENTWISE["max"], params, a, -math.inf)

    def _reduce_min(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(ELEMENTWISE["min"], params, a, math.inf)

    def _reduce_and(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(Operation("({}&&{})"), params, a, True)

    def _reduce_or(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduced(Operation("({}||{})"), params, a, False)

    def _unvmap_any(self, params: Params, out: Any, a: Entries) -> Entries:
        """Equinox's: whether any entry is true."""
        return self._reduce_or({"axes": tuple(range(a.ndim))}, out, a)

    def _unvmap_max(self, params: Params, out: Any, a: Entries) -> Entries:
        return self._reduce_max({"axes": tuple(range(a.ndim))}, out, a)

    def _svd(self, params: Params, out: Any, a: Entries) -> tuple[Entries, ...]:
        """Singular values, and vectors where they are asked for, of one small matrix."""
        if a.ndim != 2 or (params.get("full_matrices") and a.shape[0] != a.shape[1]):
            raise InputError("it takes the full singular vectors of a matrix that is not square")
        rows, columns = a.shape
        least = min(rows, columns)
        call = self.graph.node(f"svd([{','.join(['{}'] * a.size)}],{rows},{columns})", *a.flat)

        def part(which: int, shape: tuple[int, ...]) -> Entries:
            flat = [self.graph.node(f"{{}}[{which}][{k}]", call) for k in range(math.prod(shape))]
            return np.array(flat, object).reshape(shape)

        values = part(0, (least,))
        if not params.get("compute_uv", True):
            return (values,)
        return values, part(1, (rows, least)), part(2, (least, columns))

    # Entries that are moved about.

    def _reshape(self, params: Params, out: Any, a: Entries) -> Entries:
        return a.reshape(params["new_sizes"])

    def _squeeze(self, params: Params, out: Any, a: Entries) -> Entries:
        return np.squeeze(a, tuple(params["dimensions"]))

    def _expand_dims(self, params: Params, out: Any, a: Entries) -> Entries:
        return np.expand_dims(a, tuple(params["dimensions"]))

    def _transpose(self, params: Params, out: Any, a: Entries) -> Entries:
        return np.transpose(a, params["permutation"])

    def _rev(self, params: Params, out: Any, a: Entries) -> Entries:
        return np.flip(a, params["dimensions"])

    def _broadcast_in_dim(self, params: Params, out: Any, a: Entries) -> Entries:
        shape, kept = params["shape"], params["broadcast_dimensions"]
        wide = [1] * len(shape)
        for axis, size in zip(kept, a.shape, strict=True):
            wide[axis] = size
        return np.broadcast_to(a.reshape(wide), shape)

    def _concatenate(self, params: Params, out: Any, *given: Entries) -> Entries:
        return np.concatenate(given, params["dimension"])

    def _stack(self, params: Params, out: Any, *given: Entries) -> Entries:
        return np.stack(given, params["axis"])

    def _unstack(self, params: Params, out: Any, a: Entries) -> tuple[Entries, ...]:
        rows = np.moveaxis(a, params["axis"], 0)
        return tuple(np.array(row, object) for row in rows)

    def _split(self, params: Params, out: Any, a: Entries) -> tuple[Entries, ...]:
        return tuple(np.split(a, np.cumsum(params["sizes"])[:-1], params["axis"]))

    def _slice(self, params: Params, out: Any, a: Entries) -> Entries:
        steps = params["strides"] or (1,) * a.ndim
        ends = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
        return a[tuple(slice(*end) for end in ends)]

    def _iota(self, params: Params, out: Any) -> Entries:
        along = [-1 if axis == params["dimension"] else 1 for axis in range(len(out.shape))]
        kind = int if np.issubdtype(out.dtype, np.integer) else float
        steps = np.array([kind(k) for k in range(out.shape[params["dimension"]])], object)
        return np.broadcast_to(steps.reshape(along), out.shape)

    def _pad(self, params: Params, out: Any, a: Entries, filling: Entries) -> Entries:
        if any(low < 0 or high < 0 or inner for low, high, inner in params["padding_config"]):
            raise InputError("it cuts an array while padding it, which no other rule does")
        edges = [(low, high) for low, high, _ in params["padding_config"]]
        made = np.full([s + sum(e) for s, e in zip(a.shape, edges, strict=True)], filling.item())
        made = made.astype(object)
        ends = zip(a.shape, edges, strict=True)
        made[tuple(slice(low, low + size) for size, (low, _) in ends)] = a
        return made


def _is(atom: Atom, number: float) -> bool:
    return not isinstance(atom, bool) and isinstance(atom, int | float) and atom == number
