"""Eigenvalues of a game's field, and of the whole update map with the rule's memory in it.

Near an equilibrium the flow x' = -v(x) decays when every eigenvalue of J = v'(x) has a positive
real part, and an update (x, state) -> (x, state) contracts when every eigenvalue of its derivative
M has modulus below one; the largest modulus is then the factor by which the error shrinks. For
simultaneous descent M = 1 - step J, so each value asks step < 2 Re / |.|^2. Derivatives are
compiled; eigenvalues are taken on the host in float64, from the dense matrix or from products with
it.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import warnings
from typing import Any

import equinox as eqx
import jax
import numpy as np
import scipy.linalg
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..checks import InputError, refuse
from ..game import Game
from ..profile import Profile, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..schedules import Schedule
from .eigensolvers import demand_leading, leading_values
from .update_map import precision_of, product, settled, size_of, update_matrix, update_products

LARGEST_DENSE = 20_000  # 3 GB of matrix
DEFECTIVE = 1e6  # above this condition number, values keep fewer than ten of their sixteen digits
WORDY = 200  # up to this size a printed spectrum speaks of its condition


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of a field (`of` = "field", smallest real part first) or an update ("update",
    largest modulus first).

    `size` is the size of the whole matrix, `part` which of its values were taken ("all", "largest",
    "rightmost", "leftmost"), `residuals` their |J u - value u| where they came from products,
    `matrix` the dense matrix where there was one. An update is taken over `period` updates.
    `movement` is |v(x)| for a field and |x' - x| for an update; `at_equilibrium` says whether it is
    small, that is, whether the values speak of convergence to x at all.
    """

    values: Complex[np.ndarray, " values"]
    of: str
    size: int
    movement: float
    at_equilibrium: bool
    period: int = 1
    part: str = "all"
    residuals: Float[np.ndarray, " values"] | None = None
    matrix: Float[np.ndarray, "size size"] | None = None
    precision: float = float(np.finfo(float).eps)

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
        step is.      Lemma 4 of NUM.

        From a part of the spectrum it is an upper bound.
        """
        if self.of != "field":
            raise refuse(
                "step_limit",
                "asked of an update",
                "asked of a field",
                "An update has its step in it already.",
            )
        return (
            0.0
            if self.stable is False
            else float(np.min(2 * self.values.real / np.abs(self.values) ** 2))
        )

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
        values, left, right = scipy.linalg.eig(self.matrix, left=True, right=True)
        with np.errstate(divide="ignore"):
            numbers = 1 / np.abs(np.sum(left.conj() * right, axis=0))
        return numbers[_order(values, self.of)]

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
        what = (
            f"{len(self.values)} values"
            if self.part == "all"
            else f"{self.part} {len(self.values)} of {self.size} values"
        )
        told = {True: "stable", False: "not stable", None: "stability undecided by these"}[
            self.stable
        ]
        lines = [f"spectrum of {'an' if self.of == 'update' else 'a'} {self.of}: {what}, {told}"]
        if self.of == "update":
            over = f" over {self.period} updates" if self.period > 1 else ""
            lines.append(
                f"radius {self.radius:.8g}{over}, predicted log error {self.rate:+.6g} per update"
            )
        else:
            limit = f"descent stable below step {self.step_limit:.6g}" + (
                " or less" if self.part != "all" else ""
            )
            lines.append(f"abscissa {self.abscissa:.6g}, radius {self.radius:.6g}, {limit}")
        shown = [f"{v.real:.6g}{v.imag:+.6g}i" for v in self.values[:6]]
        lines.append(", ".join([*shown, "..."] if len(self.values) > 6 else shown))
        if not self.at_equilibrium:
            still = (
                "one period still moves x by" if self.of == "update" else "the field at x has norm"
            )
            lines.append(f"not at an equilibrium: {still} {self.movement:.3g}")
        if self.size <= WORDY and self.conditions is not None and self.defective:
            lines.append(
                f"too defective to trust all digits: condition numbers up to "
                f"{np.max(self.conditions):.1e}"
            )
        if self.residuals is not None:
            lines.append(f"residuals up to {np.max(self.residuals):.1e}")
        return "\n  ".join(lines)


def field_spectrum(
    game: Game,
    x: Any,
    sample: Any = None,
    *,
    leading: int | None = None,
    rightmost: bool = False,
    leftmost: bool = False,
) -> Spectrum:
    """Eigenvalues of J = v'(x), the field's Jacobian.

    All of them from the dense matrix; or `leading` of them from products J t alone: of largest
    modulus, with the largest real part (`rightmost`), or with the smallest (`leftmost`: those that
    decide stability).
    """
    x = _started(game, x)
    game = narrowed(game, x.dtype)
    if (rightmost and leftmost) or ((rightmost or leftmost) and leading is None):
        given = {"leading": leading, "rightmost": rightmost, "leftmost": leftmost}
        raise refuse(
            "rightmost, leftmost",
            given,
            "at most one of the two, with leading=k",
            "A dense spectrum has them all.",
        )
    if leading is None:
        _demand_dense(x)
        v, matrix = _field_matrix(game, x, sample)
        return _dense(matrix, x, "field", np.asarray(v, float))
    v, push = _field_products(game, x, sample)
    part = "rightmost" if rightmost else "leftmost" if leftmost else "largest"
    return _krylov(push, size_of(x), x, leading, part, "field", np.asarray(v, float))


def step_limit(game: Game, x: Any) -> float:
    """The largest stable step of simultaneous descent near x, min 2 Re / |.|^2 over J's
    eigenvalues; zero if none is.
    """
    return field_spectrum(game, x).step_limit


def update_spectrum(
    game: Game,
    rule: UpdateRule,
    x: Any,
    *,
    key: PRNGKeyArray | None = None,
    leading: int | None = None,
) -> Spectrum:
    """Eigenvalues of the derivative of (profile, state) -> rule.update over all real leaves.

    Taken at the state to which the rule settles when it stands still at x (its integers and keys as
    they start), over the rule's own period. A random game is held at the one sample of `key`.
    `leading` values of largest modulus come from products alone.
    """
    x = _started(game, x)
    _demand_linear(rule)
    demand_suited(rule, game)
    key, period = _key(game, key), rule.rest.period
    if leading is None:
        _demand_dense(x)
    linearise = update_matrix if leading is None else update_products
    inputs = (narrowed(game, x.dtype), narrowed(rule, x.dtype), x, key, period)
    z, after, linear = settled(functools.partial(linearise, *inputs), x)
    moved = (after - z)[: size_of(x)]
    if leading is None:
        return _dense(linear, x, "update", moved, period)
    return _krylov(linear, z.size, x, leading, "largest", "update", moved, period)


@eqx.filter_jit
def _field_matrix(game: Game, x: Profile, sample: Any) -> tuple[Array, Array]:
    return game.field(x, sample).ravel()[0], game.jacobian(x, sample)


@eqx.filter_jit
def _field_products(game: Game, x: Profile, sample: Any) -> tuple[Array, Any]:
    flat, unravel = x.ravel()
    return jax.linearize(lambda z: game.field(unravel(z), sample).ravel()[0], flat)


def _dense(matrix: Array, x: Profile, of: str, moved: np.ndarray, period: int = 1) -> Spectrum:
    full = np.asarray(matrix, float)
    if not np.all(np.isfinite(full)):
        raise refuse(
            "x",
            "a profile at which a derivative is NaN or infinite",
            "a profile at which everything is differentiable",
        )
    values = np.linalg.eigvals(full).astype(complex)
    block = (full - np.eye(len(full)) if of == "update" else full)[: moved.size, : moved.size]
    stretch = float(np.linalg.norm(block)) / moved.size**0.5
    rest = _rest(x, moved, stretch)
    return Spectrum(
        values[_order(values, of)],
        of,
        len(full),
        *rest,
        period,
        matrix=full,
        precision=precision_of(x),
    )


def _krylov(
    push: Any,
    size: int,
    x: Profile,
    leading: Any,
    part: str,
    of: str,
    moved: np.ndarray,
    period: int = 1,
) -> Spectrum:
    count, multiply = demand_leading(leading, size), product(push, x.dtype)
    values, residuals = leading_values(multiply, size, count, part, precision_of(x))
    probe = np.pad(np.random.default_rng(1).standard_normal(moved.size), (0, size - moved.size))
    stretch = float(
        np.linalg.norm((multiply(probe) - (probe if of == "update" else 0))[: moved.size])
        / np.linalg.norm(probe)
    )
    order, rest = _order(values, of), _rest(x, moved, stretch)
    return Spectrum(
        values[order], of, size, *rest, period, part, residuals[order], precision=precision_of(x)
    )


def _rest(x: Profile, moved: np.ndarray, stretch: float) -> tuple[float, bool]:
    """How far x is from rest, and whether that is half the digits of what a change of x by its own
    size would do.
    """
    movement, precision = float(np.linalg.norm(moved)), precision_of(x)
    return movement, movement <= (precision**0.5 * stretch + 10 * precision) * (1 + float(x.norm()))


def _order(values: np.ndarray, of: str) -> np.ndarray:
    """Fields: smallest real part first. Updates: largest modulus first. A pair: positive imaginary
    part first.
    """
    first = values.real if of == "field" else -np.abs(values)
    return np.lexsort((-values.imag, -np.abs(values.imag), first))


def _started(game: Any, x: Any) -> Profile:
    if not isinstance(game, Game):
        raise refuse(
            "game",
            game,
            "a Game",
            "A SymbolicGame becomes one by .numeric(), and has spectra of its own.",
        )
    x = as_profile(x, "x")
    if precision_of(x) > 1e-10:
        warnings.warn(
            f"x is {x.dtype}: its spectrum is good to about {precision_of(x) ** 0.5:.0e} only. "
            'Call jax.config.update("jax_enable_x64", True) first and give x (and the game\'s '
            "data) in float64.",
            stacklevel=3,
        )
    return x


def _demand_linear(rule: Any) -> None:
    if not isinstance(rule, UpdateRule):
        raise refuse(
            "rule",
            rule,
            "an update rule such as mm.Simultaneous(0.1)",
            "A direction needs a rule around it.",
        )
    if rule.rest.obstacle:
        raise InputError(f"{type(rule).__name__} has no update spectrum: {rule.rest.obstacle}.")
    if any(
        isinstance(leaf, Schedule)
        for leaf in jax.tree.leaves(rule, is_leaf=lambda leaf: isinstance(leaf, Schedule))
    ):
        raise refuse(
            "rule",
            "a rule with a schedule",
            "one map",
            "A schedule changes it at every update; freeze it: mm.at(rule, index).",
        )


def _key(game: Game, key: Any) -> Any:
    if key is None:
        if game.random:
            raise refuse(
                "key",
                None,
                "a key, since this game draws samples",
                "It fixes the sample: key=jax.random.key(seed).",
            )
        return jax.random.key(0)
    if (
        not isinstance(key, jax.Array)
        or not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)
        or key.ndim
    ):
        raise refuse("key", key, "one key", "Make it by jax.random.key(seed).")
    return key


def _demand_dense(x: Profile) -> None:
    if size_of(x) > LARGEST_DENSE:
        given, allowed = (
            f"a profile of {size_of(x)} numbers",
            f"at most {LARGEST_DENSE} for a dense spectrum",
        )
        raise refuse("x", given, allowed, "Take the leading ones from products alone: leading=20.")
