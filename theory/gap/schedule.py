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


def order(instance: Setting) -> Array:
    """s(u) <= s(v) for u <= v, both between min(low, 1) and max(high, 1)."""
    one, other = (instance.scale(gap) for gap in instance.gaps)
    return jnp.min(jnp.stack([1 - one / other, one / instance.low - 1, 1 - other / instance.high]))


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


def logarithms(instance: Setting) -> tuple[Array, Array]:
    """log s at both gaps, at zero and at both ends, beside linear interpolation between log low, 0
    and log high.
    """
    gaps = jnp.stack([*instance.gaps, jnp.zeros(()), -instance.widths[0], instance.widths[1]])
    knots = jnp.stack([-instance.widths[0], jnp.zeros(()), instance.widths[1]])
    heights = jnp.stack([jnp.log(instance.low), jnp.zeros(()), jnp.log(instance.high)])
    return jnp.log(instance.scale(gaps)), jnp.interp(gaps, knots, heights)


def fixed_widths(instance: Setting) -> tuple[Array, Array]:
    """Widths of a tenth whatever the ideal loss, as a re-implementation has them."""
    tenth = jnp.asarray(0.1)
    return logarithms(instance._replace(widths=(tenth, tenth)))[0], logarithms(instance)[1]


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
                Outside("widths of 0.1 whatever the ideal loss", claim=fixed_widths, least=0.9),
            ),
        ),
    ),
)


# GAP-3: Lipschitz constants.


def steepness(instance: Setting, share: float = 1.0) -> Array:
    """1 - |s(v) - s(u)| / (L |v - u|), on the side of zero of each."""
    u, v = instance.gaps
    margins = []
    for side, width in zip(
        (jnp.minimum(jnp.stack([u, v]), 0), jnp.maximum(jnp.stack([u, v]), 0)),
        instance.widths,
        strict=True,
    ):
        above = instance.high * jnp.log(instance.high) / instance.widths[1]
        constant = share * jnp.where(
            side[1] > 0, above, jnp.log(1 / instance.low) / instance.widths[0]
        )
        run = side[1] - side[0]
        rise = jnp.abs(instance.scale(side[1]) - instance.scale(side[0]))
        far = run > 1e-4 * width  # nearer, the quotient of differences is rounding
        margins.append(jnp.where(far, 1 - rise / (constant * jnp.where(far, run, 1)), 1.0))
    return jnp.min(jnp.stack(margins))


def too_steep(instance: Setting) -> Array:
    """The slope at 0+ taken for the whole of the upper side."""
    return jnp.where(
        instance.gaps[1] > 0,
        steepness(instance, 1.0) + 1 - jnp.log(instance.high),
        steepness(instance, 0.5),
    )


def slopes(instance: Setting) -> tuple[Array, Array]:
    """One-sided derivatives just inside w_+, just above zero and just below it, beside their
    formulas.
    """
    (below, above), tiny = instance.widths, 1e-9
    at = jnp.stack([above * (1 - tiny), above * tiny, -below * tiny])
    rates = jnp.log(instance.high) / above, jnp.log(1 / instance.low) / below
    return jax.vmap(jax.grad(instance.scale))(at), jnp.stack(
        [instance.high * rates[0], rates[0], rates[1]]
    )


def documented(key: PRNGKeyArray) -> Setting:
    """The published bounds, around an ideal loss of log 4."""
    tenth = jnp.asarray(0.1 * math.log(4))
    return Setting(jnp.asarray(0.1), jnp.asarray(2.0), (tenth, tenth), (tenth, tenth))


def documented_slopes(instance: Setting) -> tuple[Array, Array]:
    """10, 5 and 16.6096."""
    return slopes(instance)[0], jnp.array([10.0, 5.0, 5 * math.log2(10.0)])


def kinkless(instance: Setting) -> tuple[Array, Array]:
    """The claim that both sides of zero have one slope."""
    found, wanted = slopes(instance)
    return found, wanted.at[2].set(wanted[1])


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
            outside=(Outside("half the constant below zero, the one at 0 above", claim=too_steep),),
        ),
        Identity(
            part="slopes",
            draw=drawn_setting,
            sides=slopes,
            tolerance=1e-6,
            outside=(Outside("no kink at zero", claim=kinkless, least=0.9),),
        ),
        Identity(
            part="as published",
            draw=documented,
            sides=documented_slopes,
            tolerance=1e-7,
            most=1,
            outside=(Outside("no kink at zero", claim=kinkless, least=1.0),),
        ),
    ),
)
