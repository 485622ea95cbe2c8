"""What is killed: `python -m tests.faults.work KIND FOLDER` does some work that is kept in a
folder, or goes on with it, and ends when it is done.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab.running import drive

jax.config.update("jax_enable_x64", True)
GAME, START = mm.games.bilinear(1.0), (1.0, 1.0)
UPDATES = 3_000_000
ROUNDS = 24


def walk(folder: Path) -> None:
    """A run that saves itself twenty times a second."""
    drive.SAVING = 0.05
    path = folder / "run.npz"
    done = mm.Run.load(path) if path.exists() else None
    taken = int(done.verdict.steps) if done else 0
    if taken < UPDATES:
        x, state = (START, None) if done is None else (done.final, done.state)
        rule, observe = mm.Optimistic(1e-5), {"x": mm.position}
        more = UPDATES - taken
        mm.run(GAME, rule, x, more, state=state, observe=observe, every=1000, save=path)


def many(folder: Path) -> None:
    """A sweep in rounds, each of which is saved."""
    path, rules = folder / "sweep.npz", mm.Simultaneous(jnp.geomspace(1e-5, 1e-4, 64))
    done = mm.Run.load(path) if path.exists() else None
    taken = int(np.max(done.verdict.steps)) if done else 0
    over: tuple[str, ...] = ("rule",) if done is None else ("rule", "start")
    x, state = (START, None) if done is None else (done.final, done.state)
    for _ in range(ROUNDS - taken // 10_000):
        done = mm.sweep(GAME, rules, x, 10_000, over=over, state=state, every=1000)
        done.save(path)
        over, x, state = ("rule", "start"), done.final, done.state


def training(folder: Path) -> None:
    """A small GAN, with a checkpoint a row."""
    adv = mm.adversarial
    pair = mm.networks.perceptrons((8, 8, 1), (16,), latent=8)
    pictures = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 1), np.uint8)
    game = adv.gan(*pair, data=adv.Pictures(pictures), batch=16)
    kept = mm.training.RunFolder(folder / "trained")
    if kept.exists and not kept.resumable:  # killed before the first checkpoint: begun anew
        shutil.rmtree(kept.path)
    mm.training.train(
        game,
        mm.Alternating(2e-4, mm.Adam()),
        adv.start(game, jax.random.key(0)),
        2_000,
        kept,
        key=jax.random.key(1),
        settings={},
        every=50,
        saving=0,
        resume=kept.resumable,
    )


def verifying(folder: Path) -> None:
    """Some theorems and their report."""
    from theory.catalogue import theorems
    from theory.run import verify_all

    wanted = {name: theorems()[name] for name in ("NUM-1", "DIR-1")}
    verify_all(wanted, folder, instances=5, jobs=1, said=lambda _: None)


def figure(folder: Path) -> None:
    """An experiment and its plot."""
    from figures import declare, jobs, results

    root = Path(jobs.__file__).parents[1]
    jobs.prepare()
    known = declare.experiments(root)
    experiment = known["fields"] if "fields" in known else next(iter(known.values()))
    settings = experiment.settings | experiment.quick
    function = getattr(
        __import__(f"figures.experiments.{experiment.path.stem}", fromlist=["x"]), experiment.name
    )
    for name in ("one", "two"):
        path = folder / f"{name}.npz"
        if not path.exists():
            arrays = {key: np.asarray(value) for key, value in function(**settings).items()}
            results.save(path, arrays, results.describe(experiment, settings, {}, arrays, 0.0))
        results.load(path)


KINDS = {
    "run": walk,
    "sweep": many,
    "train": training,
    "verify": verifying,
    "figures": figure,
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](Path(sys.argv[2]))
