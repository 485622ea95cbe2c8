r"""Worst cases of single methods on strongly monotone Lipschitz fields, from above by certificate
and from below by search.

(F(x) - F(y)).(x - y) >= mu |x - y|^2 and |F(x) - F(y)| <= L |x - y| for all x, y. The search walks
through fields that turn, attract and bend: F(x) = mu x + t (K x + R R'x + sum_i u_i psi_i(u_i'x)),
K antisymmetric, each psi_i rising with one slope up to a kink and another beyond, and t the largest
with which no Jacobian exceeds L. So they lie in the class by construction, and without kinks every
linear field of the class is among them.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import between, normals, skew, within
from ..draws.points import updated
from ..theorem import Bound, Certificate, Family, Identity, Outside, Parameters, Source, Theorem
from ..verify.certificates import Question

Vector = Float[Array, " size"]
OURS = (
    "; the numbers are ours, by semidefinite programming (Ryu, Taylor, Bergeling, Giselsson 2020)"
)


class Bent(eqx.Module):
    """F(x) = linear x + sum_i u_i psi_i(u_i'x), with psi_i of slope low_i up to kink_i and high_i
    beyond, psi_i(0) = 0.
    """

    linear: Float[Array, "size size"]
    directions: Float[Array, "bends size"]
    low: Float[Array, " bends"]
    high: Float[Array, " bends"]
    kinks: Float[Array, " bends"]

    def __call__(self, x: Vector) -> Vector:
        along = self.directions @ x
        bend = jax.nn.relu(along - self.kinks) - jax.nn.relu(-self.kinks)
        return (
            self.linear @ x + (self.low * along + (self.high - self.low) * bend) @ self.directions
        )

    def jacobians(self) -> list[Float[Array, "size size"]]:
        """Every Jacobian that occurs is an average of these: one for each choice of slopes."""
        choices = itertools.product(*zip(self.low, self.high, strict=True))
        return [
            self.linear + (self.directions.T * jnp.array(slopes)) @ self.directions
            for slopes in choices
        ]


def losses(x: mm.Profile, field: Bent) -> tuple[Array, ...]:
    """x_i F_i(x), with F held fixed: the players' own derivatives are F, which need not be a
    gradient of anything.
    """
    flat, unravel = x.ravel()
    held = unravel(jax.lax.stop_gradient(field(flat)))
    return tuple(jnp.sum(own * value) for own, value in zip(x, held, strict=True))


def shapes(size: int, bends: int) -> dict[str, tuple[int, ...]]:
    """A field of `size` numbers with `bends` kinks, how much of t it takes, and a start."""
    matrices = {"turn": (size, size), "pull": (size, size), "directions": (bends, size)}
    slopes = {"low": (bends,), "high": (bends,), "kinks": (bends,)}
    return matrices | slopes | {"shares": (2,), "fraction": (), "start": (size,)}


@dataclasses.dataclass(frozen=True)
class Fields:
    """Fields of the class (mu, L) and a start at distance one; `stretch` and `attraction` break L
    and mu.
    """

    monotonicity: float
    lipschitz: float
    stretch: float = 1.0
    attraction: float | None = None

    def __call__(self, p: Parameters) -> tuple[Bent, Vector]:
        # Each part vanishes on half of all parameters, since worst fields may lack it.
        turning, pulling = jax.nn.relu(p["shares"])
        low, high = jax.nn.relu(p["low"]), jax.nn.relu(p["high"])
        linear = turning * skew(p["turn"]) + 0.1 * pulling * p["pull"] @ p["pull"].T
        unit = p["directions"] / jnp.linalg.norm(p["directions"], axis=-1, keepdims=True)
        free = Bent(linear, unit, low, high, p["kinks"])
        own = self.monotonicity if self.attraction is None else self.attraction
        limit = self.lipschitz * self.stretch
        room = limit**2 - own**2
        # The largest t with |own + t M| <= limit is one over the largest eigenvalue of a symmetric
        # matrix.
        rates = [_rate(jacobian, own, room) for jacobian in free.jacobians()]
        t = jnp.minimum(1.0, jnp.exp(p["fraction"])) / jnp.maximum(jnp.max(jnp.stack(rates)), 1e-9)
        field = Bent(
            own * jnp.eye(len(p["start"])) + t * free.linear,
            free.directions,
            t * low,
            t * high,
            free.kinks,
        )
        return field, p["start"] / jnp.linalg.norm(p["start"])


def _rate(matrix: Float[Array, "size size"], own: float, room: float) -> Array:
    """The least r with (limit^2 - own^2) r^2 >= own r (M + M') + M'M, since |own + M/r| <= limit is
    the same.
    """
    corner = matrix.T / room**0.5
    block = jnp.block(
        [[own * (matrix + matrix.T) / room, corner], [corner.T, jnp.zeros_like(matrix)]]
    )
    return jnp.linalg.eigvalsh(block)[-1]


@dataclasses.dataclass(frozen=True)
class Walk:
    """1 - |x_n|^2 / (allowed |x_0|^2) after n updates of the rule itself; the solution is zero."""

    make: Callable[[float], Any]
    step: float
    allowed: float
    updates: int = 1

    def __call__(self, instance: tuple[Bent, Vector]) -> Array:
        field, start = instance
        half = len(start) // 2
        game, x = mm.Game(losses, data=field), mm.Profile((start[:half], start[half:]))
        end = updated(self.make(self.step), game, x, self.updates)
        return 1 - (end @ end) / self.allowed


@dataclasses.dataclass(frozen=True)
class Implicit:
    """1 - |x_1|^2 / (allowed |x_0|^2) with x_1 + step F(x_1) = x_0, solved exactly since F is
    linear.
    """

    step: float
    allowed: float

    def __call__(self, instance: tuple[Bent, Vector]) -> Array:
        field, start = instance
        end = jnp.linalg.solve(jnp.eye(len(start)) + self.step * field.linear, start)
        return 1 - (end @ end) / self.allowed


def bound(
    question: Question,
    margin: Any,
    sizes: tuple[tuple[int, int], ...],
    *,
    sharp: bool,
    stretch: bool = True,
) -> Bound:
    """The bound of one question, with the two hypotheses broken in turn and its certificate."""
    own, limit = question.monotonicity, question.lipschitz
    outside = [
        Outside(
            "less monotone than mu",
            Family(shapes, Fields(own, limit, attraction=own - 0.3), sizes[:1]),
        )
    ]
    if stretch:
        outside.append(
            Outside(
                "twice the Lipschitz constant",
                Family(shapes, Fields(own, limit, stretch=2.0), sizes[:1]),
            )
        )
    return Bound(
        part=f"mu = {own:g}, L = {limit:g}, step {question.step:g}",
        family=Family(shapes, Fields(own, limit), sizes),
        margin=margin,
        sharp=sharp,
        outside=tuple(outside),
        certificate=Certificate(question, margin.allowed),
    )


OP_1 = Theorem(
    id="OP-1",
    name="Descent-ascent on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz with $F(x^\star) = 0$. One
step $h$ of simultaneous descent gives $$|x_1 - x^\star|^2 \leq (1 - 2 h \mu + h^2 L^2)\, |x_0 -
x^\star|^2,$$ and no smaller factor will do: rotations of the plane, scaled, attain it.""",
    source=Source("classical" + OURS, "memory; derived"),
    checks=(
        bound(
            Question("descent", 0.1, 1.0, 0.1),
            Walk(mm.Simultaneous, 0.1, 1 - 2 * 0.1 * 0.1 + 0.1**2),
            ((2, 0), (2, 1)),
            sharp=True,
        ),
    ),
)

# One kink is the worst that extragradient can meet, and it needs no rotation.


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


def attained(instance: Line) -> tuple[Array, Array]:
    """What extragradient reaches, beside the root of the claimed factor."""
    own, limit, step, kink = instance
    return reached(mm.Extragradient(step), 1, own, limit, kink), 1 - step * own * (
        1 - step * limit
    ) / (1 - step * (limit - own))


def attained_in_two(instance: Line) -> tuple[Array, Array]:
    """What past extragradient of step 1/(2L) reaches in two updates, beside the root of the claimed
    factor.
    """
    own, limit, _, kink = instance
    return reached(mm.PastExtragradient(1 / (2 * limit)), 2, own, limit, kink), 1 / (
        1 + own / limit
    )


def kinked_halfway(key: PRNGKeyArray) -> Line:
    """The same fields for h = 1/(2L)."""
    own, limit, _, _ = kinked(key)
    return own, limit, 1 / (2 * limit), 1 / (1 + own / limit)


def attainment(
    draw: Callable[[PRNGKeyArray], Line], sides: Callable[[Line], tuple[Array, Array]]
) -> Identity:
    """The worst field is met exactly, and no field with its kink elsewhere is."""
    elsewhere = Outside("the kink stands elsewhere", family=kinked_elsewhere, least=0.5)
    return Identity(part="attained", draw=draw, sides=sides, tolerance=1e-12, outside=(elsewhere,))


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
        bound(
            Question("extragradient", 0.1, 1.0, 0.5),
            Walk(mm.Extragradient, 0.5, (21 / 22) ** 2),
            ((2, 1), (2, 0)),
            sharp=False,
        ),
        bound(
            Question("extragradient", 0.2, 1.0, 0.7),
            Walk(mm.Extragradient, 0.7, (199 / 220) ** 2),
            ((2, 1), (2, 0)),
            sharp=False,
        ),
        attainment(kinked, attained),
    ),
)

OP_3 = Theorem(
    id="OP-3",
    name="Past extragradient on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone and $L$-Lipschitz with $F(x^\star) = 0$. Two
steps $h = 1/(2L)$ of past extragradient, the first looking ahead along $F(x_0)$, give $|x_2 -
x^\star|^2 \leq (1 + \mu / L)^{-2}\, |x_0 - x^\star|^2$ for $\mu = 0.1$, $L = 1$. For every $\mu$
and $L$ no smaller factor will do: the field that is worst for extragradient attains it.""",
    source=Source("Popov 1980 for the method" + OURS, "derived"),
    checks=(
        bound(
            Question("past extragradient", 0.1, 1.0, 0.5, 2),
            Walk(mm.PastExtragradient, 0.5, 100 / 121, 2),
            ((2, 1), (2, 0)),
            sharp=False,
        ),
        attainment(kinked_halfway, attained_in_two),
    ),
)

OP_4 = Theorem(
    id="OP-4",
    name="The proximal point on strongly monotone fields",
    statement=r"""Let $F$ be $\mu$-strongly monotone with $F(x^\star) = 0$. One proximal step $x_1 +
h F(x_1) = x_0$ gives
$$|x_1 - x^\star|^2 \leq \frac{1}{(1 + h \mu)^2}\, |x_0 - x^\star|^2,$$
and no smaller factor will do: $F(x) = \mu x$ attains it.""",
    source=Source("Rockafellar 1976" + OURS, "memory; derived"),
    checks=(
        bound(
            Question("proximal point", 0.1, 1.0, 0.5),
            Implicit(0.5, 1 / (1 + 0.5 * 0.1) ** 2),
            ((2, 0), (4, 0)),
            sharp=True,
            stretch=False,
        ),
    ),
)
