"""A finished run as a value: it prints, it saves to one file, and what is loaded again plots and
resumes.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import platform
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PyTree

from .. import shown
from ..checks import InputError, refuse
from ..files import by_path, load_arrays, plain, save_arrays, understood, unused
from ..profile import Profile
from ..rules.base import UpdateRule
from .frames import dataset, frame
from .judge import Verdict

if TYPE_CHECKING:
    import pandas
    import xarray

FORMAT = 3
WHAT = "a run written by Run.save"
PARTS = ("final", "observed", "state", "verdict", "indices")


class Saved(eqx.Module):
    """A state read from a file: its arrays in order, to be put back into the shape the rule gives
    them.
    """

    leaves: tuple[Array | np.ndarray, ...]
    names: tuple[str, ...] = eqx.field(default=(), static=True)  # in the file

    def restored(self, like: PyTree) -> PyTree:
        """These arrays in the structure of `like`, if shapes and precisions agree."""
        leaves, structure = jax.tree.flatten(like)
        ours, theirs = (
            [(np.shape(leaf), leaf.dtype) for leaf in side] for side in (self.leaves, leaves)
        )
        if ours != theirs:
            raise InputError(
                f"state holds {len(ours)} arrays, of other shapes or precision than the "
                f"{len(theirs)} this rule keeps on this game from this start. Resume a run with "
                "the game, rule and precision it was made with, and a sweep as many runs."
            )
        return jax.tree.unflatten(structure, [jax.numpy.asarray(leaf) for leaf in self.leaves])


class Made(NamedTuple):
    """How a run was made, put into words only when somebody asks: that takes longer than a short
    run.
    """

    game: str
    rule: UpdateRule
    steps: int
    every: int
    seconds: float
    unsaved: str = ""


@dataclasses.dataclass(frozen=True)
class Run:
    """`final` profile, `state` to resume from, `observed` rows at update `indices`, the `verdict`,
    how it was made, and of a sweep what `varied`: a number for every run, by name.
    """

    final: Profile
    state: PyTree
    observed: dict[str, PyTree]
    indices: np.ndarray
    verdict: Verdict
    made: Made | dict[str, Any]
    varied: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def about(self) -> dict[str, Any]:
        """How it was made: settings, versions, device, wall time."""
        return self.made if isinstance(self.made, dict) else circumstances(self.made)

    def __repr__(self) -> str:
        watched = ", ".join(self.observed) or "nothing"
        return (
            f"Run({self.verdict}; observed {watched} at {len(self.indices)} indices; "
            f"{self.about.get('rule', '')})"
        )

    def _repr_html_(self) -> str:
        return shown.html(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """One .npz file, written whole or not at all."""
        arrays: dict[str, np.ndarray] = {}
        state = by_path(self.state, "state")
        if isinstance(self.state, Saved) and self.state.names:
            state = dict(zip(self.state.names, self.state.leaves, strict=True))
        described = {
            "format": FORMAT,
            "final": _encoded(self.final, arrays, "final"),
            "observed": _encoded(self.observed, arrays, "observed"),
            "state": {"tuple": [_encoded(leaf, arrays, name) for name, leaf in state.items()]},
            "verdict": _encoded(self.verdict, arrays, "verdict"),
            "indices": _encoded(self.indices, arrays, "indices"),
            "varied": _encoded(self.varied, arrays, "varied"),
            "about": self.about,
        }
        save_arrays(path, arrays, described)

    def to_frame(self) -> pandas.DataFrame:
        """A table of pandas: a row for every observed row of every run, a column for every number
        observed (`distance`, `losses[0]`), beside `update` and, of a sweep, `run` and what varies.
        """
        return frame(self)

    def to_xarray(self) -> xarray.Dataset:
        """A Dataset of xarray, in which the axis of the runs of a sweep has the name of what varies
        (two axes of a `grid` of two), and the other is `update`.
        """
        return dataset(self)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Run:
        """The run again; its state resumes with the same game and rule."""
        arrays, described = load_arrays(path, WHAT, (*PARTS, "about"))
        if (found := described.get("format", 1)) not in range(1, FORMAT + 1):
            cause = "It was written by a later version of minimax_lab."
            raise refuse("the run's format", found, f"at most {FORMAT}", cause)
        with understood(path, WHAT):
            final, observed, state, verdict, indices = (
                _decoded(described[name], arrays) for name in PARTS
            )
            names = tuple(str(leaf["array"]) for leaf in described["state"]["tuple"])
            named = names if described.get("format", 1) > 2 else ()
            verdict = Verdict(*(verdict.values() if isinstance(verdict, dict) else verdict))
            varied = dict(_decoded(described.get("varied", {"dict": []}), arrays))
            parts = Saved(tuple(state), named), dict(observed), np.asarray(indices)
        return Run(final, *parts, verdict, dict(described["about"]), varied)


def circumstances(made: Made) -> dict[str, Any]:
    """What a record carries so that it can be judged later."""
    device = jax.devices()[0]
    return {
        "game": made.game,
        "rule": " ".join(repr(made.rule).split()),
        "steps": made.steps,
        "every": made.every,
        "seconds": round(made.seconds, 4),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "device": f"{device.platform}: {device.device_kind}",
        **({"unsaved": made.unsaved} if made.unsaved else {}),
    }


def _encoded(tree: PyTree, arrays: dict[str, np.ndarray], name: str) -> object:
    """Plain containers as JSON, arrays by the name of their place, which they are put under."""

    def inner(parts: Iterable[PyTree]) -> list[object]:
        return [_encoded(part, arrays, f"{name}/{i}") for i, part in enumerate(parts)]

    if tree is None:
        return None
    if isinstance(tree, Profile):
        return {"profile": inner(tree)}
    if isinstance(tree, dict):
        return {"dict": [[k, _encoded(v, arrays, f"{name}/{plain(k)}")] for k, v in tree.items()]}
    if isinstance(tree, list) or type(tree) is tuple:
        return {"tuple" if isinstance(tree, tuple) else "list": inner(tree)}
    if isinstance(tree, jax.Array) and jax.dtypes.issubdtype(tree.dtype, jax.dtypes.prng_key):
        tree = jax.random.key_data(tree)
    if eqx.is_array_like(tree):
        arrays[name := unused(name, arrays)] = np.asarray(tree)
        return {"array": name}
    # Other nodes (records, modules) come back as dictionaries of their fields.
    fields = getattr(tree, "_fields", None) or [field.name for field in dataclasses.fields(tree)]
    return {"dict": [[f, _encoded(getattr(tree, f), arrays, f"{name}/{f}")] for f in fields]}


def _decoded(spec: Any, file: Mapping[str, np.ndarray]) -> PyTree:
    if spec is None:
        return None
    ((kind, content),) = spec.items()
    if kind == "array":
        # Before format 3 arrays had numbers for names.
        return file[content if isinstance(content, str) else f"a{content}"]
    if kind == "dict":
        return {key: _decoded(value, file) for key, value in content}
    parts = [_decoded(value, file) for value in content]
    return {"profile": Profile, "tuple": tuple, "list": list}[kind](parts)
