r"""Alternating steps beside simultaneous ones (The Numerics of GANs, supplement): the same map up
to h^2, and what stands at h^2.

Player i's turn has the derivative I - h E_i J, E_i the projection onto its numbers and J the
Jacobian where the turn begins; the turns before have moved that place by -h E_j v. So an update has

    F' = I - h J + h^2 (sum over j before i of E_i J E_j J + E_i J'[E_j v]) + O(h^3),

J'[u] the derivative of J along u. With two players sum E_i J E_j = L is the lower left block of J,
and at rest there is no more.
"""

from __future__ import annotations

import itertools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.markets import stationary_at
from ..draws.matrices import normals, radius
from ..draws.points import derivative_at, origin
from ..theorem import Family, Identity, Outside, Proof, Source, Theorem
from ..verify.sampling import drawn
from . import PAPER
from .spectra import spectral, spectral_shapes

Place = tuple[mm.Game, mm.Profile]


def jet(name: str, x: Any, y: Any) -> tuple[Any, dict[tuple[int, int], Any]]:
    """Any function of two numbers up to its third derivatives at zero, and those derivatives."""
    orders = [(i, j) for i, j in itertools.product(range(4), repeat=2) if 1 <= i + j <= 3]
    named = {(i, j): sympy.Symbol(f"{name}_{i}{j}", real=True) for i, j in orders}
    terms = (
        symbol * x**i * y**j / (sympy.factorial(i) * sympy.factorial(j))
        for (i, j), symbol in named.items()
    )
    return sum(terms), named


def derive_orders(
    *, walk: Any = mm.Alternating, second: Any = sympy.Integer(1), bend: Any = sympy.Integer(1)
) -> list[tuple[str, Any]]:
    """The derivative of an update at zero for any two losses f and g of one number each: only their
    first three derivatives come into it up to h^2.
    """
    x, y = sympy.symbols("x y", real=True)
    h = sympy.Symbol("h", positive=True)
    (f, of_f), (g, of_g) = jet("f", x, y), jet("g", x, y)
    at = {x: 0, y: 0}
    game = mm.SymbolicGame((f, g), ((x,), (y,)))
    after, _ = game.update(walk(h))
    ends = sympy.Matrix([after[0][0], after[1][0]])
    found = ends.jacobian([x, y]).subs(at).applyfunc(sympy.expand)
    J = game.jacobian(at)
    below = sympy.Matrix([[0, 0], [J[1, 0], 0]])
    turning = of_f[1, 0] * sympy.Matrix([[0, 0], [of_g[2, 1], of_g[1, 2]]])  # E_2 J'[E_1 v]
    resting = {of_f[1, 0]: 0, of_g[0, 1]: 0}

    def at_order(order: int) -> sympy.Matrix:
        return found.applyfunc(lambda entry: entry.coeff(h, order))

    return [
        (
            "up to h it is that of a simultaneous step",
            at_order(0) + h * at_order(1) - (sympy.eye(2) - h * J),
        ),
        (
            "at h^2 stands L J + E_2 J'[E_1 v]",
            (at_order(2) - second * below * J - bend * turning).expand(),
        ),
        (
            "where v = 0 it is I - h J + h^2 L J, exactly",
            (found - sympy.eye(2) + h * J - second * h**2 * below * J).subs(resting).expand(),
        ),
    ]


class Tangled(eqx.Module):
    """Player i loses the sum of tanh(C_i z), z the numbers of all: general-sum, curved
    everywhere.
    """

    def __call__(self, x: mm.Profile, sample: Array) -> tuple[Array, ...]:
        z = jnp.concatenate(x.players)
        return tuple(jnp.sum(jnp.tanh(C @ z)) for C in sample)


def tangled(key: PRNGKeyArray, *sizes: int) -> Place:
    """A random such game of players of these sizes, and a random place."""
    C, *x = normals(key, (len(sizes), 4, sum(sizes)), *((size,) for size in sizes))
    return mm.Game(Tangled(), data=C), mm.Profile(x)


def projections(x: mm.Profile) -> list[Array]:
    """The diagonals of the players' projections E_i."""
    owners = jnp.concatenate([jnp.full(block.size, i) for i, block in enumerate(x)])
    return [jnp.where(owners == i, 1.0, 0.0) for i in range(len(x))]


def orders(
    instance: Place, *, walk: Any = mm.Alternating, second: float = 1.0, bend: float = 1.0
) -> tuple[Array, Array]:
    """The derivative of an update, its first and half its second derivative in h at h = 0, beside
    I, -J and the term of order two.
    """
    game, x = instance
    flat, unravel = x.ravel()
    zero = jnp.zeros(())

    def field(z: Array) -> Array:
        return game.field(unravel(z)).ravel()[0]

    def turned(h: Array) -> Array:
        return derivative_at(walk(h), game, x)

    J, v = jax.jacfwd(field)(flat), field(flat)
    wanted = jnp.zeros_like(J)
    for mine, yours in itertools.combinations(projections(x), 2):  # `mine` is before `yours`
        turning = jax.jvp(jax.jacfwd(field), (flat,), (mine * v,))[1]
        wanted += second * (yours[:, None] * J) @ (mine[:, None] * J)
        wanted += bend * yours[:, None] * turning
    first = jax.jacfwd(turned)
    found = jnp.stack(
        [jax.jvp(turned, (zero,), (zero,))[0], first(zero), jax.jacfwd(first)(zero) / 2]
    )
    return found, jnp.stack([jnp.eye(len(J)), -J, wanted])


def resting(key: PRNGKeyArray, *sizes: int) -> tuple[mm.Game, mm.Profile, Array]:
    """Such a game with prices that make the place stationary, and a step in (0.01, 1)."""
    game, x = tangled(key, *sizes)
    step = 0.01 * 100 ** jax.random.uniform(jax.random.fold_in(key, 1))
    return stationary_at(game, x), x, step


def moving(key: PRNGKeyArray, *sizes: int) -> tuple[mm.Game, mm.Profile, Array]:
    """Without the prices."""
    _, x, step = resting(key, *sizes)
    return tangled(key, *sizes)[0], x, step


def whole(
    instance: tuple[mm.Game, mm.Profile, Array], *, walk: Any = mm.Alternating, second: float = 1.0
) -> tuple[Array, Array]:
    """The derivative of an update of two players at rest, beside I - h J + h^2 L J."""
    game, x, step = instance
    J = game.jacobian(x)
    mine, yours = projections(x)
    below = yours[:, None] * J * mine
    return derivative_at(walk(step), game, x), jnp.eye(
        len(J)
    ) - step * J + second * step**2 * below @ J


def stable(key: PRNGKeyArray) -> Array:
    """The Jacobian of four players of one number each, all eigenvalues of positive real part."""
    return spectral(drawn(Family(spectral_shapes, dict), (2,), key))[0]


def rates(
    J: Array, *, order: tuple[int, ...] = (0, 1, 2, 3), rate: float = 1.0
) -> tuple[Array, Array]:
    """(1 - radius) / h of a very short alternating update, beside the least real part."""
    step = 1e-7
    update = derivative_at(
        mm.Alternating(step, order=order), mm.games.linear(J), origin(*(1,) * len(J))
    )
    return (1 - radius(update)) / step, rate * jnp.min(jnp.linalg.eigvals(J).real)


NUM_14 = Theorem(
    id="NUM-14",
    name="Alternating steps are simultaneous ones up to the square of the step",
    statement=r"""Let the losses be smooth and $F$ one alternating update of step $h$, player 1
first. Then, with $E_i$ the projection onto player $i$'s numbers and $J'[u]$ the derivative of $J$
along $u$,
$$F' = I - h J + h^2 \sum_{j < i} \left( E_i J E_j J + E_i J'[E_j v] \right) + O(h^3).$$
For two players the first sum is $L J$, with $L$ the lower left block of $J$; where $v(\bar x) = 0$,
$F'(\bar x) = I - h J + h^2 L J$ exactly. So for small $h$ its spectral radius is $1 - h
\min_\lambda \mathrm{Re}\,\lambda + O(h^2)$, as that of a simultaneous update: where all eigenvalues
$\lambda$ of $J$ have positive real part it converges locally for small steps. (The radius is tried
at $h = 10^{-7}$.)""",
    source=Source(
        PAPER + "supplement, for the alternating map; the second order is ours", "memory; derived"
    ),
    checks=(
        Proof(
            part="any two losses of two numbers",
            derive=derive_orders,
            outside=(
                Outside("simultaneous steps", change={"walk": mm.Simultaneous}),
                Outside("J taken where the update began", change={"bend": 0}),
            ),
        ),
        Identity(
            part="orders",
            draw=tangled,
            sides=orders,
            tolerance=1e-10,
            sizes=((1, 2, 1), (2, 2)),
            most=200,
            outside=(
                Outside("simultaneous steps", change={"walk": mm.Simultaneous}, least=0.9),
                Outside("J taken where the update began", change={"bend": 0.0}, least=0.9),
            ),
        ),
        Identity(
            part="two players at rest",
            draw=resting,
            sides=whole,
            tolerance=1e-10,
            sizes=((2, 2),),
            outside=(
                Outside("not at rest", family=moving, least=0.9),
                Outside("simultaneous steps", change={"walk": mm.Simultaneous}, least=0.9),
            ),
        ),
        Identity(
            part="small steps",
            draw=stable,
            sides=rates,
            tolerance=1e-4,
            outside=(
                Outside(
                    "two turns for the first player", change={"order": (0, 0, 1, 2, 3)}, least=0.5
                ),
            ),
        ),
    ),
)
