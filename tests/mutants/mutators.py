"""Small wrongs put into a source file, one at a time: where each stands and what it says instead.

A mutant replaces an exact stretch of the source, so that lines keep their numbers and a survivor
reads as a diff of one line. Its id is made of the function it stands in, the kind of wrong and
the text around it, so that it survives edits elsewhere in the file.
"""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

COMPARE = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: ("not in", ("in",)),
}
ARITHMETIC = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
PAIRS = (
    "min max, any all, sum mean, sin cos, sinh cosh, real imag, minimum maximum, argmin argmax, "
    "zeros ones, zeros_like ones_like, logical_and logical_or, floor ceil, before after, triu tril"
)
SWAPPED = {a: b for pair in PAIRS.split(", ") for a, b in (pair.split(), reversed(pair.split()))}
BUILTINS = {"min", "max", "any", "all"}
# Functions of one thing that may be left out.
DROPPED = {"stop_gradient", "abs", "sqrt", "conj", "square", "sorted", "reversed", "log", "exp"}
ARMS = {"where": (1, 2), "cond": (1, 2), "select": (1, 2)}
EVEN = (
    "isinstance hasattr getattr minimum maximum min max hypot add zip array_equal allclose isclose "
    "logical_and logical_or"
)
SYMMETRIC = set(EVEN.split())
# Inside stand classes, and seeds of which any is as good.
CLOSED = {"isinstance", "issubclass", "key", "default_rng", "fold_in"}
# Keywords that change no number: how a program is built, how hard an error is looked for.
IDLE = {"static", "strict", "stacklevel", "batch_size", "check_vma"}
# What they compute is a sentence for the reader.
SPOKEN = {"__repr__", "__str__", "label", "labels", "describe"}
SIMPLE = ast.Name | ast.Attribute


@dataclass(frozen=True)
class Mutant:
    """One wrong: the bytes from `start` to `end` of the file `path` become `after`."""

    id: str
    path: str
    where: str  # the function or class it stands in
    operator: str
    line: int
    lines: tuple[int, int]  # of its statement
    runs_on_import: bool
    start: int
    end: int
    after: str

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]

    def shown(self, source: bytes) -> tuple[str, str]:
        """The lines it changes, before and after, each in one line."""
        first = source.rfind(b"\n", 0, self.start) + 1
        last = source.find(b"\n", self.end)
        old = source[first:last].decode()
        new = (source[first : self.start] + self.after.encode() + source[self.end : last]).decode()
        return " ".join(old.split()), " ".join(new.split())


def mutants(path: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in the order of its text; a few are no Python (`differs`)."""
    found, seen = [], Counter()
    for mutant in _Walk(path, source).of(ast.parse(source)):
        seen[mutant.id] += 1
        again = f".{seen[mutant.id]}" if seen[mutant.id] > 1 else ""
        found.append(replace(mutant, id=mutant.id + again))
    return found


def differs(mutant: Mutant, source: bytes) -> bool:
    """Whether it is Python, and not the same Python."""
    try:
        changed = ast.parse(mutant.applied(source))
    except SyntaxError:
        return False
    return ast.dump(changed) != ast.dump(ast.parse(source))


class _Walk:
    """Walks the tree of one file, knowing the scope and the statement it is in."""

    def __init__(self, path: str, source: bytes):
        self.path, self.source = path, source
        self.offsets = [0]
        for row in source.splitlines(keepends=True):
            self.offsets.append(self.offsets[-1] + len(row))
        self.scope: list[str] = []
        self.depth = 0  # of functions
        self.statement = (1, 1)
        self.stands = ""  # the text of the statement

    def of(self, node: ast.AST) -> Iterator[Mutant]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from self._function(node)
        elif isinstance(node, ast.ClassDef):
            yield from self._inside(node.name, node.body)
        elif isinstance(node, ast.AnnAssign):
            self._enter(node)
            yield from self.of(node.value) if node.value else ()
        elif not _idle(node):
            if isinstance(node, ast.stmt):
                self._enter(node)
            yield from self._here(node)
            if not (isinstance(node, ast.Call) and _name(node) in CLOSED):
                for child in ast.iter_child_nodes(node):
                    yield from self.of(child)

    def _function(self, node: ast.FunctionDef) -> Iterator[Mutant]:
        if node.name in SPOKEN or any("overload" in ast.unparse(d) for d in node.decorator_list):
            return
        self._enter(node)
        self.scope.append(node.name)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            yield from self.of(default) if default else ()
        self.scope.pop()
        self.depth += 1
        yield from self._inside(node.name, node.body)
        self.depth -= 1

    def _inside(self, name: str, body: list[ast.stmt]) -> Iterator[Mutant]:
        self.scope.append(name)
        for statement in body:
            yield from self.of(statement)
        self.scope.pop()

    def _enter(self, node: ast.stmt) -> None:
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) else node.end_lineno
        self.statement = node.lineno, max(node.lineno, last)
        first, after = self.offsets[node.lineno - 1], self.offsets[self.statement[1]]
        self.stands = self.source[first:after].decode()

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start = self.offsets[node.lineno - 1] + node.col_offset
        return start, self.offsets[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self.source[start:end].decode()

    def _mutant(self, operator: str, span: tuple[int, int], after: str) -> Mutant:
        start, end = span
        where = ".".join(self.scope) or "module"
        inside = start - self.offsets[self.statement[0] - 1]
        before = self.source[start:end].decode()
        told = "\0".join((self.stands, str(inside), before, after))
        digest = hashlib.sha256(told.encode()).hexdigest()[:8]
        line = self.source.count(b"\n", 0, start) + 1
        return Mutant(
            id=f"{self.path}:{where}:{operator}:{digest}",
            path=self.path,
            where=where,
            operator=operator,
            line=line,
            lines=self.statement,
            runs_on_import=self.depth == 0,
            start=start,
            end=end,
            after=after,
        )

    def _between(
        self, operator: str, left: ast.AST, right: ast.AST, old: str, new: str
    ) -> Iterator[Mutant]:
        """A sign between two operands, which the tree does not place."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.source[start:end].decode()
        spelt = rf"\b{old}\b".replace(" ", r"\s+") if old[0].isalpha() else re.escape(old)
        found = re.search(spelt, re.sub(r"#.*", lambda m: " " * len(m.group()), gap))
        if found:
            yield self._mutant(operator, (start + found.start(), start + found.end()), new)

    def _here(self, node: ast.AST) -> Iterator[Mutant]:
        for kind, maker in MAKERS.items():
            if isinstance(node, kind):
                yield from maker(self, node)

    def _compare(self, node: ast.Compare) -> Iterator[Mutant]:
        operands = [node.left, *node.comparators]
        for left, sign, right in zip(operands, node.ops, operands[1:], strict=False):
            old, others = COMPARE[type(sign)]
            for new in others:
                yield from self._between("compare", left, right, old, new)

    def _binary(self, node: ast.BinOp) -> Iterator[Mutant]:
        of_types = isinstance(node.op, ast.BitOr | ast.BitAnd) and self.depth == 0
        said = any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in _sides(node))
        if type(node.op) in ARITHMETIC and not of_types and not said:
            old, new = ARITHMETIC[type(node.op)]
            yield from self._between("arithmetic", node.left, node.right, old, new)

    def _boolean(self, node: ast.BoolOp) -> Iterator[Mutant]:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from self._between("and-or", left, right, old, new)

    def _constant(self, node: ast.Constant) -> Iterator[Mutant]:
        value, span = node.value, self._span(node)
        if isinstance(value, bool):
            yield self._mutant("constant", span, str(not value))
        elif isinstance(value, int):
            yield self._mutant("number", span, str(value + 1))
        elif isinstance(value, float):
            # Twice a tolerance is no wrong that a test should see; ten thousand times is.
            times = 1e4 if abs(value) < 1e-4 else 2.0
            yield self._mutant("number", span, repr(times * value if value else 1.0))

    def _unary(self, node: ast.UnaryOp) -> Iterator[Mutant]:
        if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
            operator = "minus" if isinstance(node.op, ast.USub) else "not"
            yield self._mutant(operator, self._span(node), self._text(node.operand))

    def _either(self, node: ast.IfExp) -> Iterator[Mutant]:
        for arm in (node.body, node.orelse):
            yield self._mutant("either", self._span(node), self._text(arm))

    def _guard(self, node: ast.If | ast.While) -> Iterator[Mutant]:
        yield self._mutant("guard", self._span(node.test), "False")
        if isinstance(node, ast.If) and not isinstance(node.body[-1], ast.Raise):
            yield self._mutant("guard", self._span(node.test), "True")

    def _filter(self, node: ast.comprehension) -> Iterator[Mutant]:
        for test in node.ifs:
            yield self._mutant("guard", self._span(test), "True")

    def _assign(self, node: ast.Assign) -> Iterator[Mutant]:
        names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in names:
            yield self._mutant("deleted", self._span(node), "pass")

    def _augmented(self, node: ast.AugAssign) -> Iterator[Mutant]:
        yield self._mutant("deleted", self._span(node), "pass")
        old, new = ARITHMETIC.get(type(node.op), ("", ""))
        if old:
            yield from self._between("arithmetic", node.target, node.value, f"{old}=", f"{new}=")

    def _called(self, node: ast.Expr) -> Iterator[Mutant]:
        if isinstance(node.value, ast.Call):
            yield self._mutant("deleted", self._span(node), "pass")

    def _named(self, node: ast.Attribute | ast.Name) -> Iterator[Mutant]:
        of_a_module = isinstance(node, ast.Attribute)
        name, end = node.attr if of_a_module else node.id, self._span(node)[1]
        if name in (SWAPPED if of_a_module else BUILTINS):
            yield self._mutant("name", (end - len(name), end), SWAPPED[name])
        if of_a_module and name in ("T", "mT"):
            yield self._mutant("dropped", self._span(node), self._text(node.value))

    def _call(self, node: ast.Call) -> Iterator[Mutant]:
        name = _name(node)
        span, given = self._span(node), node.args
        if name in DROPPED and len(given) == 1 and not node.keywords:
            yield self._mutant("dropped", span, f"({self._text(given[0])})")
        if name == "fold_in" and len(given) == 2:
            yield self._mutant("key", span, self._text(given[0]))
        if name == "split" and len(given) == 1 and "random" in ast.unparse(node.func):
            yield self._mutant("key", span, f"({self._text(given[0])}, {self._text(given[0])})")
        if name in ARMS and len(given) > 2:
            first, second = ARMS[name]
            yield from self._swap(given[first], given[second])
        elif name not in SYMMETRIC and len(given) > 1:
            pairs = itertools.pairwise(given)
            alike = ((a, b) for a, b in pairs if isinstance(a, SIMPLE) and isinstance(b, SIMPLE))
            for a, b in list(alike)[:1]:
                yield from self._swap(a, b)
        named = [k.value for k in node.keywords if k.arg and isinstance(k.value, SIMPLE)]
        if len(named) > 1:
            yield from self._swap(named[0], named[1])

    def _swap(self, a: ast.AST, b: ast.AST) -> Iterator[Mutant]:
        (first, after_a), (before_b, last) = self._span(a), self._span(b)
        middle = self.source[after_a:before_b].decode()
        yield self._mutant("swapped", (first, last), self._text(b) + middle + self._text(a))


MAKERS = {
    ast.Compare: _Walk._compare,
    ast.BinOp: _Walk._binary,
    ast.BoolOp: _Walk._boolean,
    ast.Constant: _Walk._constant,
    ast.UnaryOp: _Walk._unary,
    ast.IfExp: _Walk._either,
    ast.If | ast.While: _Walk._guard,
    ast.comprehension: _Walk._filter,
    ast.Assign: _Walk._assign,
    ast.AugAssign: _Walk._augmented,
    ast.Expr: _Walk._called,
    ast.Attribute | ast.Name: _Walk._named,
    ast.Call: _Walk._call,
}


def _name(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _idle(node: ast.AST) -> bool:
    """Whether nothing in it is worth a mutant: words, imports, what only a type checker reads."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.keyword):
        return node.arg in IDLE
    return isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr)


def _sides(node: ast.BinOp) -> tuple[ast.expr, ast.expr]:
    return node.left, node.right


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
