"""`update_spectrum` of every rule on a bilinear-quadratic game of 50 + 50 numbers, against the same
update flattened, differentiated by jax.jacfwd and handed to LAPACK by hand.

The limit is LAPACK's share, on a matrix as large: a rule with a memory has one twice as wide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import minimax_lab as mm

from .. import limits
from ..race import Contender, Group
from ..results import Target

UNIT = "spectrum"
SETTINGS = {"numbers": 50, "step": 0.1, "seed": 0, "a second": 200}
RULES: dict[str, Callable[[float], mm.UpdateRule]] = {
    "simultaneous": mm.Simultaneous,
    "alternating": mm.Alternating,
    "extragradient": mm.Extragradient,
    "past extragradient": mm.PastExtragradient,
    "optimistic": mm.Optimistic,
    "follow the ridge": mm.FollowTheRidge,
    "consensus": lambda step: mm.Simultaneous(step, mm.Consensus(0.5)),
    "symplectic": lambda step: mm.Simultaneous(step, mm.Symplectic(0.5, align=False)),
    "assisted": lambda step: mm.Simultaneous(step, mm.AssistAdversary(strength=0.5)),
    "momentum": lambda step: mm.Alternating(step, mm.Momentum(-0.3)),
    "lookahead": lambda step: mm.Lookahead(mm.Alternating(step), period=3),
    "twice": lambda step: mm.Repeated(mm.Alternating(step)),
}


def groups(small: bool = False) -> Iterator[Group]:
    """A group a rule."""
    size = 3 if small else SETTINGS["numbers"]
    random = np.random.default_rng(SETTINGS["seed"])
    A, B, C = random.standard_normal((3, size, size)) / np.sqrt(size)
    game = mm.games.quadratic(np.eye(size) + B @ B.T, A, np.eye(size) + C @ C.T)
    origin = mm.Profile((jnp.zeros(size), jnp.zeros(size)))
    names = ("simultaneous", "momentum") if small else RULES
    for name in names:
        rule = RULES[name](SETTINGS["step"])

        def ours(rule: mm.UpdateRule = rule) -> np.ndarray:
            return mm.update_spectrum(game, rule, origin).values

        contenders = {
            "minimax_lab": Contender(ours),
            "jax.jacfwd, by hand": Contender(by_hand(game, rule, origin)),
            "limit: LAPACK's eigenvalues": limits.eigenvalues(ours().size),
        }
        most = Target("minimax_lab", most=1 / SETTINGS["a second"])
        yield Group(name, contenders, check, (most,))


def by_hand(game: mm.Game, rule: mm.UpdateRule, x: mm.Profile) -> Callable[[], np.ndarray]:
    """Of all floating-point numbers of profile and state, over a whole period of updates."""
    state = rule.init(game, x, None)
    leaves, tree = jax.tree.flatten((x, state))
    moving = [jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in leaves]
    flat, unravel = ravel_pytree([leaf for leaf, m in zip(leaves, moving, strict=True) if m])

    def updated(z: jax.Array) -> jax.Array:
        new = iter(unravel(z))
        mixed = [next(new) if m else leaf for leaf, m in zip(leaves, moving, strict=True)]
        x, state = jax.tree.unflatten(tree, mixed)
        for index in range(rule.rest.period):
            x, state = rule.update(game, x, state, mm.Tick(jnp.asarray(index), None))
        after = jax.tree.leaves((x, state))
        return ravel_pytree([leaf for leaf, m in zip(after, moving, strict=True) if m])[0]

    matrix = jax.jit(jax.jacfwd(updated))
    return lambda: np.linalg.eigvals(np.asarray(matrix(flat)))


def check(results: Mapping[str, Any]) -> None:
    """The same moduli."""
    ours, other = (np.sort(np.abs(results[who])) for who in ("minimax_lab", "jax.jacfwd, by hand"))
    np.testing.assert_allclose(ours, other, atol=1e-6)
