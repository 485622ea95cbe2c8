"""Two runs of the game of modes from one start, watched closely; and the competition of two modes
inside one neuron.
"""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.experiments.modes import DIRECTIONS
from minimax_lab import games
from minimax_lab.running.observables import update_norms


@experiment(quick={"steps": 600})
def modes_traces(steps: int = 12_000, rows: int = 200, correlation: float = 0.2, seed: int = 100):
    """Cosines of every column and every neuron with both modes and their average, and both norm
    ratios, over time.
    """
    game, key = games.two_mode(correlation), jax.random.key(seed)
    start = games.modes_start(game, jax.random.fold_in(key, 1))
    observe = {
        "columns": games.column_cosines,
        "neurons": games.neuron_cosines,
        "strength": games.neuron_strength,
        "alignment": games.alignment,
        "gradients": mm.gradient_norms,
        "updates": update_norms,
    }
    found: dict[str, np.ndarray] = {}
    for name, step, ratio in (("SGDA", 0.1, 0.1), ("nSGDA", 0.005, 0.3)):
        rule = mm.Simultaneous((step * ratio, step), DIRECTIONS[name])
        run = mm.run(game, rule, start, steps, key=key, observe=observe, every=steps // rows)
        found |= {
            f"{name}/{part}": np.asarray(values, np.float32)
            for part, values in run.observed.items()
        }
        found[f"{name}/indices"] = run.indices
    return found | {"names": np.array(["SGDA", "nSGDA"])}


@experiment()
def neuron_competition(
    correlations: tuple[float, ...] = (0.1, 0.2, 0.3, 0.32, 0.3333, 0.34, 0.4, 0.5),
    starts: int = 9,
    time: float = 60.0,
    rows: int = 241,
):
    """r = c_2/c_1 under r' = (1 - r)(gamma r^2 - (1 - gamma) r + gamma), in the time that c_1 sets,
    by Heun steps; and r'.
    """
    gammas, first = jnp.asarray(correlations), jnp.linspace(0.05, 1.2, starts)
    length = time / (rows - 1) / 20

    def push(r: jax.Array, gamma: jax.Array) -> jax.Array:
        return (1 - r) * (gamma * r**2 - (1 - gamma) * r + gamma)

    def flow(gamma: jax.Array, r: jax.Array) -> jax.Array:
        def step(r: jax.Array, _: None) -> tuple[jax.Array, None]:
            guess = r + length * push(r, gamma)
            return r + length / 2 * (push(r, gamma) + push(guess, gamma)), None

        def row(r: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            return jax.lax.scan(step, r, length=20)[0], r

        return jax.lax.scan(row, r, length=rows)[1]

    paths = jax.jit(jax.vmap(jax.vmap(flow, (None, 0)), (0, None)))(gammas, first)
    line = jnp.linspace(0, 1.25, 126)
    speed = jax.vmap(lambda gamma: push(line, gamma))(gammas)
    return {
        "correlations": gammas,
        "time": np.linspace(0, time, rows),
        "ratio": paths,
        "line": line,
        "speed": speed,
    }
