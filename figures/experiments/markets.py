"""Smooth markets: who trades with whom, what learning rates can do, and how fast the energy
falls.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg

import minimax_lab as mm
from figures import experiment


@experiment(quick={"sizes": (1, 2, 2)})
def market_trades(sizes: tuple[int, ...] = (1, 3, 2, 1, 2), seed: int = 3):
    """A random market with tanh trades at a random profile: every trade's gain and strength, both
    halves of the Jacobian.
    """
    pairs = [(i, j) for i in range(len(sizes)) for j in range(i + 1, len(sizes))]
    gains, strengths, J = (np.asarray(part) for part in _traded(jax.random.key(seed), sizes))
    return {
        "sizes": np.array(sizes),
        "pairs": np.array(pairs),
        "gains": gains,
        "strengths": strengths,
        "symmetric": (J + J.T) / 2,
        "antisymmetric": (J - J.T) / 2,
    }


@partial(jax.jit, static_argnums=1)
def _traded(key, sizes):
    """What the seller of every trade gains, the trades' spectral norms, and the Jacobian."""
    key, place = jax.random.split(key)
    game = mm.games.random_market(key, sizes, trade=jnp.tanh)
    x = mm.Profile(
        0.5 * jax.random.normal(k, (d,))
        for k, d in zip(jax.random.split(place, len(sizes)), sizes, strict=True)
    )
    trades = game.data[1]
    gains = [jnp.tanh(x[i] @ B @ x[j]) for (i, j), B in zip(game.losses.pairs, trades, strict=True)]
    return (
        jnp.stack(gains),
        jnp.stack([jnp.sqrt(jnp.linalg.eigvalsh(B @ B.T)[-1]) for B in trades]),
        game.jacobian(x),
    )


@experiment(quick={"count": 61, "steps": 4000})
def market_rates(
    friction: float = 0.05,
    trades: tuple[float, float, float] = (1.0, 4.0, 1.0),
    defects: tuple[float, ...] = (0.0, 0.15, 0.3),
    count: int = 241,
    step: float = 0.001,
    steps: int = 120_000,
    fast: float = 4.0,
):
    """Smallest real part of diag(rate, 1, 1) J over the first firm's rate, and walks with
    per-player steps.

    Three firms of one number each; firm 0 sells to 1 and 2, firm 1 to 2.
    """
    goods = dict(zip([(0, 1), (1, 2), (0, 2)], trades, strict=True))
    games = [mm.games.market((friction,) * 3, goods, defect=defect) for defect in defects]
    origin = mm.Profile((0.0,) * 3)
    matrices = [np.asarray(game.jacobian(origin)) for game in games]
    rates = np.logspace(-3, 3, count)
    found = {
        "rates": rates,
        "defects": np.array(defects),
        "friction": np.array(friction),
        "least": np.array([np.linalg.eigvalsh(J + J.T)[0] / 2 for J in matrices]),
        "abscissas": np.array([abscissas(J, rates) for J in matrices]),
        "dependent": abscissas(
            np.asarray(mm.games.rate_dependent().jacobian(mm.Profile((0.0, 0.0)))), rates
        ),
        "chosen": np.array([1.0, fast]),
        "step": np.array(step),
    }
    both = [
        (game, mm.Simultaneous((rate * step, step, step))) for game in games for rate in (1.0, fast)
    ]
    run = mm.sweep(
        mm.stack([game for game, _ in both]),
        mm.stack([rule for _, rule in both]),
        mm.stack([mm.Profile((1.0, 0.0, 0.0))] * len(both)),
        steps,
        over=("game", "rule", "start"),
        every=max(1, steps // 200),
        observe={"position": mm.position},
    )
    points = np.stack([np.asarray(leaf) for leaf in run.observed["position"]], axis=-1)
    return found | {
        "updates": np.asarray(run.indices),
        "distances": np.linalg.norm(points, axis=-1).reshape(len(games), 2, -1),
    }


def abscissas(J: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """The smallest real part when the first firm learns `rate` times as fast as the others."""
    speeds = np.stack([rates] + [np.ones_like(rates)] * (len(J) - 1), axis=1)
    return np.linalg.eigvals(speeds[:, :, None] * J).real.min(axis=1)


@experiment(quick={"markets": 4})
def market_energy(
    least: float = 0.2,
    defects: tuple[float, ...] = (0.0, 1.0),
    markets: int = 12,
    sizes: tuple[int, ...] = (1, 1, 1, 2),
    time: float = 12.0,
    rows: int = 121,
    seed: int = 0,
):
    """|v|^2 along the exact flow of random bilinear markets, and the speed at which |v| falls."""
    times = np.linspace(0, time, rows)
    energies, speeds = np.empty((2, len(defects), markets, rows))
    starts = np.random.default_rng(seed).standard_normal((markets, sum(sizes)))
    for d, defect in enumerate(defects):
        matrices = np.asarray(
            _jacobians(jax.random.split(jax.random.key(seed), markets), defect, sizes, least)
        )
        for k, (J, start) in enumerate(zip(matrices, starts, strict=True)):
            forward, v = scipy.linalg.expm(-J * times[1]), J @ start
            for t in range(rows):
                energies[d, k, t] = v @ v
                speeds[d, k, t] = v @ J @ v / (v @ v)
                v = forward @ v
    return {
        "times": times,
        "defects": np.array(defects),
        "least": np.array(least),
        "energies": energies,
        "speeds": speeds,
    }


@partial(jax.jit, static_argnums=(2, 3))
def _jacobians(keys, defect, sizes, least):
    """Of a market for each key; bilinear trades, so the same everywhere."""
    origin = mm.Profile(jnp.zeros(d) for d in sizes)
    return jax.vmap(
        lambda key: mm.games.random_market(key, sizes, least=least, defect=defect).jacobian(origin)
    )(keys)
