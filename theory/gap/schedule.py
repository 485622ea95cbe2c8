r"""The gap-aware schedule (Hazimeh, Ponomareva 2023): its shape, and what it does and does not do
to a step.

s(u) = high^min(u/w_+, 1) above a gap of zero, low^min(-u/w_-, 1) below; u is a running average of
the adversary's loss, begun at the ideal loss, less that.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from minimax_lab.directions.gap_aware import schedule

from ..draws.matrices import between, within
from ..theorem import Bound, Family, Identity, Outside, Parameters, Theorem
from ..verify.sampling import drawn
from . import RELEASED


class Setting(NamedTuple):
    """The bounds and widths of a schedule, and two gaps in order, from -2 to 2 widths."""

    low: Array
    high: Array
    widths: tuple[Array, Array]
    gaps: tuple[Array, Array]

    def scale(self, gap: Array) -> Array:
        """s at a gap."""
        return schedule(gap, self.low, self.high, *self.widths)


def shapes() -> dict[str, tuple[int, ...]]:
    """The four numbers of a schedule, and two gaps."""
    return {"bounds": (2,), "widths": (2,), "gaps": (2,)}


def setting(p: Parameters) -> Setting:
    """low in (0.02, 0.9), high in (1.1, 10), widths in (0.01, 1)."""
    low, high, widths = (
        between(p["bounds"][0], 0.02, 0.9),
        within(p["bounds"][1], 1.1, 10.0),
        within(p["widths"], 0.01, 1.0),
    )
    gaps = between(jnp.sort(p["gaps"]), -2.0, 2.0)
    gaps = jnp.where(gaps > 0, gaps * widths[1], gaps * widths[0])
    return Setting(low, high, (widths[0], widths[1]), (gaps[0], gaps[1]))


def swapped(p: Parameters) -> Setting:
    """1/s: longer steps for an adversary that is too strong."""
    given = setting(p)
    return given._replace(low=1 / given.low, high=1 / given.high)


SCHEDULES = Family(shapes, setting)
SWAPPED = Outside("the branches swapped", Family(shapes, swapped), least=0.5)


def drawn_setting(key: PRNGKeyArray) -> Setting:
    """A schedule at random."""
    return setting(drawn(SCHEDULES, (), key))


def order(instance: Setting, *, floor: float = 1.0, ceiling: float = 1.0) -> Array:
    """s(u) <= s(v) for u <= v, both between `floor` times low and `ceiling` times high."""
    one, other = (instance.scale(gap) for gap in instance.gaps)
    low, high = floor * instance.low, ceiling * instance.high
    return jnp.min(jnp.stack([1 - one / other, one / low - 1, 1 - other / high]))


GAP_1 = Theorem(
    id="GAP-1",
    name="The schedule is monotone between its bounds",
    statement=r"""Let $0 < h \leq 1 \leq f$ and $w_\pm > 0$. The schedule is $s(u) = f^{\min(u/w_+,
1)}$ for $u > 0$ and $h^{\min(-u/w_-, 1)}$ for $u \leq 0$. It is non-decreasing in the gap $u$, and
$h \leq s \leq f$.""",
    source=RELEASED,
    checks=(Bound(family=SCHEDULES, margin=order, outside=(SWAPPED,)),),
)


# GAP-2: piecewise linear in the logarithm.


def logarithms(
    instance: Setting, *, width: float = 1.0, height: float = 1.0, fixed: bool = False
) -> tuple[Array, Array]:
    """log s at both gaps, at zero and at both ends, beside linear interpolation between log low, 0
    and log high; `fixed` has widths of a tenth, as a re-implementation does.
    """
    (below, above), tenth = instance.widths, jnp.asarray(0.1)
    gaps = jnp.stack([*instance.gaps, jnp.zeros(()), -below, above])
    knots = width * jnp.stack([-below, jnp.zeros(()), above])
    heights = height * jnp.stack([jnp.log(instance.low), jnp.zeros(()), jnp.log(instance.high)])
    shown = instance._replace(widths=(tenth, tenth)) if fixed else instance
    return jnp.log(shown.scale(gaps)), jnp.interp(gaps, knots, heights)


GAP_2 = Theorem(
    id="GAP-2",
    name="The logarithm of the schedule is piecewise linear",
    statement=r"""$\log s$ interpolates linearly between $\log h$ at $-w_-$, $0$ at $0$ and $\log f$
at $w_+$, and is constant beyond. So $s$ is continuous, and $s = 1$ exactly where the loss is
ideal.""",
    source=RELEASED,
    checks=(
        Identity(
            draw=drawn_setting,
            sides=logarithms,
            tolerance=1e-12,
            outside=(
                Outside("widths of 0.1 whatever the ideal loss", change={"fixed": True}, least=0.9),
            ),
        ),
    ),
)


# GAP-3: Lipschitz constants.


def steepness(
    instance: Setting, *, upper: float = 1.0, lower: float = 1.0, end: bool = True
) -> Array:
    """1 - |s(v) - s(u)| / (L |v - u|), on the side of zero of each; without `end` L is the slope at
    0+ on the whole upper side.
    """
    u, v = instance.gaps
    steep = jnp.log(instance.high) / instance.widths[1] * (instance.high if end else 1.0)
    sides = (
        (jnp.minimum(u, 0), jnp.minimum(v, 0), lower * jnp.log(1 / instance.low)),
        (jnp.maximum(u, 0), jnp.maximum(v, 0), upper * steep * instance.widths[1]),
    )
    margins = []
    for (one, other, constant), width in zip(sides, instance.widths, strict=True):
        run, rise = (other - one) / width, jnp.abs(instance.scale(other) - instance.scale(one))
        far = run > 1e-4  # nearer, the quotient of differences is rounding
        margins.append(jnp.where(far, 1 - rise / (constant * jnp.where(far, run, 1)), 1.0))
    return jnp.min(jnp.stack(margins))


def slopes(
    instance: Setting,
    *,
    end: float = 1.0,
    above: float = 1.0,
    below: float = 1.0,
    kink: bool = True,
) -> tuple[Array, Array]:
    """One-sided derivatives just inside w_+, just above zero and just below it, in units of the
    formulas; without a `kink` the last is that above zero.
    """
    (down, up), tiny = instance.widths, 1e-9
    at = jnp.stack([up * (1 - tiny), up * tiny, -down * tiny])
    rates = jnp.log(instance.high) / up, jnp.log(1 / instance.low) / down
    units = jnp.stack([instance.high * rates[0], rates[0], rates[1] if kink else rates[0]])
    return jax.vmap(jax.grad(instance.scale))(at) / units, jnp.stack([end, above, below])


def documented(key: PRNGKeyArray) -> Setting:
    """The published bounds, around an ideal loss of log 4."""
    tenth = jnp.asarray(0.1 * math.log(4))
    return Setting(jnp.asarray(0.1), jnp.asarray(2.0), (tenth, tenth), (tenth, tenth))


def documented_slopes(
    instance: Setting, *, end: float = 10.0, above: float = 5.0, below: float = 16.6096
) -> tuple[Array, Array]:
    """The derivatives as they are."""
    up, down = jnp.log(instance.high), jnp.log(1 / instance.low)
    found, _ = slopes(instance)
    units = jnp.stack([instance.high * up, up, down]) / instance.widths[0]
    return found * units, jnp.stack([end, above, below])


GAP_3 = Theorem(
    id="GAP-3",
    name="Lipschitz constants of the schedule",
    statement=r"""Above a gap of zero $s$ has the Lipschitz constant $f \log f / w_+$, reached at
$w_+$; at $0^+$ its slope is $\log f / w_+$; below zero the constant is $\log(1/h) / w_-$, reached
at $0^-$. With the published $h = 0.1$, $f = 2$ and widths of a tenth of the ideal loss $\log 4$
these are $10$, $5$ and $5 \log_2 10 = 16.6096$. There is a kink at zero.""",
    source=RELEASED,
    checks=(
        Bound(
            part="on either side",
            family=SCHEDULES,
            margin=steepness,
            sharp=True,
            outside=(
                Outside("half of both constants", change={"upper": 0.5, "lower": 0.5}, least=0.5),
                Outside("the slope at zero above it", change={"end": False}, least=0.3),
            ),
        ),
        Identity(
            part="slopes",
            draw=drawn_setting,
            sides=slopes,
            tolerance=1e-6,
            outside=(Outside("no kink at zero", change={"kink": False}, least=0.9),),
        ),
        Identity(
            part="as published",
            draw=documented,
            sides=documented_slopes,
            tolerance=1e-5,
            most=1,
            outside=(Outside("no kink at zero", change={"below": 5.0}, least=1.0),),
        ),
    ),
)
