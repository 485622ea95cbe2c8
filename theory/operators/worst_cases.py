r"""Worst cases of single methods on strongly monotone Lipschitz fields, from above by certificate
and from below by search through fields that turn, attract and bend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import between, normals, within
from ..draws.points import updated
from ..theorem import Bound, Certificate, Family, Identity, Outside, Parameters, Source, Theorem
from ..verify.certificates import Question
from .fields import Bent, Fields, Implicit, Vector, Walk, losses, shapes

OURS = (
    "; the numbers are ours, by semidefinite programming (Ryu, Taylor, Bergeling, Giselsson 2020)"
)


def of_field(
    instance: tuple[Bent, Vector], make: Callable[[float], Any], ask: Question, allowed: Any
) -> Array:
    """The margin of an explicit method at the step and the updates of a question."""
    return Walk(make, ask.step, allowed, ask.updates)(instance)


def bound(
    question: Question,
    margin: Callable[..., Array],
    reference: float,
    sizes: tuple[tuple[int, int], ...],
    *,
    sharp: bool,
    least: tuple[float, ...],
) -> Bound:
    """The bound of one question, with one hypothesis or both broken in turn and its certificate."""
    own, limit = question.monotonicity, question.lipschitz
    broken = {
        "less monotone than mu": Fields(own, limit, attraction=own - 0.3),
        "twice the Lipschitz constant": Fields(own, limit, stretch=2.0),
    }
    return Bound(
        part=f"mu = {own:g}, L = {limit:g}, step {question.step:g}",
        family=Family(shapes, Fields(own, limit), sizes),
        margin=margin,
        sharp=sharp,
        outside=tuple(
            Outside(name, Family(shapes, fields, sizes[:1]), least=share)
            for (name, fields), share in zip(broken.items(), least, strict=False)
        ),
        certificate=Certificate(question, reference),
    )


class Anywhere(NamedTuple):
    """A field of the class (mu, 1), a start, mu, and a step."""

    field: Bent
    start: Vector
    own: Array
    step: Array


def anywhere_shapes(size: int, bends: int) -> dict[str, tuple[int, ...]]:
    """The same with mu and a step."""
    return shapes(size, bends) | {"own": (), "step": ()}


def anywhere(p: Parameters) -> Anywhere:
    """mu in (1/50, 49/50), L = 1 since units are free, steps in (1/20, 3)."""
    own, step = between(p["own"], 0.02, 0.98), within(p["step"], 0.05, 3.0)
    return Anywhere(*Fields(own, 1.0)(p), own, step)


def anywhere_less(p: Parameters) -> Anywhere:
    """Monotone by a third of mu only."""
    own, step = between(p["own"], 0.02, 0.98), within(p["step"], 0.05, 3.0)
    return Anywhere(*Fields(own, 1.0, attraction=own / 3)(p), own, step)


def every(margin: Callable[..., Array]) -> Bound:
    """The bound at every mu and step, linear fields only: they attain it."""
    return Bound(
        part="every mu and step",
        family=Family(anywhere_shapes, anywhere, ((2, 0), (4, 0))),
        margin=margin,
        sharp=True,
        outside=(
            Outside(
                "monotone by a third of mu only",
                Family(anywhere_shapes, anywhere_less, ((2, 0),)),
                least=0.5,
            ),
        ),
    )


# OP-1: descent.


def descent_factor(own: Any, limit: Any, step: Any, pull: float, power: float) -> Any:
    """1 - 2 h mu + (h L)^2."""
    return 1 - pull * step * own + (step * limit) ** power


DESCENT = Question("descent", 0.1, 1.0, 0.1)


def descent(instance: tuple[Bent, Vector], *, pull: float = 2.0, power: float = 2.0) -> Array:
    """One step of simultaneous descent, beside the factor."""
    allowed = descent_factor(0.1, 1.0, DESCENT.step, pull, power)
    return of_field(instance, mm.Simultaneous, DESCENT, allowed)


def descent_anywhere(instance: Anywhere, *, pull: float = 2.0, power: float = 2.0) -> Array:
    """The same at any mu and step."""
    field, start, own, step = instance
    allowed = descent_factor(own, 1.0, step, pull, power)
    return Walk(mm.Simultaneous, step, allowed)((field, start))


OP_1 = Theorem(
    id="OP-1",
    name="Descent-ascent on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz with $F(x^\star) = 0$. One
step $h$ of simultaneous descent gives $$|x_1 - x^\star|^2 \leq (1 - 2 h \mu + h^2 L^2)\, |x_0 -
x^\star|^2,$$ and no smaller factor will do: rotations of the plane, scaled, attain it.""",
    source=Source("classical" + OURS, "memory; derived"),
    checks=(
        bound(DESCENT, descent, 0.99, ((2, 0), (2, 1)), sharp=True, least=(0.6, 0.15)),
        every(descent_anywhere),
    ),
)

# OP-2 and OP-3: one kink is the worst that extragradient can meet, and it needs no rotation.

BENT = ((2, 1), (2, 0))

Line = tuple[Array, Array, Array, Array]  # mu, L, h and the kink


def kinked(key: PRNGKeyArray) -> Line:
    """mu, L, h with 0 < mu < L and h L < 1, and where the kink of the worst field stands, the start
    being at one.
    """
    share, limit, step = normals(key, (), (), ())
    limit, step = within(limit, 0.1, 10.0), between(step, 0.01, 0.99)
    own, step = between(share, 0.01, 0.99) * limit, step / limit
    return own, limit, step, (1 - step * limit) / (1 - step * (limit - own))


def kinked_elsewhere(key: PRNGKeyArray) -> Line:
    """The same with the kink a fifth nearer to zero."""
    own, limit, step, kink = kinked(key)
    return own, limit, step, 0.8 * kink


def reached(rule: Any, updates: int, own: Array, limit: Array, kink: Array) -> Array:
    """|x_n| from x_0 = 1 on F(x) = mu x + (L - mu) max(x - kink, 0), the only number that moves."""
    one = jnp.ones(1)
    field = Bent(own * jnp.eye(2), jnp.eye(2)[:1], 0 * one, (limit - own) * one, kink * one)
    game, x = mm.Game(losses, data=field), mm.Profile((one, 0 * one))
    return updated(rule, game, x, updates).norm()


def ahead_factor(own: Any, limit: Any, step: Any, power: float) -> Any:
    """tau."""
    return (1 - step * own * (1 - step * limit) / (1 - step * (limit - own))) ** power


def attained(instance: Line, *, power: float = 2.0) -> tuple[Array, Array]:
    """The square of what extragradient reaches, beside the claimed factor."""
    own, limit, step, kink = instance
    found = reached(mm.Extragradient(step), 1, own, limit, kink)
    return found**2, ahead_factor(own, limit, step, power)


def attained_in_two(instance: Line, *, power: float = -2.0) -> tuple[Array, Array]:
    """The square of what past extragradient of step 1/(2L) reaches in two updates, beside the
    claimed factor.
    """
    own, limit, _, kink = instance
    found = reached(mm.PastExtragradient(1 / (2 * limit)), 2, own, limit, kink)
    return found**2, (1 + own / limit) ** power


def kinked_halfway(key: PRNGKeyArray) -> Line:
    """The same fields for h = 1/(2L)."""
    own, limit, _, _ = kinked(key)
    return own, limit, 1 / (2 * limit), 1 / (1 + own / limit)


def attainment(
    draw: Callable[[PRNGKeyArray], Line], sides: Callable[[Line], tuple[Array, Array]]
) -> Identity:
    """The worst field is met exactly, and no field with its kink elsewhere is."""
    elsewhere = Outside("the kink stands elsewhere", family=kinked_elsewhere, least=0.95)
    return Identity(part="attained", draw=draw, sides=sides, tolerance=1e-12, outside=(elsewhere,))


AHEAD, FURTHER = (
    Question("extragradient", 0.1, 1.0, 0.5),
    Question("extragradient", 0.2, 1.0, 0.7),
)


def ahead(instance: tuple[Bent, Vector], *, power: float = 2.0) -> Array:
    """One step of extragradient, beside tau."""
    return of_field(instance, mm.Extragradient, AHEAD, ahead_factor(0.1, 1.0, AHEAD.step, power))


def further(instance: tuple[Bent, Vector], *, power: float = 2.0) -> Array:
    """The same of the longer step."""
    allowed = ahead_factor(0.2, 1.0, FURTHER.step, power)
    return of_field(instance, mm.Extragradient, FURTHER, allowed)


OP_2 = Theorem(
    id="OP-2",
    name="Extragradient on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz with $F(x^\star) = 0$. One
step $h < 1/L$ of extragradient gives $|x_1 - x^\star|^2 \leq \tau\, |x_0 - x^\star|^2$ with
$$\tau = \left(1 - h \mu\, \frac{1 - h L}{1 - h (L - \mu)}\right)^2$$
for $\mu = 0.1$, $L = 1$, $h = 0.5$ ($\tau = 0.911157025$) and for $\mu = 0.2$, $L = 1$, $h = 0.7$
($\tau = 0.81820248$). For every $\mu$, $L$, $h$ no smaller factor will do: on the line $F(x) = \mu
x + (L - \mu) \max(x - \kappa, 0)$ attains it from $x_0 = 1$, where $\kappa = (1 - hL) / (1 - h(L -
\mu))$ is the point looked at.""",
    source=Source("Korpelevich 1976 for the method" + OURS, "derived"),
    checks=(
        bound(AHEAD, ahead, (21 / 22) ** 2, BENT, sharp=False, least=(0.6, 0.05)),
        bound(FURTHER, further, (199 / 220) ** 2, BENT, sharp=False, least=(0.6, 0.2)),
        attainment(kinked, attained),
    ),
)

PAST = Question("past extragradient", 0.1, 1.0, 0.5, 2)


def past(instance: tuple[Bent, Vector], *, power: float = -2.0) -> Array:
    """Two steps of past extragradient, beside (1 + mu / L)^-2."""
    return of_field(instance, mm.PastExtragradient, PAST, (1 + 0.1) ** power)


OP_3 = Theorem(
    id="OP-3",
    name="Past extragradient on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz with $F(x^\star) = 0$. Two
steps $h = 1/(2L)$ of past extragradient, the first looking ahead along $F(x_0)$, give $|x_2 -
x^\star|^2 \leq (1 + \mu / L)^{-2}\, |x_0 - x^\star|^2$ for $\mu = 0.1$, $L = 1$. For every $\mu$
and $L$ no smaller factor will do: the field that is worst for extragradient attains it.""",
    source=Source("Popov 1980 for the method" + OURS, "derived"),
    checks=(
        bound(PAST, past, 100 / 121, BENT, sharp=False, least=(0.6, 0.02)),
        attainment(kinked_halfway, attained_in_two),
    ),
)

PROXIMAL = Question("proximal point", 0.1, 1.0, 0.5)


def proximal(instance: tuple[Bent, Vector], *, power: float = -2.0) -> Array:
    """One proximal step, beside (1 + h mu)^-2."""
    return Implicit(PROXIMAL.step, (1 + PROXIMAL.step * 0.1) ** power)(instance)


def proximal_anywhere(instance: Anywhere, *, power: float = -2.0) -> Array:
    """The same at any mu and step."""
    field, start, own, step = instance
    return Implicit(step, (1 + step * own) ** power)((field, start))


OP_4 = Theorem(
    id="OP-4",
    name="The proximal point on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone with $F(x^\star) = 0$. One proximal step $x_1 +
h F(x_1) = x_0$ gives
$$|x_1 - x^\star|^2 \leq \frac{1}{(1 + h \mu)^2}\, |x_0 - x^\star|^2,$$
and no smaller factor will do: $F(x) = \mu x$ attains it.""",
    source=Source("Rockafellar 1976" + OURS, "memory; derived"),
    checks=(
        bound(PROXIMAL, proximal, 1.05**-2, ((2, 0), (4, 0)), sharp=True, least=(0.6,)),
        every(proximal_anywhere),
    ),
)
