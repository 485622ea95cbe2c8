"""Runs as tables of pandas and arrays of xarray, which are imported when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from ..checks import InputError, refuse

if TYPE_CHECKING:
    import pandas
    import xarray

    from .record import Run


def frame(run: Run) -> pandas.DataFrame:
    """A row for every observed row of every run, a column for every number observed."""
    made, many = _library("pandas", "to_frame"), _many(run)
    rows, count = len(run.indices), len(run.verdict.code) if many else 1
    columns: dict[str, np.ndarray] = {}
    if many:
        columns["run"] = np.repeat(np.arange(count), rows)
        columns |= {name: np.repeat(values, rows) for name, values in run.varied.items()}
    columns["update"] = np.tile(run.indices, count)
    for name, leaf in leaves_of(run):
        inner = leaf.shape[2 if many else 1 :]
        flat = leaf.reshape(count * rows, -1)
        for i, place in enumerate(np.ndindex(inner)):
            told = name + (f"[{', '.join(map(str, place))}]" if place else "")
            columns[_new(told, columns)] = flat[:, i]
    return made.DataFrame(columns)


def dataset(run: Run) -> xarray.Dataset:
    """Every observable with its axes by name: what varies from run to run, update, and its own."""
    made, many = _library("xarray", "to_xarray"), _many(run)
    names, axes, shape = _axes(run) if many else ((), {}, ())
    known: dict[str, Any] = {**axes, "update": ("update", run.indices)}
    found: dict[str, Any] = {}
    for name, leaf in leaves_of(run):
        inner = [f"{name}.{i}" for i in range(leaf.ndim - (2 if many else 1))]
        values = leaf.reshape(*shape, *leaf.shape[1:]) if many else leaf
        found[_new(name, known | found)] = ((*names, "update", *inner), values)
    told = {"outcome": np.asarray(run.verdict.kind, str), "updates": run.verdict.steps}
    for name, of in (told | {"final residual": run.verdict.residual}).items():
        found[_new(name, known | found)] = (names, np.asarray(of).reshape(shape))
    about = {name: told for name, told in run.about.items() if isinstance(told, str | int | float)}
    return made.Dataset(found, known, about)


def leaves_of(run: Run) -> Iterator[tuple[str, np.ndarray]]:
    """Every array that was observed, by a name that says which it is."""
    for name, tree in run.observed.items():
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
            inner = jax.tree_util.keystr(path).replace(".players", "", 1)
            yield name + inner, np.asarray(leaf)


def _axes(run: Run) -> tuple[tuple[str, ...], dict[str, Any], tuple[int, ...]]:
    """The names of the axes of runs, their coordinates, and how long they are: what varies where
    that is one thing or a grid of several; else "run", along which several vary.
    """
    count, varied = len(run.verdict.code), run.varied
    if len(varied) == 1:
        ((name, values),) = varied.items()
        return (name,), {name: (name, values)}, (count,)
    grid = {
        name: values[np.sort(np.unique(values, return_index=True)[1])]
        for name, values in varied.items()
    }
    whole = np.prod([len(values) for values in grid.values()]) == count
    if grid and whole:
        products = np.meshgrid(*grid.values(), indexing="ij")
        if all(np.array_equal(p.ravel(), varied[n]) for n, p in zip(grid, products, strict=True)):
            known = {name: (name, values) for name, values in grid.items()}
            return tuple(grid), known, tuple(map(len, grid.values()))
    known = {name: ("run", values) for name, values in varied.items()}
    return ("run",), {"run": ("run", np.arange(count)), **known}, (count,)


def _many(run: Run) -> bool:
    return np.ndim(run.verdict.code) > 0


def _new(name: str, taken: dict[str, Any]) -> str:
    if name in taken:
        cause = "Call the observable something else, or rename it: run.observed is a dictionary."
        raise refuse("run.observed", name, f"other than the column {name!r} of every table", cause)
    return name


def _library(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            f"Run.{method} needs {name}, which is not installed; install minimax_lab[notebook], "
            f"or {name} alone."
        ) from None
