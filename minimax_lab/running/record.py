"""A finished run as a value: it prints, it saves to one file, and what is loaded again plots and
resumes.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import platform
from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PyTree

from .. import shown
from ..checks import InputError, refuse
from ..files import load_arrays, save_arrays, understood
from ..profile import Profile
from ..rules.base import UpdateRule
from .judge import Verdict

FORMAT = 2
WHAT = "a run written by Run.save"
PARTS = ("final", "observed", "state", "verdict", "indices")


class Saved(eqx.Module):
    """A state read from a file: its arrays in order, to be put back into the shape the rule gives
    them.
    """

    leaves: tuple[Array | np.ndarray, ...]

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
    and how it was made.
    """

    final: Profile
    state: PyTree
    observed: dict[str, PyTree]
    indices: np.ndarray
    verdict: Verdict
    made: Made | dict[str, Any]

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
        arrays: list[np.ndarray] = []
        described = {
            "format": FORMAT,
            "final": _encoded(self.final, arrays),
            "observed": _encoded(self.observed, arrays),
            "state": _encoded(tuple(jax.tree.leaves(self.state)), arrays),
            "verdict": _encoded(tuple(self.verdict), arrays),
            "indices": _encoded(self.indices, arrays),
            "about": self.about,
        }
        save_arrays(path, {f"a{i}": array for i, array in enumerate(arrays)}, described)

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
            parts = Saved(tuple(state)), dict(observed), np.asarray(indices), Verdict(*verdict)
            state, observed, indices, verdict = parts
        return Run(final, state, observed, indices, verdict, dict(described["about"]))


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


def _encoded(tree: PyTree, arrays: list[np.ndarray]) -> object:
    """Plain containers as JSON, arrays by number."""
    if tree is None:
        return None
    if isinstance(tree, Profile):
        return {"profile": [_encoded(p, arrays) for p in tree]}
    if isinstance(tree, dict):
        return {"dict": [[k, _encoded(v, arrays)] for k, v in tree.items()]}
    if isinstance(tree, tuple | list):
        return {"tuple" if isinstance(tree, tuple) else "list": [_encoded(v, arrays) for v in tree]}
    if isinstance(tree, jax.Array) and jax.dtypes.issubdtype(tree.dtype, jax.dtypes.prng_key):
        tree = jax.random.key_data(tree)
    if eqx.is_array_like(tree):
        arrays.append(np.asarray(tree))
        return {"array": len(arrays) - 1}
    # Other nodes (records, modules) come back as dictionaries of their fields.
    names = getattr(tree, "_fields", None) or [field.name for field in dataclasses.fields(tree)]
    return {"dict": [[name, _encoded(getattr(tree, name), arrays)] for name in names]}


def _decoded(spec: Any, file: Mapping[str, np.ndarray]) -> PyTree:
    if spec is None:
        return None
    ((kind, content),) = spec.items()
    if kind == "array":
        return file[f"a{content}"]
    if kind == "dict":
        return {key: _decoded(value, file) for key, value in content}
    parts = [_decoded(value, file) for value in content]
    return {"profile": Profile, "tuple": tuple, "list": list}[kind](parts)
