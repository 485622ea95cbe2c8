"""A training that several processes do as one, or several devices of one process: what the tests
call, and as a program one process of several.

    together.py FOLDER VERBS PORT PROCESS
"""

import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab.running.processes import joined
from minimax_lab.training import RunFolder, train

SETTINGS, EVERY, STEPS, FOREVER = {"data": "normal", "size": 16}, 5, 40, 10**8
# Plain arrays: processes must find each other before JAX makes any.
START, RULE = (np.array([0.3, -0.2]), np.array([0.1, 0.4])), mm.Simultaneous(0.05, mm.Adam())
SEEDS = 3, 5, 7
MEMBERS = {f"seed-{seed}": {"seed": seed} for seed in SEEDS}


def value(x, sample):
    """A saddle of a few numbers, and as nonlinear in the batch as a network."""
    return jnp.mean(jnp.tanh(sample @ x[0]) * jnp.sin(sample @ x[1])) + x[0] @ x[0] - x[1] @ x[1]


def game(size=16):
    data = jax.random.normal(jax.random.key(0), (64, 2), jnp.float64)
    return mm.zero_sum(value, data, mm.Minibatch(size))


def trained(path, **changes):
    options = {"settings": SETTINGS, "every": EVERY, "saving": 0.0, "key": jax.random.key(1)}
    options |= {"game": game(), "rule": RULE, "start": START, "steps": STEPS}
    return train(folder=RunFolder(path), **options | changes)


def ensemble(path, **changes):
    rules = mm.Simultaneous(jnp.array([0.05, 0.1, 1e9]), mm.Momentum(0.5))
    keys = mm.stack(map(jax.random.key, SEEDS))
    options = {"members": MEMBERS, "over": ("rule", "key"), "key": keys, "rule": rules}
    return trained(path, **options | changes)


VERBS = {"whole": trained, "many": ensemble}


def main(folder, verbs, port, process):
    """What one of two processes does: a refusal, what is asked for, and a training that ends when
    one of them does.
    """
    joined(f"127.0.0.1:{port}", 2, process)
    place = pathlib.Path(folder) / ("here" if process == 0 else "nowhere")
    try:
        trained(place / "refused", settings={**SETTINGS, "size": 16 + process})
    except mm.InputError as error:
        print(error, flush=True)
    for name in verbs.split():
        done = VERBS[name](place / name)
        print(f"{done.verdict} {done.steps} {done.final.norm():.6f}", flush=True)
    trained(place / "killed", steps=FOREVER)


if __name__ == "__main__":
    from minimax_lab.running.processes import LostError, leave

    try:
        main(*sys.argv[1:4], int(sys.argv[4]))
    except LostError as lost:
        print(lost, flush=True)
        leave(4)
