r"""Mechanics of n-player differentiable games (Balduzzi et al. 2018): the split J = S + A and the
symplectic adjustment.

Losses are descended, v = xi, J = v' (the paper's H); H(x) = |v|^2/2 has the gradient J'v. The
symplectic adjustment turns by v + strength A'v, consensus by v + strength J'v. What is measured are
those directions themselves.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import sympy
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.markets import convex, normals, of_any_sign, place, traded
from ..draws.matrices import orthogonal, within
from ..draws.points import direction_at
from ..theorem import Bound, Family, Identity, Outside, Parameters, Proof, Source, Theorem
from . import PAPER


def affine(J: Array, v: Array) -> tuple[mm.Game, mm.Profile]:
    """Players of one number each whose Jacobian is J and whose field at zero is v."""
    return mm.games.linear(J, offset=v), mm.Profile(jnp.zeros((len(v), 1)))


# SGA-1: what the adjustment promises.


def plane(a: Any, b: Any, c: Any, d: Any) -> mm.SymbolicGame:
    """Two players with the Jacobian [[a, b], [c, d]]."""
    x, y = sympy.symbols("x y", real=True)
    return mm.SymbolicGame((x * (a * x / 2 + b * y), y * (c * x + d * y / 2)), ((x,), (y,)))


def inner_products(game: mm.SymbolicGame, direction: mm.Direction) -> tuple[Any, Any, Any, Any]:
    """<d, v>, |v|^2, <d, J'v>, |J'v|^2 of the direction that one update of step one takes."""
    x, v = game.profile, game.field()
    after, _ = game.update(mm.Simultaneous(1, direction))
    d, g = x - after, game.pull(x, v)
    return tuple(sympy.expand(p @ q) for p, q in ((d, v), (v, v), (d, g), (g, g)))


UNALIGNED = functools.partial(mm.Symplectic, align=False)


def derive_promises(*, adjusted: Any = UNALIGNED) -> list[tuple[str, Any]]:
    """D1 for any two-player Jacobian, D2 for a potential one, D3 for a Hamiltonian one, at any
    x.
    """
    a, b, c, d, s = sympy.symbols("a b c d s", real=True)
    direction = adjusted(s)
    any_d, any_v, _, _ = inner_products(plane(a, b, c, d), direction)
    potential_d, potential_v, _, _ = inner_products(plane(a, b, b, d), direction)
    _, _, hamiltonian_d, hamiltonian_g = inner_products(plane(0, b, -b, 0), direction)
    return [
        ("D1: <d, v> = |v|^2 in every game", any_d - any_v),
        ("D2: <d, grad phi> = |grad phi|^2 in potential games", potential_d - potential_v),
        ("D3: <d, grad H> = s |grad H|^2 in Hamiltonian games", hamiltonian_d - s * hamiltonian_g),
    ]


def three_games(key: PRNGKeyArray, *sizes: int) -> Any:
    """A general, a potential and a Hamiltonian game of one graph, a place, and a strength in (1/10,
    10).
    """
    p, strength = (
        normals(key, *sizes),
        0.1 * 100.0 ** jax.random.uniform(jax.random.fold_in(key, 1)),
    )
    flat = [0 * M for M in convex(p)]
    general = traded(p, of_any_sign(p), jnp.tanh, 0.5)
    return general, traded(p, of_any_sign(p), jnp.tanh, 2.0), traded(p, flat), place(p), strength


def promises(
    instance: Any,
    *,
    adjusted: Any = UNALIGNED,
    first: float = 1.0,
    second: float = 1.0,
    third: float = 1.0,
    only: int | None = None,
) -> tuple[Any, Any]:
    """J = S + A, and the direction and its three inner products, beside what they should be; or
    `only` the one in this place.
    """
    general, potential, hamiltonian, x, strength = instance
    direction = adjusted(strength)
    v, phi, spin = general.field(x), potential.field(x), hamiltonian.field(x)
    grad = hamiltonian.pull(x, spin)
    J = general.jacobian(x)
    S, A = mm.split(J)
    d = direction_at(direction, general, x)
    along = direction_at(direction, potential, x) @ phi
    left = (S + A, S - S.T, A + A.T, d.ravel()[0], d @ v, along)
    flat = v.ravel()[0]
    whole = (*left, direction_at(direction, hamiltonian, x) @ grad)
    right = (
        J,
        0 * J,
        0 * J,
        flat + strength * (A.T @ flat),
        first * (v @ v),
        second * (phi @ phi),
        third * strength * (grad @ grad),
    )
    return (whole, right) if only is None else (whole[only], right[only])


SGA_1 = Theorem(
    id="SGA-1",
    name="The symplectic adjustment is compatible",
    statement=r"""Every Jacobian splits into $J = S + A$, symmetric and antisymmetric; a game is a
potential game when $A \equiv 0$, Hamiltonian when $S \equiv 0$. The direction $d = v + \lambda A^T
v$ satisfies: (D1) $\langle d, v \rangle = |v|^2$ in every game; (D2) $\langle d, \nabla\phi \rangle
= |\nabla\phi|^2$ in a potential game of potential $\phi$; (D3) $\langle d, \nabla\mathcal{H}
\rangle = \lambda |\nabla\mathcal{H}|^2$ in a Hamiltonian game, with $\mathcal{H} = \tfrac12 |v|^2$.
Consensus has neither (D1) nor (D2).""",
    source=Source(PAPER + "desiderata D1 to D3", "memory; derived"),
    checks=(
        Proof(
            derive=derive_promises,
            unmoved="D1 and D2 are equalities; they are moved in the other part",
            outside=(Outside("consensus instead", change={"adjusted": mm.Consensus}),),
        ),
        Identity(
            draw=three_games,
            sides=promises,
            tolerance=1e-10,
            sizes=((1, 2), (1, 1, 1)),
            outside=(
                Outside(
                    "consensus asked for D1",
                    change={"adjusted": mm.Consensus, "only": 4},
                    least=0.99,
                ),
                Outside(
                    "consensus asked for D2",
                    change={"adjusted": mm.Consensus, "only": 5},
                    least=0.99,
                ),
            ),
        ),
    ),
)


# SGA-2: how strong an adjustment may be.


Adjusted = tuple[mm.Game, mm.Profile, Array, Array]


def adjusted_shapes(size: int) -> dict[str, tuple[int, ...]]:
    """S by basis and spectrum, A, the field, its tilt away from one eigenvector of S, and the
    strength.
    """
    square = (size, size)
    return {
        "basis": square,
        "spectrum": (size,),
        "skew": square,
        "field": (size,),
        "tilt": (),
        "strength": (),
        "side": (),
    }


def adjusted(p: Parameters, floor: float = 0.0) -> Adjusted:
    """S of eigenvalues floor + free^2, any A, and a strength as a part in (1/20, 10) of 4/kappa;
    on the other side minus all three.

    A, the field but for its part along the first eigenvector, and the root of that eigenvector's
    own eigenvalue are scaled by a tilt in (1/1000, 1): so a search finds its way into the corner in
    which the claim is sharp.
    """
    tilt, basis = within(p["tilt"], 1e-3, 1.0), orthogonal(p["basis"])
    side = jnp.where(p["side"] < 0, -1.0, 1.0)
    values = floor + (p["spectrum"].at[0].multiply(tilt)) ** 2
    field = basis @ (tilt * p["field"]).at[0].set(p["field"][0])
    part = within(p["strength"], 0.05, 10.0)
    J = (basis * values) @ basis.T + tilt * (p["skew"] - p["skew"].T) / 2
    strength = side * part * 4 / (jnp.max(values) - jnp.min(values))
    return *affine(side * J, field), strength, part


def not_semidefinite(p: Parameters) -> Adjusted:
    """S has eigenvalues down to -1."""
    return adjusted(p, floor=-1.0)


def alignment_kept(instance: Adjusted, *, four: float = 4.0) -> Array:
    """Of v'Sv at most the part strength kappa/4 is lost: 1 - lost/allowed. Below a part of one the
    angle is then not obtuse.
    """
    game, x, strength, part = instance
    v = game.field(x)
    g = game.pull(x, v)
    curvature = v @ g
    lost = curvature - direction_at(mm.Symplectic(strength, align=False), game, x) @ g
    return 1 - lost / (4 / four * part * curvature)


def acute(instance: Adjusted, *, times: float = 1.0) -> Array:
    """The cosine of the angle between v + strength A'v and the gradient of H, or minus that where S
    and the strength are turned round; the strength so many times as large.
    """
    game, x, strength, _ = instance
    direction = mm.Symplectic(times * strength, align=False)
    d, g = direction_at(direction, game, x), game.pull(x, game.field(x))
    return jnp.sign(strength) * (d @ g) / (d.norm() * g.norm())


SGA_2 = Theorem(
    id="SGA-2",
    name="An adjustment below 4/kappa still descends H",
    statement=r"""Let $S \succeq 0$ and $\kappa = \lambda_{\max}(S) - \lambda_{\min}(S)$. Then for
$0 < \lambda < 4/\kappa$
$$\langle v + \lambda A^T v, \nabla\mathcal{H} \rangle \geq 0,$$
and more precisely, for every $\lambda \geq 0$, $\langle v + \lambda A^T v, \nabla\mathcal{H}
\rangle \geq (1 - \lambda\kappa/4)\, v^T S v$. The constant 4 is the best possible: it is approached
as $v$ nears the null space of $S$. Both hold with the signs turned where $S \preceq 0$ and
$-4/\kappa < \lambda \leq 0$. So along the flow of $v + \lambda A^T v$, with $S$ definite,
$\mathcal{H}$ falls towards stable equilibria (desideratum D4) and rises away from unstable ones
(D5).""",
    source=Source(
        PAPER + "additive condition number; the precise form and its sharpness are ours", "derived"
    ),
    checks=(
        Bound(
            family=Family(adjusted_shapes, adjusted, sizes=((2,), (3,))),
            margin=alignment_kept,
            sharp=True,
            outside=(
                Outside("5 in the place of 4", change={"four": 5.0}),  # only in a corner
                Outside(
                    "an acute angle with 50 times the strength",
                    claim=acute,
                    change={"times": 50.0},
                    least=0.05,
                ),
                Outside(
                    "S is not positive semi-definite",
                    Family(adjusted_shapes, not_semidefinite, ((2,),)),
                    least=0.05,
                ),
            ),
        ),
    ),
)
