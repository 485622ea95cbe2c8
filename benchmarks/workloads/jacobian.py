"""The exact Jacobian of the eight-Gaussian GAN (2003 parameters, one batch of 512, 64-bit) in
chunks, and its spectrum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from minimax_lab import adversarial as adv

from .timing import Contender

UNIT = "matrix"
SETTINGS = {"hidden": 16, "layers": 4, "batch": 512, "seed": 0}


def contenders() -> dict[str, Contender]:
    """Ours eight columns at a time, JAX's whole Jacobians at once, and ours with all
    eigenvalues.
    """
    hidden = (SETTINGS["hidden"],) * SETTINGS["layers"]
    networks = adv.Perceptron((16, *hidden, 2)), adv.Perceptron((2, *hidden, 1))
    game = adv.gan(*networks, data=adv.ring(8, deviation=0.01), batch=SETTINGS["batch"])
    key = jax.random.key(SETTINGS["seed"])
    x, batches = adv.start(game, key, jnp.float64), adv.batches(game, key, 1)
    flat, unravel = x.ravel()
    batch = jax.tree.map(lambda leaf: leaf[0].astype(float), batches)

    def field(z: jax.Array) -> jax.Array:
        return game.field(unravel(z), batch).ravel()[0]

    def ours() -> np.ndarray:
        return adv.derivatives(game, x, batches).jacobian

    def spectrum() -> np.ndarray:
        return adv.eigenvalues(ours())

    found = {"Jacobian: minimax_lab": Contender(ours, 1, 3)}
    for name, whole in (
        ("jax.jacfwd", jax.jit(jax.jacfwd(field))),
        ("jax.jacrev", jax.jit(jax.jacrev(field))),
    ):
        found[f"Jacobian: {name} at once"] = Contender(
            lambda whole=whole: np.asarray(whole(flat)), 1, 3
        )
    return found | {"with its spectrum: minimax_lab": Contender(spectrum, 1, 3)}


def check(results: Mapping[str, Any]) -> None:
    """The three matrices are equal, of 2003 rows, and their trace is the sum of the eigenvalues."""
    ours, *others, values = results.values()
    assert ours.shape == (2003, 2003)
    for other in others:
        np.testing.assert_allclose(ours, other, atol=1e-12)
    np.testing.assert_allclose(values.sum(), np.trace(ours), rtol=1e-8)
