"""Why plain Anderson mixing of simultaneous descent-ascent gets anywhere on a bilinear game:
`python -m theory.anderson.digits`.

In exact arithmetic w_2 = w_1 (AM-2), the new difference is zero, and the next least squares is
singular. Here the textbook form runs in any number of digits, and in double precision with any
cutoff below which its least squares leaves a direction out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import mpmath  # type: ignore[import-untyped]
import numpy as np

import minimax_lab as mm

SIZE, STEP = 4, 1.0
LARGE, FAR = (
    20,
    1e-8,
    # numbers a player in double precision; how near the saddle counts as there, relative to the
    # start
)
CUTOFFS = (1e-17, 1e-16, 1e-15, 1e-14, 1e-12, 1e-10)


class Digits(NamedTuple):
    """The first mixings of the textbook form in so many digits: |w_2 - w_1|, |f_2 - f_1| / |f_2|,
    and w_3, if there is one.
    """

    digits: int
    moved: float
    column: float
    third: Any


def matrix(rng: np.random.Generator, size: int = SIZE, least: float = 0.2) -> np.ndarray:
    """A of singular values evenly from `least` to 1."""
    left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0] for _ in "UV")
    return (left * np.linspace(least, 1, size)) @ right.T


def at_once(A: Any, step: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Simultaneous descent-ascent on x'Ay."""
    return x - step * (A * y), y + step * (A.T * x)


def in_turn(A: Any, step: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Alternating descent-ascent on x'Ay."""
    x = x - step * (A * y)
    return x, y + step * (A.T * x)


def precise(
    A: np.ndarray,
    start: np.ndarray,
    digits: int,
    play: Callable[..., tuple[Any, Any]] = at_once,
    over: int = 3,
) -> Digits:
    """Three updates, full memory, columns scaled to unit length, Householder QR.

    A and the start are divided by `over`: by three they fill all digits, by one products of their
    53 bits are exact from 32 on.
    """
    n = len(A)
    with mpmath.workdps(digits):
        A, w, step = (
            mpmath.matrix(A.tolist()) / over,
            mpmath.matrix(start.tolist()) / over,
            mpmath.mpf(STEP),
        )
        points, images, residuals = [w], [], []
        for k in range(3):
            w = points[-1]
            g = mpmath.matrix(
                [entry for block in play(A, step, w[:n, 0], w[n:, 0]) for entry in block]
            )
            images.append(g)
            residuals.append(g - w)
            df, dg = ([b - a for a, b in itertools.pairwise(past)] for past in (residuals, images))
            try:
                points.append(g - _combined(df, dg, residuals[-1]) if k else g)
            except ZeroDivisionError:
                break  # a column of zeros
        moved, size = mpmath.norm(points[2] - points[1]), mpmath.norm(residuals[2])
        third = None if len(points) < 4 else np.array([float(entry) for entry in points[3]])
        return Digits(digits, float(moved), float(mpmath.norm(df[1]) / size), third)


def _combined(df: list[Any], dg: list[Any], f: Any) -> Any:
    """DG y for the y of the smallest |f - DF y|."""
    sizes = [mpmath.norm(column) for column in df]
    F = mpmath.matrix(len(f), len(df))
    for j, (column, size) in enumerate(zip(df, sizes, strict=True)):
        F[:, j] = column / size
    y, _ = mpmath.qr_solve(F, f)
    return sum(
        (column * (weight / size) for column, weight, size in zip(dg, y, sizes, strict=True)), 0 * f
    )


def textbook(
    A: np.ndarray,
    w: np.ndarray,
    memory: int,
    cutoff: float,
    *,
    step: float = STEP,
    scaled: bool = False,
    restart: bool = False,
) -> Iterator[np.ndarray]:
    """w' = g - DG y, singular values of DF below `cutoff` times the largest left out, without end;
    no memory, plain steps.

    A sliding window, or one that is emptied after the mixing that found it full.
    """
    n, past = len(A), None
    df: list[np.ndarray] = []
    dg: list[np.ndarray] = []
    while True:
        yield w
        g = np.concatenate([w[:n] - step * A @ w[n:], w[n:] + step * A.T @ w[:n]])
        f = g - w
        if past is not None and memory:
            df, dg = [*df, f - past[0]][-memory:], [*dg, g - past[1]][-memory:]
        past, w = (f, g), g
        if df:
            F, size = np.array(df).T, np.linalg.norm(df, axis=1)
            size = np.where((size > 0) & scaled, size, 1)
            w = g - np.array(dg).T @ (np.linalg.lstsq(F / size, f, rcond=cutoff)[0] / size)
            if restart and len(df) == memory:
                df, dg, past = [], [], None


class Escape(NamedTuple):
    """Where a run in double precision first left the point of its stagnation, and where it arrived
    (None: not in 400 updates).
    """

    left: int | None
    arrived: int | None


def escape(
    A: np.ndarray, w: np.ndarray, memory: int, cutoff: float, scaled: bool, updates: int = 400
) -> Escape:
    """Of the textbook form with a sliding window."""
    points = np.array(
        list(itertools.islice(textbook(A, w, memory, cutoff, scaled=scaled), updates + 1))
    )
    first = np.linalg.norm(w)
    left = 2 + np.flatnonzero(np.linalg.norm(points[2:] - points[1], axis=1) > 1e-6 * first)
    there = np.flatnonzero(np.linalg.norm(points, axis=1) < FAR * first)
    return Escape(*(int(found[0]) if found.size else None for found in (left, there)))


def seeds(
    rule: mm.UpdateRule, memory: int, count: int = 12, updates: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Updates to a relative distance `FAR`, and the third points, of starts that differ by their
    last bits.
    """
    from ..draws.krylov import iterates

    rng = np.random.default_rng(0)
    game, start = mm.games.bilinear(matrix(rng, LARGE)), rng.standard_normal(2 * LARGE)
    starts = jnp.asarray(start * (1 + 1e-15 * rng.standard_normal((count, 2 * LARGE))))

    def walk(w: Any) -> Any:
        points = iterates(game, rule, mm.Profile(jnp.split(w, 2)), updates)[0]
        return points[3], jnp.linalg.norm(points, axis=1) / jnp.linalg.norm(w)

    third, distance = jax.jit(jax.vmap(walk))(starts)
    near = np.asarray(distance) < FAR
    return np.where(near.any(1), near.argmax(1), -1), np.asarray(third)


def told() -> Iterator[str]:
    """The measurements as lines of text."""
    rng = np.random.default_rng(0)
    A, start = matrix(rng), rng.standard_normal(2 * SIZE)
    yield (
        f"Textbook form, simultaneous, {SIZE} numbers a player, in so many digits; "
        "50 with exact products; 50 alternating:"
    )
    cases = [*((d, at_once, 3) for d in (16, 30, 50, 60, 100)), (50, at_once, 1), (50, in_turn, 3)]
    for digits, play, over in cases:
        run = precise(A, start, digits, play, over)
        third = (
            "breaks down, 0/0"
            if run.third is None
            else "w_3 = " + " ".join(f"{v:+.3f}" for v in run.third[:4]) + " ..."
        )
        yield (
            f"  {digits:4d}  |w_2 - w_1| {run.moved:8.1e}   "
            f"|f_2 - f_1|/|f_2| {run.column:8.1e}   {third}"
        )
    yield (
        f"\nDouble precision, {LARGE} numbers a player, by cutoff: "
        f"updates until it leaves the point, and is within {FAR:.0e}:"
    )
    A, w = matrix(rng, LARGE), rng.standard_normal(2 * LARGE)
    for memory, scaled in itertools.product((2 * LARGE, 10), (False, True)):
        runs = [(cutoff, escape(A, w, memory, cutoff, scaled)) for cutoff in CUTOFFS]
        said = "   ".join(f"{cutoff:.0e}: {run.left} {run.arrived or '-'}" for cutoff, run in runs)
        yield f"  memory {memory:2d}, columns {'scaled' if scaled else 'as they are':11s}  {said}"
    yield (
        "\nThe rule from 12 starts that differ by 1e-15: "
        "updates to arrive (-1: not in 300), how far apart w_3 lie:"
    )
    for memory in (2 * LARGE, LARGE):
        rules = {
            "plain (remedy=None)": mm.Anderson(
                mm.Simultaneous(STEP), memory, solver=mm.Orthogonal(), remedy=None
            ),
            "own step": mm.Anderson(mm.Simultaneous(STEP), memory, solver=mm.Orthogonal()),
            "alternating": mm.Anderson(
                mm.Alternating(STEP), memory, solver=mm.Orthogonal(), remedy=None
            ),
        }
        for name, rule in rules.items():
            counts, thirds = seeds(rule, memory)
            apart = np.ptp(thirds, axis=0).max()
            yield f"  memory {memory:2d}  {name:20s} {sorted(counts.tolist())}  {apart:.1e}"


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    for line in told():
        print(line)
