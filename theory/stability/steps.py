r"""Where the steps of simultaneous descent stop being stable, as a branch that is followed finds
it, and what the growth of small changes adds up to.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

import minimax_lab as mm
from minimax_lab.analysis.events import EventKind

from ..draws.matrices import normals, orthogonal
from ..draws.points import updated
from ..theorem import Identity, Outside, Source, Theorem

KINDS = {EventKind.NEIMARK_SACKER: 1.0, EventKind.DOUBLING: -1.0}


class Field(NamedTuple):
    """A field's matrix of two players with one number each."""

    matrix: Float[Array, "2 2"]


def attracting(key: PRNGKeyArray, *, damping: float = 1.0) -> Field:
    """Traces in (1/2, 2), determinants in (1/4, 4): eigenvalues to the right of zero, real ones and
    pairs.
    """
    free, shares = normals(key, (2, 2), (2,))
    trace = damping * (0.5 + 1.5 * jax.nn.sigmoid(shares[0]))
    determinant = 0.25 * 16 ** jax.nn.sigmoid(shares[1])
    companion = jnp.array([[0.0, -determinant], [1.0, trace]])
    turn = orthogonal(free)
    return Field(turn @ companion @ turn.T)


def undamped(key: PRNGKeyArray) -> Field:
    """Traces below zero: no step is stable."""
    return attracting(key, damping=-1.0)


def lost(
    field: Field, *, turning: float = 1.0, doubling: float = 2.0
) -> tuple[Float[np.ndarray, " 2"], Float[np.ndarray, " 2"]]:
    """The step and the kind of the first event of the branch, and of the formula."""
    matrix = np.asarray(field.matrix)
    branch = mm.branch(
        mm.games.linear(matrix),
        mm.Simultaneous(1e-3),
        (np.zeros(1), np.zeros(1)),
        over="step",
        between=(1e-3, 20.0),
    )
    event = branch.events[0] if branch.events else None
    seen = [event.value, KINDS.get(event.kind, 0.0)] if event else [0.0, 0.0]
    values = np.linalg.eigvals(matrix)
    if abs(values[0].imag) > 0:
        said = [turning * matrix.trace() / np.linalg.det(matrix), 1.0]
    else:
        said = [doubling / np.max(values.real), -1.0]
    return np.array(seen), np.array(said)


STAB_1 = Theorem(
    id="STAB-1",
    name="How simultaneous descent loses stability",
    statement=r"""Let the field of a two-player game with one number each have at an equilibrium a
Jacobian $J$ with positive trace and determinant. Simultaneous descent is stable up to the step
$\mathrm{tr} J / \det J$, where a pair of multipliers leaves the circle (a Neimark-Sacker point), if
the eigenvalues of $J$ are a pair; and up to $2 / \lambda_{\max}$, where one passes $-1$ (a period
doubling), if they are real.""",
    source=Source("classical", "derived"),
    checks=(
        Identity(
            draw=attracting,
            sides=lost,
            tolerance=1e-8,
            most=4,
            host=True,
            outside=(Outside("fields that push away", family=undamped, least=0.5),),
        ),
    ),
)


class Start(NamedTuple):
    """A start in the plane, and a number of the game."""

    x: Float[Array, " 2"]
    strength: Array


STEPS, STEP = 20, 0.1


def started(key: PRNGKeyArray) -> Start:
    """Anywhere near the origin of a Dirac-GAN."""
    free, strength = normals(key, (2,), ())
    return Start(0.5 * free, 0.1 + jax.nn.sigmoid(strength))


def sums(start: Start, *, share: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """The sum of the exponents of a run, and the mean of log |det dF|."""
    game, rule = mm.games.dirac_gan(penalty=float(start.strength)), mm.Alternating(STEP)
    x = mm.Profile(jnp.asarray(number) for number in start.x)
    exponents = mm.lyapunov(game, rule, x, STEPS)

    def advance(z: Array) -> Array:
        after = updated(rule, game, mm.Profile((z[0], z[1])), 1)
        return jnp.stack(list(after))

    z, logs = jnp.stack(list(x)), []
    derivative, forward = jax.jit(jax.jacfwd(advance)), jax.jit(advance)
    for _ in range(STEPS):
        logs.append(np.log(abs(np.linalg.det(np.asarray(derivative(z))))))
        z = forward(z)
    return np.array([np.sum(exponents.values)]), share * np.array([np.mean(logs)])


STAB_2 = Theorem(
    id="STAB-2",
    name="Exponents add up to the change of volume",
    statement=r"""The Lyapunov exponents of a run of $t$ updates, made by pushing small changes
along it and orthonormalising them after each, add up to the mean of $\log |\det F'|$ along the
run, whatever the rule and the start. (Here: alternation on the Dirac-GAN.)""",
    source=Source("classical, Benettin et al. 1980 for the method", "memory; derived"),
    checks=(
        Identity(
            draw=started,
            sides=sums,
            tolerance=1e-9,
            most=4,
            host=True,
            outside=(
                Outside("a volume that shrinks more slowly", change={"share": 0.9}, least=0.5),
            ),
        ),
    ),
)
