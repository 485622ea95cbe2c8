r"""What consensus optimisation keeps and what it changes (The Numerics of GANs, Lemmas 6 and 9),
and where it misleads.

    w = v + gamma J'v = (I + gamma J') v,      and at an equilibrium   w' = J + gamma J'J.

The same algebra that turns a centre into a sink turns a repelling point into one: limits of the
method stand beside the lemmas.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.matrices import between, norm, normals, orthogonal, symmetric, within
from ..draws.points import derivative_at, direction_at, origin
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Scenario, Source, Theorem
from . import PAPER, misleading
from .spectra import consensus_jacobian

Place = tuple[mm.Game, mm.Profile, Array]


# NUM-5: consensus keeps the equilibria, and what its Jacobian is there.


class Cubic(eqx.Module):
    """z'Hz/2 + the sum of the cubes of Cz, z the numbers of both players."""

    def __call__(self, x: mm.Profile, sample: tuple[Array, Array]) -> Array:
        H, C = sample
        z = jnp.concatenate(x.players)
        return (z @ H) @ z / 2 + jnp.sum((C @ z) ** 3)


def cubic(H: Array, C: Array) -> mm.Game:
    """A zero-sum game with an equilibrium at zero, where its field is curved."""
    return mm.zero_sum(Cubic(), ((H + H.T) / 2, C))


def cubics(key: PRNGKeyArray, size: int) -> Place:
    """A random such game, its equilibrium, and a strength with gamma |J| in (0, 1)."""
    H, C, share = normals(key, (2 * size, 2 * size), (3, 2 * size), ())
    game, zero = cubic(H, C), origin(size, size)
    return game, zero, jax.nn.sigmoid(share) / norm(game.jacobian(zero))


def cubics_elsewhere(key: PRNGKeyArray, size: int) -> Place:
    """The same, off the equilibrium."""
    game, _, strength = cubics(key, size)
    return game, mm.Profile(normals(jax.random.fold_in(key, 1), (size,), (size,))), strength


def linearisations(instance: Place, *, weight: float = 1.0) -> tuple[Array, Array]:
    """The derivative of a step 0.1 of consensus, beside I - 0.1 (I + gamma J') J, the second term
    with a `weight`.
    """
    game, x, strength = instance
    J, eye = game.jacobian(x), jnp.eye(sum(block.size for block in x))
    return derivative_at(mm.Simultaneous(0.1, mm.Consensus(strength)), game, x), eye - 0.1 * (
        eye + weight * strength * J.T
    ) @ J


def place_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """A cubic game, a place in it, and gamma |J| there."""
    return {"H": (2 * size, 2 * size), "C": (3, 2 * size), "x": (2, size), "share": ()}


def place(p: Parameters) -> tuple[mm.Game, mm.Profile, Array, Array]:
    """gamma |J(x)| in (0, 0.95)."""
    game, x, share = cubic(p["H"], p["C"]), mm.Profile(p["x"]), between(p["share"], 0.0, 0.95)
    return game, x, share / norm(game.jacobian(x)), share


def kept(instance: tuple[mm.Game, mm.Profile, Array, Array], *, factor: float = 1.0) -> Array:
    """How far |w| exceeds (1 - gamma |J|) |v|: where v is not zero, nor is w."""
    game, x, strength, share = instance
    least = (factor - share) * game.field(x).norm()
    return direction_at(mm.Consensus(strength), game, x).norm() / least - 1


NUM_5 = Theorem(
    id="NUM-5",
    name="Consensus keeps the equilibria near them, with Jacobian J + gamma J'J",
    statement=r"""The field of consensus optimisation is $w = (I + \gamma J^T)\, v$. At a zero
$\bar x$ of $v$ it vanishes too, and the update $F(x) = x - h\, w(x)$ has the derivative $F'(\bar x)
= I - h\, (I + \gamma J^T)\, J$; elsewhere $w$ has other derivatives. Where $\gamma \|J\| < 1$, $|w|
\geq (1 - \gamma \|J\|)\, |v|$, which is attained: no new zeros. *Limits.* (a) It converges locally
only. (b) Where $\gamma \|J\| > 1$ new zeros may be born, as on the Dirac-GAN. (c) Where $J$ is not
positive semi-definite it may attract to bad points: at the common maximum $f = -\tfrac k2 x^2 + s\,
x y + \tfrac k2 y^2$ it does so if and only if $\gamma > k / (k^2 + s^2)$. The symplectic adjustment
of strength $\lambda$ leaves the plain maximum ($s = 0$) as it was; coupled, it too attracts once
$\lambda > k / s^2$, unless its sign is turned, as its alignment does, but with the released
constant $\tfrac1{10}$ only where $k s^2 |v|^4 > \tfrac15$.""",
    source=Source(
        PAPER + "Lemma 6 for A = I + gamma J'; critique (c) after Balduzzi et al. 2018",
        "memory; derived",
    ),
    checks=(
        Identity(
            part="derivative",
            draw=cubics,
            sides=linearisations,
            tolerance=1e-10,
            sizes=((2,),),
            outside=(
                Outside("not at an equilibrium", family=cubics_elsewhere, least=0.9),
                Outside("half of the second term", change={"weight": 0.5}, least=0.9),
            ),
        ),
        Bound(
            part="no new zeros",
            family=Family(place_shapes, place, ((2,),)),
            margin=kept,
            sharp=True,
            outside=(
                Outside(
                    "gamma |J| > 1, on the Dirac-GAN",
                    Family(misleading.dirac_shapes, misleading.added_zero),
                    least=1.0,
                ),
            ),
        ),
        Proof(
            part="bad points",
            derive=misleading.derive_maximum,
            outside=(
                Outside(
                    "the adjustment in the place of consensus",
                    change={"consensus": misleading.UNALIGNED},
                ),
            ),
        ),
        Identity(
            part="alignment at bad points",
            draw=misleading.maximum,
            sides=misleading.alignment,
            tolerance=1e-12,
            outside=(
                Outside(
                    "the sign always turned, as theory asks",
                    change={"edge": 1e-300},
                    least=0.3,
                ),
            ),
        ),
        Scenario(
            part="only near",
            simulate=misleading.from_near,
            reading=misleading.arrived,
            unmoved="it says that there is a neighbourhood, not how large it is",
            outside=(Outside("starts far from the equilibrium", misleading.from_afar),),
        ),
    ),
)


# NUM-7: how far consensus bends the spectrum towards the real axis.


def ratio_shapes(n: int, m: int) -> dict[str, tuple[int, ...]]:
    """A zero-sum quadratic game of n >= m numbers a player, how definite it is, and a strength."""
    square = {"P": (n, n), "Q": (m, m), "rows": (n, n), "columns": (m, m)}
    return square | {
        "p": (n,),
        "q": (m,),
        "coupling": (m,),
        "spare": (n - m,),
        "least": (),
        "strength": (),
    }


def ratio_game(p: Parameters) -> tuple[mm.Game, Array]:
    """P and Q have an eigenvalue `least` in common, zero in half of all games; J is semi-definite
    and invertible.
    """
    m = p["q"].size
    rows, columns = orthogonal(p["rows"]), orthogonal(p["columns"])
    least, idle = jax.nn.relu(p["least"]), rows[:, m:]
    B = (rows[:, :m] * within(p["coupling"], 0.3, 3.0)) @ columns.T
    P = (
        symmetric(p["P"], least + between(p["p"], 0.0, 3.0).at[-1].set(0))
        + (idle * within(p["spare"], 0.3, 3.0)) @ idle.T
    )
    Q = symmetric(p["Q"], least + between(p["q"], 0.0, 3.0).at[-1].set(0))
    return mm.games.quadratic(P, B, Q), within(p["strength"], 0.01, 30.0)


def turned_over(p: Parameters) -> tuple[mm.Game, Array]:
    """J = [[-a, s], [-s, -a]]: negative definite, both players at a maximum of their loss."""
    a, s = within(p["least"], 0.1, 2.0), within(p["coupling"][0], 0.3, 3.0)
    return mm.games.quadratic(-a, s, -a), within(p["strength"], 0.01, 30.0)


def jacobians(game: mm.Game, strengths: list[Array]) -> Array:
    """J + gamma J'J for several strengths, from the direction itself."""
    return jax.vmap(consensus_jacobian, (None, 0))(game, jnp.stack(strengths))


def ratio(jacobian: Array) -> Array:
    """max |Im| / |Re| over the eigenvalues."""
    values = jnp.linalg.eigvals(jacobian)
    return jnp.max(jnp.abs(values.imag) / jnp.abs(values.real))


def ratio_margin(
    instance: tuple[mm.Game, Array], *, factor: float = 2.0, power: float = 2.0, share: float = 1.0
) -> Array:
    """1 - q (c + 2 rho^2 gamma) / d with c, d and rho of J, c with a `share`."""
    game, strength = instance
    J, bent = jacobians(game, [0 * strength, strength])
    values = jnp.linalg.eigvalsh(J + J.T)
    c = jnp.where(
        values[0] * values[-1] > 0, jnp.min(jnp.abs(values)), 0.0
    )  # the least |v*(J + J')v| on the unit sphere
    d, rho = norm(J - J.T), jnp.linalg.svd(J, compute_uv=False)[-1]
    return 1 - ratio(bent) * (share * c + factor * rho**power * strength) / d


def normal_game(key: PRNGKeyArray, size: int) -> mm.Game:
    """P = Q = U diag(p) U' and B = U diag(s) U': J is normal, and the eigenvalues of J'J come in
    pairs.
    """
    U, p, s = normals(key, (size, size), (size,), (size,))
    U, p, s = orthogonal(U), within(p, 0.05, 2.0), within(s, 0.3, 3.0)
    return mm.games.quadratic((U * p) @ U.T, (U * s) @ U.T, (U * p) @ U.T)


def lopsided_game(key: PRNGKeyArray, size: int) -> mm.Game:
    """P and Q differ: the eigenvalues of J'J are all different."""
    P, B, Q, *_ = normal_game(key, size).data
    return mm.games.quadratic(P, B, 3 * Q)


def tail(game: mm.Game, *, slope: float = -1.0) -> tuple[Array, Array]:
    """The slope of log q between gamma = 1e3 and 1e4, beside -1."""
    near, far = jax.vmap(ratio)(jacobians(game, [jnp.asarray(1e3), jnp.asarray(1e4)]))
    return jnp.log10(jnp.maximum(far, 1e-12) / jnp.maximum(near, 1e-9)), jnp.asarray(slope)


def parted_game(key: PRNGKeyArray, size: int) -> tuple[mm.Game, Array]:
    """A lopsided game, often nearly bilinear, and a strength as a multiple, from 1 to 1.1, of 2 |J|
    / delta.
    """
    U, p, s, ahead = normals(key, (size, size), (size,), (size,), ())
    U, p, s = orthogonal(U), within(p, 1e-2, 1.0), within(s, 0.3, 3.0)
    game = mm.games.quadratic((U * p) @ U.T, (U * s) @ U.T, 3 * (U * p) @ U.T)
    return game, between(ahead, 1.0, 1.1)


def twisted(instance: tuple[mm.Game, Array], *, factor: float = 2.0) -> tuple[Array, Array]:
    """The ratio at that multiple, beside zero."""
    game, ahead = instance
    J = consensus_jacobian(game, jnp.zeros(()))
    squares = jnp.linalg.svd(J, compute_uv=False) ** 2
    strength = ahead * factor * jnp.sqrt(squares[0]) / jnp.min(-jnp.diff(squares))
    found = ratio(consensus_jacobian(game, strength))
    return found, 0 * found


NUM_7 = Theorem(
    id="NUM-7",
    name="Consensus bounds how far eigenvalues turn",
    statement=r"""Let the Jacobian $J$ be positive semi-definite with $|Jx| \geq \rho |x|$, $\rho >
0$; let $c = \min_{|x| = 1} |x^*(J + J^T)x|$ and $d = \max_{|x| = 1} |x^*(J - J^T)x|$ over complex
$x$. Then the eigenvalues $\lambda$ of $J + \gamma J^T J$ satisfy
$$q(\gamma) = \max_\lambda \frac{|\mathrm{Im}\,\lambda|}{|\mathrm{Re}\,\lambda|} \leq \frac{d}{c + 2
\rho^2 \gamma},$$ which tends to zero as $\gamma$ grows, and it is attained. For normal $J$ the
ratio itself falls as $1/\gamma$; where the singular values of $J$ are all different it is exactly
zero for $\gamma > 2 \|J\| / \delta$, with $\delta$ the least difference of their squares.""",
    source=Source(PAPER + "Lemma 9; the last sentence is ours", "memory; derived"),
    checks=(
        Bound(
            family=Family(ratio_shapes, ratio_game, ((2, 2), (3, 1))),
            margin=ratio_margin,
            sharp=True,
            outside=(
                Outside(
                    "J is negative definite",
                    Family(ratio_shapes, turned_over, ((1, 1),)),
                    least=0.9,
                ),
            ),
        ),
        Identity(
            part="tail",
            draw=normal_game,
            sides=tail,
            tolerance=0.05,
            sizes=((2,),),
            outside=(Outside("J is not normal", family=lopsided_game, least=0.5),),
        ),
        Identity(
            part="zero from some strength on",
            draw=parted_game,
            sides=twisted,
            tolerance=1e-12,
            sizes=((1,), (2,)),
            outside=(Outside("half of that strength", change={"factor": 1.0}, least=0.3),),
        ),
    ),
)
