"""The split J = S + A of the field's Jacobian: what descent and its adjustments make of either
half, and of a maximum.
"""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed

S = np.array([[0.3, 0.1], [0.1, 0.15]])
A = np.array([[0.0, 1.0], [-1.0, 0.0]])
GAMES = {"potential": 3 * S, "Hamiltonian": A, "mixed": S + A}


@experiment(quick={"grid": 17})
def helmholtz(strength: float = 1.0, half: float = 2.0, grid: int = 37, count: int = 4):
    """Portraits of linear fields v = J x, and of v + strength A'v."""
    angles = np.pi * (0.25 + 2 * np.arange(count) / count)
    lengths = half * np.array([0.85, 0.6])[np.arange(count) % 2]
    starts = list(zip(lengths * np.cos(angles), lengths * np.sin(angles), strict=True))
    saved: dict[str, np.ndarray] = {
        "names": np.array(list(GAMES)),
        "jacobians": np.array(list(GAMES.values())),
    }
    for name, J in GAMES.items():
        game = mm.games.linear(J)
        for way, direction in (("plain", None), ("adjusted", mm.Symplectic(strength, align=False))):
            picture = mm.portrait(
                game,
                box=(-half, half),
                starts=starts,
                grid=grid,
                direction=direction,
                separatrices=False,
            )
            saved |= packed(dataclasses.replace(picture, nullclines=((), ())), f"{name}/{way}")
    return saved


class Hills(eqx.Module):
    """Both players' loss cos x + cos y + coupling sin x sin y, a maximum at the origin."""

    coupling: float = eqx.field(static=True)

    def __call__(self, x: mm.Profile, sample: None) -> tuple:
        loss = jnp.cos(x[0]) + jnp.cos(x[1]) + self.coupling * jnp.sin(x[0]) * jnp.sin(x[1])
        return loss, loss


@experiment(quick={"grid": 21, "steps": 60})
def near_a_maximum(
    coupling: float = 0.25,
    strength: float = 2.0,
    step: float = 0.05,
    steps: int = 400,
    half: float = 4.0,
    grid: int = 61,
    strengths: tuple[float, ...] = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0),
    small: float = 1e-4,
):
    """Three directions in a potential game, walks from about its maximum, and the rates at which
    they leave it.
    """
    game = mm.Game(Hills(coupling))
    starts = [(0.5, 0.2), (-0.3, 0.6), (-0.4, -0.5), (0.7, -0.8)]
    ways = {
        "descent": None,
        "symplectic": mm.Symplectic(strength),
        "consensus": mm.Consensus(strength),
    }
    saved: dict[str, np.ndarray] = {
        "names": np.array(list(ways)),
        "strength": np.array(strength),
        "coupling": np.array(coupling),
    }
    for name, direction in ways.items():
        rule = mm.Simultaneous(step, direction or mm.Gradient())
        picture = mm.portrait(
            game,
            box=(-half, half),
            rules={name: rule},
            starts=starts,
            steps=steps,
            grid=grid,
            direction=direction,
            flow=False,
            separatrices=False,
        )
        saved |= packed(dataclasses.replace(picture, nullclines=((), ())), name)
    origin = mm.Profile((0.0, 0.0))
    rates = {
        "consensus": [
            _rates(game, mm.Simultaneous(small, mm.Consensus(s)), origin, small) for s in strengths
        ],
        "symplectic": [
            _rates(game, mm.Simultaneous(small, mm.Symplectic(s)), origin, small) for s in strengths
        ],
    }
    return (
        saved
        | {"strengths": np.array(strengths)}
        | {f"{name}/rates": np.array(pair) for name, pair in rates.items()}
    )


def _rates(game, rule, origin, step) -> np.ndarray:
    """How fast a distance grows, from the update's eigenvalues 1 + step rate."""
    return np.sort((mm.update_spectrum(game, rule, origin).values.real - 1) / step)
