"""What a run observes, told row by row while it goes on: to Weights & Biases, to TensorBoard, to
anything that is called with an index and a row.

    mm.run(game, rule, start, 10_000, observe=observe, every=100, tell=mm.to_tensorboard(writer))

The writers are the user's own, made by their own libraries; nothing of those is imported here.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import jax
import numpy as np
from jaxtyping import PyTree

from ..checks import InputError, demand_function, refuse

Tell: TypeAlias = Callable[[int, dict[str, PyTree]], Any]

MOST = 16  # numbers of one observable, each a curve


def to_wandb(run: Any) -> Tell:
    """Tell every observed row to a run of Weights & Biases, by `run.log`.

    An observable of several numbers becomes as many curves, `losses/0` and `losses/1`.

    Arguments:
        run: what `wandb.init(...)` gave; anything with `log(numbers, step=...)`.

    Examples:
        >>> import minimax_lab as mm
        >>> class Run:
        ...     def log(self, numbers, step):
        ...         print(step, numbers)
        >>> observe = {"distance": mm.distance_to((0.0, 0.0))}
        >>> told, game = {"observe": observe, "tell": mm.to_wandb(Run())}, mm.games.bilinear(1.0)
        >>> _ = mm.run(game, mm.Alternating(1.0), (3.0, 4.0), 6, every=3, **told)
        0 {'distance': 5.0}
        3 {'distance': 5.0}
        6 {'distance': 5.0}
    """
    _demand(run, "run", "log", "what wandb.init(...) gives")

    def tell(index: int, seen: dict[str, PyTree]) -> None:
        run.log(_numbers(seen), step=index)

    return tell


def to_tensorboard(writer: Any) -> Tell:
    """Tell every observed row to TensorBoard, by `writer.add_scalar`.

    An observable of several numbers becomes as many curves, `losses/0` and `losses/1`.

    Arguments:
        writer: a `SummaryWriter` of torch.utils.tensorboard or of tensorboardX;
            anything with `add_scalar(name, number, global_step=...)`.

    Examples:
        >>> import minimax_lab as mm
        >>> class Writer:
        ...     def add_scalar(self, name, number, global_step):
        ...         print(global_step, name, number)
        >>> told = {"observe": {"losses": mm.losses}, "tell": mm.to_tensorboard(Writer())}
        >>> game = mm.games.bilinear(1.0)
        >>> _ = mm.run(game, mm.Alternating(1.0), (3.0, 4.0), 1, **told)
        0 losses/0 12.0
        0 losses/1 -12.0
        1 losses/0 -3.0
        1 losses/1 3.0
    """
    _demand(writer, "writer", "add_scalar", "a SummaryWriter")

    def tell(index: int, seen: dict[str, PyTree]) -> None:
        for name, value in _numbers(seen).items():
            writer.add_scalar(name, value, global_step=index)

    return tell


class Listener:
    """Whoever is told of rows, if anybody is. One who fails must not cost the run: it is said, and
    the run goes on untold.
    """

    def __init__(self, tell: Tell | None):
        self.call = tell

    def hear(self, index: int, row: dict[str, PyTree]) -> None:
        """One more row."""
        if self.call is None:
            return
        try:
            self.call(index, row)
        except InputError:
            raise
        except Exception as error:
            self.call = None
            said = " ".join(f"{type(error).__name__}: {error}".split())
            told = f"a row could not be told ({said}). The run goes on and tells no more."
            warnings.warn(told, stacklevel=2)


def demand_tell(tell: object, watched: Mapping[str, object]) -> Tell | None:
    """Something to be called with what is observed."""
    if tell is None:
        return None
    demand_function(tell, "tell", "tell(index, row), such as mm.to_tensorboard(writer)")
    if not watched:
        raise refuse("tell", tell, "None where nothing is observed", "Say what: observe={...}.")
    return tell  # type: ignore[return-value]  # it can be called


def row_of(seen: dict[str, PyTree], row: int, axis: int) -> dict[str, PyTree]:
    """One of the rows observed, of all runs where they stand before it."""
    return jax.tree.map(operator.itemgetter((slice(None),) * axis + (row,)), seen)


def _numbers(seen: dict[str, PyTree]) -> dict[str, float]:
    """A row as numbers by name."""
    told: dict[str, float] = {}
    for path, leaf in jax.tree_util.tree_leaves_with_path(seen):
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        values = np.ravel(np.asarray(leaf))
        if values.size > MOST:
            given, allowed = f"{values.size} numbers", f"at most {MOST} where curves are drawn"
            raise refuse(f"what observe[{name!r}] returns", given, allowed, "Observe a norm of it.")
        single = np.ndim(leaf) == 0
        names = [name] if single else [f"{name}/{i}" for i in range(values.size)]
        told |= dict(zip(names, map(float, values), strict=True))
    return told


def _demand(given: object, argument: str, method: str, allowed: str) -> None:
    if isinstance(given, type) or not callable(getattr(given, method, None)):
        raise refuse(argument, given, f"{allowed}, which has the method {method}")
