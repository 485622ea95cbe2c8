r"""When the Jacobian of a zero-sum game is definite, and what that says of an equilibrium (The
Numerics of GANs, section 2).

"Definite" is meant of the quadratic form: x'Jx > 0 for all x != 0, that is J + J' is positive
definite. It is more than eigenvalues of positive real part, and in zero-sum games it is a matter of
each player alone.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.markets import stationary_at
from ..draws.matrices import definite, normals, symmetric, truth
from ..draws.points import origin, own_curvatures
from ..theorem import Identity, Outside, Proof, Source, Theorem
from . import PAPER

Numbers = dict[str, Array]


# NUM-1: the field of a zero-sum game is definite where the players' own curvatures are.


def curvatures_and_field(*, strangers: bool = False) -> tuple[sympy.Matrix, list[sympy.Matrix]]:
    """The symmetric part of J, from the update of Simultaneous(h), and the own second derivatives
    of any smooth losses.
    """
    players = sympy.symbols("x_0 x_1", real=True), sympy.symbols("y_0 y_1", real=True)
    f, g = (sympy.Function(name)(*players[0], *players[1]) for name in "fg")
    step, losses = sympy.Symbol("h", positive=True), (f, g if strangers else -f)
    jacobian = (
        sympy.eye(4) - mm.SymbolicGame(losses, players).update_matrix(mm.Simultaneous(step))
    ) / step
    own = [sympy.hessian(loss, symbols) for loss, symbols in zip(losses, players, strict=True)]
    return mm.split(jacobian)[0].applyfunc(sympy.expand), own  # type: ignore[attr-defined]


def derive_blocks(*, strangers: bool = False) -> list[tuple[str, Any]]:
    """The symmetric part of J for f of two and two numbers, whatever f is; `strangers` have two
    unrelated losses.
    """
    S, (P, Q) = curvatures_and_field(strangers=strangers)
    return [
        ("the symmetric part of J has no block across the players, whatever f", S[:2, 2:]),
        (
            "its blocks are f_xx and -f_yy, so it is (semi-)definite exactly when both are",
            sympy.diag(P, Q) - S,
        ),
    ]


class Woven(eqx.Module):
    """x'Px/2 + x'By - y'Qy/2 + sum of tanh(Cx) tanh(Dy): curved in both players everywhere."""

    def __call__(self, x: mm.Profile, sample: Any) -> Array:
        P, B, Q, C, D = sample
        p, q = x
        return (p @ P) @ p / 2 + (p @ B) @ q - (q @ Q) @ q / 2 + jnp.tanh(C @ p) @ jnp.tanh(D @ q)


class Favour(eqx.Module):
    """A penalty x'Wy of the second player alone: what it pays, nobody is paid."""

    W: Array

    def __call__(self, x: mm.Profile, sample: Any) -> tuple[Array, ...]:
        return jnp.zeros(()), (x[0] @ self.W) @ x[1]


def woven(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile]:
    """A random smooth zero-sum game and a random place in it; own curvatures of either sign,
    definite in a third of all.
    """
    one, two, U, V, B, C, D, x, y = normals(
        key, (n,), (m,), (n, n), (m, m), (n, m), (2, n), (2, m), (n,), (m,)
    )
    P, Q = symmetric(U, 1 + one), symmetric(V, 1 + two)
    return mm.zero_sum(Woven(), (P, B, Q, C / 2, D / 2)), mm.Profile((x, y))


def favoured(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile]:
    """The same with a favour: the lower left block of J is no longer minus the transpose of the
    upper right one.
    """
    game, x = woven(key, n, m)
    return mm.games.penalised(
        game, Favour(jax.random.normal(jax.random.fold_in(key, 1), (n, m)))
    ), x


def signs(instance: tuple[mm.Game, mm.Profile]) -> tuple[Array, Array]:
    """Whether all own curvatures are positive definite, beside whether J is."""
    game, x = instance
    curvatures = jnp.stack([definite(block)[0] for block in own_curvatures(game, x)])
    return truth(jnp.all(curvatures > 0)), truth(definite(game.jacobian(x))[0] > 0)


def extremes(instance: tuple[mm.Game, mm.Profile]) -> tuple[Array, Array]:
    """The smallest and the largest own curvature, beside the smallest and the largest value of x'Jx
    on the unit sphere.
    """
    game, x = instance
    least, most = zip(*(definite(block) for block in own_curvatures(game, x)), strict=True)
    return jnp.stack([jnp.min(jnp.stack(least)), jnp.max(jnp.stack(most))]), jnp.stack(
        definite(game.jacobian(x))
    )


GENERAL_SUM = "general-sum: the lower left block is not -B'"
NO_CONSTANT = "signs and equal blocks: no number stands in it"

NUM_1 = Theorem(
    id="NUM-1",
    name="In zero-sum games definiteness is each player's own affair",
    statement=r"""Let the game be zero-sum, player one minimising $f(x, y)$ and player two
maximising it, with $f$ twice continuously differentiable. Then at every point the Jacobian $J$ of
the field is positive (semi-)definite, $z^T J z > 0$ ($\geq 0$) for all $z \neq 0$, if and only if
$\nabla^2_{xx} f$ is positive and $\nabla^2_{yy} f$ negative (semi-)definite. Quantitatively, the
range of $z^T J z$ on the unit sphere is the range of the eigenvalues of $\nabla^2_{xx} f$ and
$-\nabla^2_{yy} f$.""",
    source=Source(PAPER + "Lemma 1; the quantitative form is ours", "memory; derived"),
    checks=(
        Proof(
            part="any f of two and two numbers",
            derive=derive_blocks,
            unmoved=NO_CONSTANT,
            outside=(Outside("two unrelated losses", change={"strangers": True}),),
        ),
        Identity(
            part="the equivalence",
            draw=woven,
            sides=signs,
            tolerance=0.5,  # two truth values: any disagreement is an error of one
            sizes=((2, 1), (4, 4)),
            unmoved=NO_CONSTANT,
            outside=(Outside(GENERAL_SUM, family=favoured, least=0.05),),
        ),
        Identity(
            part="the range",
            draw=woven,
            sides=extremes,
            tolerance=1e-12,
            sizes=((3, 2),),
            unmoved=NO_CONSTANT,
            outside=(Outside(GENERAL_SUM, family=favoured, least=0.9),),
        ),
    ),
)


# NUM-2: local Nash equilibria are the zeros with a definite Jacobian.


def settled(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile]:
    """A smooth zero-sum game, stationary at a random place, where the own curvatures are of either
    sign and not below a twentieth.
    """
    game, x = woven(key, n, m)
    P, B, Q, C, D = game.data
    one, two = normals(jax.random.fold_in(key, 1), (n,), (m,))
    bare = mm.zero_sum(Woven(), (0 * P, B, 0 * Q, C, D))
    curvatures = [
        symmetric(free, jnp.sign(1 + way) * (0.05 + jnp.abs(way)))
        for free, way in ((P, one), (Q, two))
    ]
    P, Q = (M - own for M, own in zip(curvatures, own_curvatures(bare, x), strict=True))
    return stationary_at(mm.zero_sum(Woven(), (P, B, Q, C, D)), x), x


def shared(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile]:
    """A potential game: both firms earn w_0 w_1 under friction below one. A strict Nash, and S =
    [[e, -1], [-1, e]].
    """
    friction = jax.random.uniform(key, minval=0.05, maxval=0.95)
    return mm.games.common_interest(friction), origin(1, 1)  # type: ignore[arg-type]  # a traced number


class Flat(eqx.Module):
    """(x^4 - y^4)/4 + s xy: a Nash at zero, where all second derivatives of its own vanish."""

    def __call__(self, x: mm.Profile, sample: Array) -> Array:
        p, q = x
        return jnp.sum(p**4) / 4 - jnp.sum(q**4) / 4 + sample * jnp.sum(p) * jnp.sum(q)


def flat(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile]:
    """The flat game with a random coupling."""
    return mm.zero_sum(Flat(), jax.random.normal(key)), origin(n, m)


NEAR = 1e-3  # how far a player deviates


def best_gain(game: mm.Game, x: mm.Profile) -> Array:
    """The least change of loss that a player can bring about alone, by a short step either way
    along any own principal axis.
    """
    changes, now = [], game.totals(x)
    for i, block in enumerate(own_curvatures(game, x)):
        axes = jnp.concatenate([NEAR * jnp.linalg.eigh(block)[1].T] * 2)
        axes = axes.at[len(block) :].multiply(-1)
        changes.append(
            jax.vmap(lambda way, i=i: game.totals(x.replace(i, x[i] + way))[i])(axes) - now[i]
        )
    return jnp.min(jnp.concatenate(changes))


def deviations(instance: tuple[mm.Game, mm.Profile]) -> tuple[Array, Array]:
    """Whether no deviation pays, beside whether J is positive definite."""
    game, x = instance
    return truth(best_gain(game, x) > 0), truth(definite(game.jacobian(x))[0] > 0)


@eqx.filter_jit
def prepared(
    key: PRNGKeyArray, n: int, m: int, draw: Any = settled
) -> tuple[mm.Game, mm.Profile, Array]:
    """A game, its stationary profile, and whether J is positive definite there, in one compiled
    program.
    """
    game, x = draw(key, n, m)
    return game, x, truth(definite(game.jacobian(x))[0] > 0)


def prepared_shared(key: PRNGKeyArray, n: int, m: int) -> tuple[mm.Game, mm.Profile, Array]:
    """The same for the potential game."""
    return prepared(key, n, m, shared)


def classified(instance: tuple[mm.Game, mm.Profile, Array]) -> tuple[Array, Array]:
    """Whether `classify` calls it a strict local Nash, beside whether J is positive definite."""
    game, x, definite_there = instance
    return truth(mm.classify(game, x) is mm.Kind.NASH), definite_there


NUM_2 = Theorem(
    id="NUM-2",
    name="A local Nash equilibrium has a definite Jacobian, and conversely",
    statement=r"""Let the game be zero-sum and twice continuously differentiable. At a local Nash
equilibrium the Jacobian $J$ is positive semi-definite. Conversely, a point with $v(\bar x) = 0$ and
$J$ positive definite is a (strict) local Nash equilibrium. So among stationary points at which no
own second derivative is singular (the ones tried here), the local Nash equilibria are exactly those
with $J$ positive definite; where one is singular, as at $(x^4 - y^4)/4 + s\, x y$, a Nash
equilibrium may have a $J$ that is only semi-definite.""",
    source=Source(PAPER + "Corollary 2", "memory; derived"),
    checks=(
        Identity(
            part="by deviating",
            draw=settled,
            sides=deviations,
            tolerance=0.5,
            sizes=((2, 3), (4, 4)),
            unmoved=NO_CONSTANT,
            outside=(
                Outside("a potential game instead of a zero-sum one", family=shared, least=1.0),
                Outside("the own second derivatives vanish", family=flat, least=1.0),
            ),
        ),
        Identity(
            part="as classify sees it",
            draw=prepared,
            sides=classified,
            tolerance=0.5,
            sizes=((1, 1),),
            most=30,
            host=True,
            unmoved=NO_CONSTANT,
            outside=(
                Outside(
                    "a potential game instead of a zero-sum one", family=prepared_shared, least=1.0
                ),
            ),
        ),
    ),
)
