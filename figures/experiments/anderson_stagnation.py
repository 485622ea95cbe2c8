"""Where simultaneous mixing stagnates on a bilinear game, and what helps; and the field of values,
which knows beforehand.
"""

from typing import Any

import numpy as np

import minimax_lab as mm
from figures import experiment

RIDGE, CAREFUL = mm.Gram(ridge=1e-8), mm.Orthogonal()


def drawn(size: int, condition: float, seed: int) -> tuple[mm.Game, mm.Profile]:
    """x'Ay + b'x + c'y, the singular values of A spread evenly from 1 / condition to one."""
    random = np.random.RandomState(seed)
    left, right = (np.linalg.qr(random.randn(size, size))[0] for _ in range(2))
    (b, c), start = random.randn(2, size), random.randn(2, size)
    return mm.games.bilinear(
        left @ np.diag(np.linspace(1 / condition, 1, size)) @ right.T, b, c
    ), mm.Profile(start)


def rules(depth: int) -> dict[str, mm.UpdateRule]:
    """Step one: without a remedy by three kinds of least squares; the remedies; maps that do not
    stagnate.
    """
    step = mm.Simultaneous(1.0)
    bare = {"remedy": None}
    return {
        "no remedy, Gram": mm.Anderson(step, depth, **bare),
        "no remedy, orthogonal": mm.Anderson(step, depth, solver=CAREFUL, **bare),
        "no remedy, ridge": mm.Anderson(step, depth, solver=RIDGE, **bare),
        "landing restarts (default)": mm.Anderson(step, depth),
        "two steps as one": mm.Anderson(mm.Repeated(step, 2), depth),
        "remedy: alternating": mm.Anderson(step, depth, remedy=mm.Alternating(1.0)),
        "alternating": mm.Anderson(mm.Alternating(1.0), depth),
        "extragradient": mm.Anderson(mm.Extragradient(0.7), depth),
    }


@experiment("slow", quick={"steps": 60, "depths": (10,)})
def anderson_stagnation(
    size: int = 20,
    condition: float = 5.0,
    steps: int = 200,
    depths: tuple[int, ...] = (40, 10),
    seed: int = 0,
):
    """Distances to the solution with a full window and a short one, and what the mixing says of
    itself.
    """
    game, start = drawn(size, condition, seed)
    aim = mm.games.saddle(game)
    saved: dict[str, Any] = {"depths": np.array(depths), "names": np.array(list(rules(1)))}
    for depth in depths:
        for name, rule in rules(depth).items():
            observe = {"distance": mm.distance_to(aim), "mixing": mm.mixing}
            run = mm.run(game, rule, start, steps, observe=observe, judge=mm.Judge(bound=1e100))
            saved[f"{depth}/{name}"] = run.observed["distance"]
            saved[f"{depth}/{name}/stagnations"] = run.observed["mixing"].stagnations
            saved[f"{depth}/{name}/condition"] = run.observed["mixing"].condition
    return saved


@experiment(quick={"size": 40})
def anderson_ranges(size: int = 100, seed: int = 0, angles: int = 180):
    """The boundary of the numerical range of G = [[B, A], [-A', C]], and its eigenvalues: 1 - M for
    steps of one.
    """
    random = np.random.RandomState(seed)
    A, B, C = random.randn(3, size, size)
    none = np.zeros_like(A)
    cases = {
        "released, random": (A, B, C),
        "released, definite": (A, B @ B.T, C @ C.T),
        "bilinear": (A, none, none),
    }
    saved: dict[str, np.ndarray] = {"names": np.array([*cases, "bilinear, alternating"])}
    for name, (a, b, c) in cases.items():
        saved |= traced(name, np.block([[b, a], [-a.T, c]]), angles)
    step = 1 / np.linalg.norm(A, 2)
    return saved | traced(
        "bilinear, alternating",
        np.block([[none, step * A], [-step * A.T, step**2 * A.T @ A]]),
        angles,
    )


def traced(name: str, G: np.ndarray, angles: int) -> dict[str, np.ndarray]:
    """v*Gv for the top eigenvector v of the Hermitian part of G turned by every angle (Johnson
    1978).
    """
    edge = []
    for angle in np.linspace(0, 2 * np.pi, angles + 1):
        turned = np.exp(-1j * angle) * G
        v = np.linalg.eigh((turned + turned.conj().T) / 2)[1][:, -1]
        edge.append(v.conj() @ G @ v)
    reach = np.linalg.eigvalsh((G + G.T) / 2)[[0, -1]]
    return {
        f"{name}/edge": np.array(edge),
        f"{name}/eigenvalues": np.linalg.eigvals(G),
        f"{name}/symmetric": reach,
    }
