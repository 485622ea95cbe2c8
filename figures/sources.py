"""Which files a result depends on, by content.

The digest of a file sees code only: comments, docstrings and blank lines may change without making
anything stale, and it is the same under every Python. From one file the reader follows the names
that are used, through re-exporting `__init__` files, so a new rule makes no experiment stale that
does not use it. A module named whole in a string, "theory.operators.both_sides", counts as used: it
is run as a program of its own.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import os
import re
import tokenize
from pathlib import Path

Module = tuple[str, ...]
OURS = ("minimax_lab", "figures", "theory")
# The marks of experiments and plots: read by the pipeline, without influence on numbers.
NEUTRAL = ("figures/declare.py", "figures/__init__.py")


USED: dict[Path, frozenset[Path]] = {}
DIGESTS: dict[Path, str] = {}


def recall(root: Path, kept: Path) -> None:
    """Take over what was read from those sources that by date and size are still the same; nothing
    where there are other files than before, or other indices.
    """
    with contextlib.suppress(OSError, ValueError, KeyError):
        before, now = json.loads(kept.read_text(encoding="utf-8")), _marks(root)
        same = [name for name, mark in now.items() if before["marks"].get(name) == mark]
        if before["marks"].keys() != now.keys() or any(
            name.endswith("__init__.py") for name in now.keys() - set(same)
        ):
            return
        for name in same:
            if name in before["digests"]:
                DIGESTS[root / name] = before["digests"][name]
            if name in before["used"]:
                USED[root / name] = frozenset(root / other for other in before["used"][name])


def keep(root: Path, kept: Path) -> None:
    """Keep for the next process what was read."""
    marks = _marks(root)
    found = {name: (DIGESTS.get(root / name), USED.get(root / name)) for name in marks}
    used = {
        name: sorted(path.relative_to(root).as_posix() for path in paths)
        for name, (_, paths) in found.items()
        if paths is not None
    }
    digests = {name: text for name, (text, _) in found.items() if text is not None}
    text = json.dumps({"marks": marks, "digests": digests, "used": used})
    if not kept.is_file() or kept.read_text(encoding="utf-8") != text:
        aside = kept.with_name(f"{kept.name}-{os.getpid()}")
        aside.write_text(text, encoding="utf-8")
        aside.replace(kept)


def _marks(root: Path) -> dict[str, list[int]]:
    """Date and size of every file that is read here."""
    files = [root / "requirements.lock", *(p for name in OURS for p in (root / name).rglob("*.py"))]
    marks = {p.relative_to(root).as_posix(): p.stat() for p in sorted(files) if p.is_file()}
    return {name: [mark.st_mtime_ns, mark.st_size] for name, mark in marks.items()}


def reached(start: Path, root: Path) -> dict[str, str]:
    """`start` and every file of ours that its code can reach, each with its digest."""
    todo, seen = [start], {start}
    while todo:
        path = todo.pop()
        if path not in USED:
            USED[path] = _used(path, root)
        for other in USED[path] - seen:
            seen.add(other)
            todo.append(other)
    names = {path.relative_to(root).as_posix(): path for path in seen}
    return {name: digest(names[name]) for name in sorted(names) if name not in NEUTRAL}


def digest(path: Path) -> str:
    """What the code says, shortened to 16 digits."""
    if path not in DIGESTS:
        text = path.read_text(encoding="utf-8")
        code = _code(text) if path.suffix == ".py" else text
        DIGESTS[path] = hashlib.sha256(code.encode()).hexdigest()[:16]
    return DIGESTS[path]


def _code(text: str) -> str:
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            first = node.body[0]
            for row in range(first.lineno - 1, first.end_lineno or first.lineno):
                lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _used(path: Path, root: Path) -> frozenset[Path]:
    """The files of ours that the names used in this file come from."""
    if path.suffix != ".py":
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bound = _bindings(tree, path, root)
    reader = _Chains(set(bound))
    reader.visit(tree)
    files = {
        file
        for file in (root.joinpath(*name.split(".")).with_suffix(".py") for name in reader.programs)
        if file.is_file()
    }
    for name, *rest in reader.chains:
        module, chain = bound[name]
        files |= _files(root, module, (*chain, *rest))
    return frozenset(files)


def _bindings(tree: ast.Module, path: Path, root: Path) -> dict[str, tuple[Module, Module]]:
    """Local name -> the module it comes from and the names looked up inside it."""
    here = path.relative_to(root).parent.parts
    bound: dict[str, tuple[Module, Module]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                parts = tuple(name.name.split("."))
                bound[name.asname or parts[0]] = (parts if name.asname else parts[:1], ())
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for name in node.names:
                bound[name.asname or name.name] = (module, (name.name,))
    return {name: origin for name, origin in bound.items() if origin[0] and origin[0][0] in OURS}


class _Chains(ast.NodeVisitor):
    """Collects `mm.games.dirac_gan` as ("mm", "games", "dirac_gan") for every bound first name.

    And what may be a module of ours run as a program of its own, "theory.operators.both_sides".
    """

    def __init__(self, names: set[str]):
        self.names, self.chains, self.programs = names, set(), set()

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and re.fullmatch(rf"({'|'.join(OURS)})(\.\w+)+", node.value):
            self.programs.add(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            chain, inner = [inner.attr, *chain], inner.value
        if isinstance(inner, ast.Name) and inner.id in self.names:
            self.chains.add((inner.id, *chain))
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.names:
            self.chains.add((node.id,))


def _files(root: Path, module: Module, chain: Module) -> set[Path]:
    """Where module.chain is written; all of a package where that cannot be told."""
    folder = root.joinpath(*module)
    plain, index = folder.with_suffix(".py"), folder / "__init__.py"
    if plain.is_file():
        return {plain}
    if not index.is_file():
        return set()
    if not chain or chain[0] == "*":
        return {path for path in folder.rglob("*.py") if path.name != "__init__.py"}
    tree = ast.parse(index.read_text(encoding="utf-8"))
    exported = _bindings(tree, index, root)
    name, *rest = chain
    if name in exported and exported[name] != (module, (name,)):
        origin, inner = exported[name]
        return _files(root, origin, (*inner, *rest))
    if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
        return _files(root, (*module, name), tuple(rest))
    return {index}
