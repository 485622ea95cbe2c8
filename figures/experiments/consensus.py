"""What consensus does far from an equilibrium, and what it does on minibatches."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed


@experiment(quick={"side": 15})
def consensus_basins(
    strengths: tuple[float, ...] = (1.0, 3.0, 10.0),
    half: float = 3.0,
    side: int = 41,
    step: float = 0.03,
    steps: int = 1500,
):
    """The Dirac-GAN's consensus field, and where the iteration leads from a grid of starts: all
    strengths in one program.
    """
    game, axis = mm.games.dirac_gan(), np.linspace(-half, half, side)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    rules = mm.stack(
        [mm.Simultaneous(step, mm.Consensus(strength)) for strength in strengths for _ in points]
    )
    starts = mm.Profile(jnp.asarray(np.tile(points.T, len(strengths))))
    run = mm.sweep(game, rules, starts, steps, over=("rule", "start"), every=steps // 2)
    distance = np.hypot(*(np.asarray(strategy) for strategy in run.final)).reshape(
        len(strengths), side, side
    )
    saved = {
        "strengths": np.array(strengths),
        "axis": axis,
        "distance": distance,
        "step": np.array(step),
    }
    for strength in strengths:
        whole = mm.portrait(game, box=(-half, half), direction=mm.Consensus(strength), flow=False)
        saved |= packed(whole, f"{strength:g}")
    return saved


@experiment(quick={"draws": 200})
def consensus_bias(
    players: int = 4,
    spread: float = 0.5,
    sizes: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64),
    draws: int = 20_000,
    strength: float = 1.0,
    seed: int = 0,
):
    """Single and paired consensus against exact on (J + E) x + e, with E and e normal of variance
    spread^2 / batch size.
    """
    base, at, *keys = jax.random.split(jax.random.key(seed), 4)
    exact = mm.games.random_general_sum(base, (1,) * players)
    x = mm.Profile(jax.random.normal(at, (players,)))
    wanted = look(exact, mm.Consensus(strength), x, None)
    saved = {
        "sizes": np.array(sizes),
        "strength": np.array(strength),
        "x": np.asarray(x.ravel()[0]),
        "exact": np.asarray(wanted),
    }
    saved["predicted"] = spread**2 * players / np.array(sizes) * strength
    for name, paired, key in (("single", False, keys[0]), ("paired", True, keys[1])):
        found = [
            measured(
                noisy(exact, spread / size**0.5),
                x,
                strength,
                paired,
                jax.random.fold_in(key, size),
                draws,
            )
            for size in sizes
        ]
        errors = np.array([np.asarray(turns) - saved["exact"] for turns in found])
        along = errors @ saved["x"] / (saved["x"] @ saved["x"])
        saved |= {
            f"{name}/bias": along.mean(axis=1),
            f"{name}/error": along.std(axis=1, ddof=1) / draws**0.5,
            f"{name}/rms": np.sqrt(np.mean(np.sum(errors**2, axis=-1), axis=1)),
        }
    return saved


def noisy(game: mm.Game, spread: float) -> mm.Game:
    return mm.Game(game.losses, game.data, Noise(jnp.asarray(spread)))


class Noise(eqx.Module):
    """Every number of the game with normal noise of its own."""

    spread: Any

    def __call__(self, data: Any, key: Any) -> Any:
        leaves, tree = jax.tree.flatten(data)
        drawn = [
            leaf + self.spread * jax.random.normal(one, leaf.shape, leaf.dtype)
            for leaf, one in zip(leaves, jax.random.split(key, len(leaves)), strict=True)
        ]
        return jax.tree.unflatten(tree, drawn)


@eqx.filter_jit
def measured(
    game: mm.Game, x: mm.Profile, strength: Any, paired: bool, key: Any, draws: int
) -> Any:
    """The direction at x from `draws` independent draws."""
    direction = mm.Consensus(jnp.asarray(strength, x.dtype), paired)
    return jax.vmap(lambda one: look(game, direction, x, one))(jax.random.split(key, draws))


def look(game: mm.Game, direction: mm.Direction, x: mm.Profile, key: Any) -> Any:
    return direction(game, x, direction.init(game, x, key), mm.Tick(0, key))[0].ravel()[0]
