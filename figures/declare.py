"""What is to be computed and drawn, read from the sources without running them.

An experiment is a function in `experiments/` marked `@experiment(...)`; its keyword defaults are
its settings, and it returns a dictionary of arrays. A plot is a public function in `plots/` that
returns a figure; its parameters name the experiments it reads, as pytest fixtures are named, and
its docstring is the caption. A table is the same in `tables/`, and returns a `tabular.Table`. A
claim is the same in `claims/`: `claiming.py` reads those.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

COSTS = ("cheap", "slow", "gpu")
Function = TypeVar("Function", bound=Callable[..., Any])


class DeclarationError(SystemExit):
    """A file under figures/ that declares something impossible; make shows the one line."""


class Experiment(NamedTuple):
    """Cheap ones (seconds) are always computed; slow ones (minutes) and gpu ones are drawn from
    committed records. `gpu` has the settings of fuller records, the shortest first.
    """

    name: str
    cost: str
    settings: dict[str, Any]
    quick: dict[str, Any]
    path: Path
    gpu: tuple[dict[str, Any], ...] = ()


class Plot(NamedTuple):
    """A figure or a table, and what it reads."""

    name: str
    reads: tuple[str, ...]
    caption: str
    path: Path
    kind: str = "plot"


def experiment(
    cost: str = "cheap",
    quick: Mapping[str, Any] | None = None,
    gpu: Sequence[Mapping[str, Any]] = (),
) -> Callable[[Function], Function]:
    """Mark a function as an experiment; `quick` replaces some of its settings in a reduced run,
    `gpu` in the fuller ones that need an accelerator.

    The mark is read from the source (`experiments` below), so it does nothing when it runs.
    """
    return lambda function: function


def experiments(root: Path) -> dict[str, Experiment]:
    """Every experiment under `root`, by name."""
    found: dict[str, Experiment] = {}
    for path, function in functions(root / "figures" / "experiments"):
        for mark in function.decorator_list:
            if (
                isinstance(mark, ast.Call)
                and isinstance(mark.func, ast.Name)
                and mark.func.id == "experiment"
            ):
                _once(found, function.name, path)
                found[function.name] = _experiment(function, mark, path)
    return found


def plots(root: Path, known: Mapping[str, Experiment]) -> dict[str, Plot]:
    """Every plot under `root`, by name; each must read experiments that exist and carry a
    caption.
    """
    return _readers(root, known, "plot")


def tables(root: Path, known: Mapping[str, Experiment]) -> dict[str, Plot]:
    """Every table likewise."""
    return _readers(root, known, "table")


def _readers(root: Path, known: Mapping[str, Experiment], kind: str) -> dict[str, Plot]:
    found: dict[str, Plot] = {}
    for path, function in functions(root / "figures" / f"{kind}s"):
        if function.name.startswith("_"):
            continue
        _once(found, function.name, path)
        reads, caption = read_by(path, function, known), ast.get_docstring(function)
        if not reads or not caption:
            lacking = (
                "a docstring, its caption"
                if reads
                else "parameters, the experiments it reads (private helpers start with _)"
            )
            raise DeclarationError(
                f"{_at(path, function)} the {kind} {function.name} lacks {lacking}"
            )
        found[function.name] = Plot(function.name, reads, " ".join(caption.split()), path, kind)
    return found


def read_by(
    path: Path, function: ast.FunctionDef, known: Mapping[str, Experiment]
) -> tuple[str, ...]:
    """The experiments that a function names by its parameters; each must exist."""
    reads = tuple(argument.arg for argument in [*function.args.args, *function.args.kwonlyargs])
    for name in reads:
        if name not in known:
            raise DeclarationError(
                f"{_at(path, function)} {function.name} reads the experiment {name}, which "
                f"does not exist{meant(name, known)}"
            )
    return reads


def meant(name: str, names: Iterable[str]) -> str:
    """A question to end a sentence about a name that does not exist, if another is like it; it
    takes the package, which nothing here imports unless something is wrong.
    """
    from minimax_lab.checks import closest

    close = closest(name, names)
    return f"; did you mean {close}?" if close else ""


def functions(folder: Path) -> list[tuple[Path, ast.FunctionDef]]:
    """Every function of the files in a folder, and its file."""
    trees = [
        (path, ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for path in sorted(folder.glob("*.py"))
    ]
    return [
        (path, node)
        for path, tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    ]


def _experiment(function: ast.FunctionDef, mark: ast.Call, path: Path) -> Experiment:
    names = [argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]]
    values = [*function.args.defaults, *function.args.kw_defaults]
    try:
        settings = {
            n: ast.literal_eval(v) for n, v in zip(names, values, strict=True) if v is not None
        }
        marked: dict[str, Any] = {k.arg: ast.literal_eval(k.value) for k in mark.keywords if k.arg}
        marked = (
            dict(zip(("cost", "quick"), map(ast.literal_eval, mark.args), strict=False)) | marked
        )
    except ValueError:
        raise DeclarationError(
            f"{_at(path, function)} {function.name}: every setting needs a default, and defaults, "
            f"cost and quick must be literals"
        ) from None
    cost, quick = marked.get("cost", "cheap"), marked.get("quick") or {}
    gpu = tuple(marked.get("gpu") or ())
    if cost not in COSTS:
        raise DeclarationError(
            f"{_at(path, function)} {function.name}: cost is {cost!r}, but must be one of "
            f"{', '.join(COSTS)}"
        )
    for kind, name in [("quick", n) for n in quick] + [("gpu", n) for one in gpu for n in one]:
        if name not in settings:
            raise DeclarationError(
                f"{_at(path, function)} {function.name}: {kind} sets {name}, which is none of its "
                f"settings"
            )
    return Experiment(function.name, cost, settings, quick, path, gpu)


def _once(found: Mapping[str, Any], name: str, path: Path) -> None:
    if name in found:
        raise DeclarationError(f"{name} is declared twice: in {found[name].path} and in {path}")


def _at(path: Path, function: ast.FunctionDef) -> str:
    return f"{path}:{function.lineno}:"
