"""The worst cases of four methods from above, by certificate, and from below, by search, for many
steps.

`JAX_ENABLE_X64=1 python -m theory.operators.both_sides '{"steps": [0.1, 0.5]}'` prints the numbers
as JSON. Figures read those, since they import no theory; where no solver is installed the
certificates are not numbers.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

import minimax_lab as mm
from minimax_lab.checks import InputError

from ..theorem import Family
from ..verify.certificates import NEEDED, Question
from ..verify.falsify import Effort, falsify
from .fields import Fields, Implicit, Walk, shapes


@dataclasses.dataclass(frozen=True)
class Method:
    """What it is called, how it walks, for how many updates, and how many kinks its worst fields
    may have.

    `linear` says that linear fields attain its certificate (OP-1, OP-4), so that no kinks are
    called for.
    """

    name: str
    walk: Callable[..., Any]
    updates: int = 1
    linear: bool = False

    @property
    def bends(self) -> tuple[int, ...]:
        return (0,) if self.linear else (0, 1)


def descent(step: float) -> Walk:
    """The measured factor of simultaneous descent."""
    return Walk(mm.Simultaneous, step, 1.0)


def extragradient(step: float) -> Walk:
    """The measured factor of extragradient."""
    return Walk(mm.Extragradient, step, 1.0)


def past_extragradient(step: float) -> Walk:
    """The measured factor of two updates of past extragradient."""
    return Walk(mm.PastExtragradient, step, 1.0, 2)


def proximal(step: float) -> Implicit:
    """The measured factor of the proximal point."""
    return Implicit(step, 1.0)


METHODS = (
    Method("descent", descent, linear=True),
    Method("extragradient", extragradient),
    Method("past extragradient", past_extragradient, 2),
    Method("proximal point", proximal, linear=True),
)


def closing(
    steps: Sequence[float] = (0.1, 0.4, 0.7),
    monotonicity: float = 0.2,
    lipschitz: float = 1.0,
    starts: int = 96,
    descent: int = 400,
    wander: int = 800,
    looks: int = 40,
    seed: int = 0,
    said: Callable[[str], Any] = lambda line: None,
) -> dict[str, np.ndarray]:
    """Of every method: `certified` by step, and by number of kinks what the search had found by
    each look.

    All are the worst |x_n - x*|^2 / |x_0 - x*|^2. Looks are spread evenly over the logarithm of the
    search's steps.
    """
    solvable = all(importlib.util.find_spec(name) for name in NEEDED)
    at = np.unique(np.geomspace(1, descent + wander, looks).astype(int))
    family, effort = Fields(monotonicity, lipschitz), Effort(starts, descent, wander)
    found: dict[str, np.ndarray] = {"looks": at, "steps": np.asarray(steps, float)}
    for method in METHODS:
        for bends in method.bends:
            paths, size = [], (2, bends)
            for step in steps:
                said(f"{method.name}, step {step:g}, {bends} kinks")
                worst = falsify(
                    Family(shapes, family, (size,)),
                    method.walk(step),
                    size,
                    jax.random.key(seed),
                    effort=effort,
                )
                paths.append(1 - worst.path[at - 1])  # type: ignore[union-attr]
            found[f"{method.name}/found/{bends}"] = np.array(paths)
        asked = [
            Question(method.name, monotonicity, lipschitz, step, method.updates) for step in steps
        ]
        said(
            f"{method.name}, certificates"
            if solvable
            else f"certificates need {', '.join(NEEDED)}: skipped"
        )
        found[f"{method.name}/certified"] = np.array(
            [q().value if solvable else np.nan for q in asked], float
        )
    return found


def main(arguments: Sequence[str]) -> None:
    """Print the numbers for the settings given as JSON."""
    if not jax.config.read("jax_enable_x64"):
        raise InputError("worst cases are searched in 64 bits: set JAX_ENABLE_X64=1.")
    told = closing(
        **json.loads(arguments[0] if arguments else "{}"),
        said=lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(json.dumps({name: values.tolist() for name, values in told.items()}))


if __name__ == "__main__":
    main(sys.argv[1:])
