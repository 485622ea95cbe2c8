"""The eigenvalues of a field or an update as a value that tells what follows from them."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float

from .. import shown
from ..checks import refuse

Of = Literal["field", "update"]
Part = Literal["all", "largest", "rightmost", "leftmost"]

DEFECTIVE = 1e6  # above this condition number, values keep fewer than ten of their sixteen digits
WORDY = 200  # up to this size a printed spectrum speaks of its condition


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of a field (`of` = "field", smallest real part first) or an update ("update",
    largest modulus first).

    `size` is the size of the whole matrix, `part` which of its values were taken ("all", "largest",
    "rightmost", "leftmost"), `residuals` their |J u - value u| where they came from products,
    `matrix` the dense matrix where there was one. An update is taken over `period` updates.
    `movement` is |v(x)| for a field and |x' - x| for an update, `norms` are each player's part in
    it; `at_equilibrium` says whether it is small, that is, whether the values speak of convergence
    to x at all.
    """

    values: Complex[np.ndarray, " values"]
    of: Of
    size: int
    movement: float
    at_equilibrium: bool
    period: int = 1
    part: Part = "all"
    residuals: Float[np.ndarray, " values"] | None = None
    matrix: Float[np.ndarray, "size size"] | None = None
    precision: float = float(np.finfo(float).eps)
    norms: Float[np.ndarray, " players"] | None = None

    @property
    def radius(self) -> float:
        """The largest modulus."""
        return float(np.max(np.abs(self.values)))

    @property
    def abscissa(self) -> float:
        """The smallest real part."""
        return float(np.min(self.values.real))

    @property
    def stable(self) -> bool | None:
        """Field: abscissa > 0. Update: radius < 1. By more than rounding; None where the values
        taken cannot tell.
        """
        room = 1 - self.radius if self.of == "update" else self.abscissa
        if not room > self._margin(room):
            return False
        return True if self.of == "update" or self.part in ("all", "leftmost") else None

    @property
    def step_limit(self) -> float:
        """min over values of 2 Re / |.|^2: below it simultaneous descent is stable; zero where no
        step is (Lemma 4 of NUM).

        From a part of the spectrum it is an upper bound.
        """
        if self.of != "field":
            given, allowed = "asked of an update", "asked of a field"
            raise refuse("step_limit", given, allowed, "An update has its step in it already.")
        if self.stable is False:
            return 0.0
        return float(np.min(2 * self.values.real / np.abs(self.values) ** 2))

    @property
    def rotation(self) -> float:
        """The largest share |Im| / |value| among values of at least a tenth of the largest modulus:
        0 where nothing turns, 1 where something only turns. Of an update, of what moves: value - 1.
        """
        values = self.values - (self.of == "update")
        sizes = np.abs(values)
        large = sizes >= max(0.1 * float(np.max(sizes)), float(np.finfo(float).tiny))
        return float(np.max(np.abs(values.imag[large]) / sizes[large], initial=0.0))

    @property
    def rate(self) -> float:
        """Predicted change of log error: per update, log(radius) / period; for a field per unit of
        time, -abscissa.
        """
        if self.of == "field":
            return -self.abscissa
        return math.log(self.radius) / self.period if self.radius > 0 else -math.inf

    @functools.cached_property
    def conditions(self) -> Float[np.ndarray, " values"] | None:
        """Each value's condition number 1 / |l . r|, from its unit left and right eigenvectors;
        infinite where defective.

        A perturbation of size e moves a value by up to e times this. None without a matrix.
        """
        if self.matrix is None:
            return None
        from scipy.linalg import eig

        values, left, right = eig(self.matrix, left=True, right=True)
        with np.errstate(divide="ignore"):
            numbers = 1 / np.abs(np.sum(left.conj() * right, axis=0))
        return numbers[ordered(values, self.of)]

    @functools.cached_property
    def condition(self) -> float | None:
        """The condition number of the matrix of unit eigenvectors. None without a matrix."""
        return None if self.matrix is None else float(np.linalg.cond(np.linalg.eig(self.matrix)[1]))

    @property
    def defective(self) -> bool | None:
        """Whether some value's condition number exceeds 1e6: eigenvectors (nearly) coincide and
        half the digits are lost.
        """
        return None if self.conditions is None else bool(np.max(self.conditions) > DEFECTIVE)

    def _margin(self, room: float) -> float:
        """By how much rounding may have moved the values; only a close call has their condition
        looked at.
        """
        margin = 10 * self.size**0.5 * self.precision * self.radius
        if 0 < room < margin / self.precision**0.5 and self.conditions is not None:
            margin *= min(float(np.max(self.conditions)), self.precision**-0.5)
        return margin

    def __str__(self) -> str:
        taken = f"{len(self.values)} values"
        if self.part != "all":
            taken = f"{self.part} {len(self.values)} of {self.size} values"
        told = {True: "stable", False: "not stable", None: "stability undecided by these"}
        article = "an" if self.of == "update" else "a"
        shown = [f"{v.real:.6g}{v.imag:+.6g}i" for v in self.values[:6]]
        lines = [
            f"spectrum of {article} {self.of}: {taken}, {told[self.stable]}",
            self._consequences(),
            ", ".join([*shown, "..."] if len(self.values) > 6 else shown),
        ]
        if not self.at_equilibrium:
            still = (
                "one period still moves x by" if self.of == "update" else "the field at x has norm"
            )
            lines.append(f"not at an equilibrium: {still} {self.movement:.3g}")
        if self.size <= WORDY and self.conditions is not None and self.defective:
            worst = f"condition numbers up to {np.max(self.conditions):.1e}"
            lines.append(f"too defective to trust all digits: {worst}")
        if self.residuals is not None:
            lines.append(f"residuals up to {np.max(self.residuals):.1e}")
        return "\n  ".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return shown.html(self)

    def _consequences(self) -> str:
        if self.of == "update":
            over = f" over {self.period} updates" if self.period > 1 else ""
            rate = f"predicted log error {self.rate:+.6g} per update"
            return f"radius {self.radius:.8g}{over}, {rate}"
        less = "" if self.part == "all" else " or less"
        limit = f"descent stable below step {self.step_limit:.6g}{less}"
        return f"abscissa {self.abscissa:.6g}, radius {self.radius:.6g}, {limit}"


def ordered(values: np.ndarray, of: Of) -> np.ndarray:
    """Fields: smallest real part first. Updates: largest modulus first. A pair: positive imaginary
    part first.
    """
    first = values.real if of == "field" else -np.abs(values)
    return np.lexsort((-values.imag, -np.abs(values.imag), first))
