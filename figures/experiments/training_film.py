"""What the film of a training shows: samples, the eigenvalues of the update as it is then, and for
how long the linear map they belong to goes on to predict where the training is.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab import adversarial as adv
from minimax_lab.directions.base import Tick

SAMPLES = 4096


@experiment("slow", quick={"steps": 60, "frames": 3, "width": 4, "cells": 24, "leading": 20})
def training_film(
    steps: int = 4_000,
    frames: int = 40,
    every: int = 5,
    step: float = 1e-3,
    strength: float = 3.0,
    width: int = 16,
    batch: int = 256,
    whole: int = 2048,
    half: float = 1.6,
    cells: int = 72,
    leading: int = 160,
    wrong: float = 0.5,
):
    """Three walks from one start on the same batches of the ring of eight Gaussians, TensorFlow 1's
    RMSProp in all; float32, spectra in float64.

    At every frame the update is linearised with RMSProp's scales held, on one batch of `whole`. Its
    affine map predicts where the training will be; `windows` are the updates after which the error
    of that exceeds the share `wrong` of the distance gone. Of the eigenvalues the `leading` ones
    are kept, those farthest from one.
    """
    data, networks = adv.ring(8, deviation=0.05), ((4, width, width, 2), (2, width, width, 1))
    game, mean = (
        adv.gan(*map(adv.Perceptron, networks), data=data, batch=size) for size in (batch, whole)
    )
    adapted = mm.RMSProp.tensorflow1
    rules = {
        "simultaneous": mm.Simultaneous(step, adapted()),
        "alternating": mm.Alternating(step, adapted()),
        "consensus": mm.Simultaneous(step, adapted(mm.Consensus(strength))),
    }
    key, shown = jax.random.key(0), np.linspace(0, steps, frames + 1).astype(int)
    counted, picture = (
        adv.ModeCounts(data, radius=0.15),
        functools.partial(adv.density, half=half, cells=cells),
    )
    found = {"frames": shown, "names": np.array(list(rules))}
    found["target"] = _shades(picture(data(jax.random.key(1), SAMPLES)))
    for name, rule in rules.items():
        samples, spectra, maps, positions = _filmed(game, mean, rule, key, shown, every)
        values = [_leading(one, leading) for one in spectra]
        parts = {
            "densities": np.stack([_shades(picture(one)) for one in samples]),
            "near": np.array([counted(one) for one in samples], np.int16),
            "spectra": np.stack(values),
            "windows": _windows(positions, maps, shown, every, wrong),
        }
        found |= {f"{name}/{part}": value for part, value in parts.items()}
    return found


def _filmed(game, mean, rule, key, shown, every):
    """Samples and the update's affine map at every frame of one training, and its whole path."""
    x, memory = adv.start(game, jax.random.fold_in(key, 1)), None
    state, draw = None, jax.random.key(3)
    samples, spectra, maps, positions = [], [], [], [np.asarray(x.ravel()[0], float)[None]]
    for before, now in zip([0, *shown], shown, strict=False):
        if now > before:
            watched = {"position": mm.position}
            run = mm.run(
                game, rule, x, int(now - before), key=key, state=state, every=every, observe=watched
            )
            leaves = jax.tree.leaves(run.observed["position"])
            path = np.concatenate([np.reshape(leaf, (len(leaf), -1)) for leaf in leaves], axis=1)
            positions.append(path[1:])
            x, state, memory = run.final, run.state, run.state.state
        samples.append(adv.generate(game, x, jax.random.key(2), SAMPLES))
        wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), x)
        held = mm.frozen(rule, mean, wide, rule.init(mean, wide, key) if memory is None else memory)
        spectrum = mm.update_spectrum(mean, held, wide, key=draw)
        spectra.append(spectrum.values)
        after, _ = held.update(mean, wide, held.init(mean, wide, draw), Tick(0, draw))
        maps.append((np.asarray(spectrum.matrix), np.asarray((after - wide).ravel()[0])))
    return samples, spectra, maps, np.concatenate(positions)


def _windows(positions, maps, shown, every, wrong):
    """For how many updates each affine map predicts the path; all that are left where it never
    fails.
    """
    windows = []
    for (matrix, moved), now in zip(maps, shown, strict=True):
        size = len(moved)
        last = np.eye(1, size + 1, size)
        leap = np.linalg.matrix_power(np.block([[matrix, moved[:, None]], [last]]), every)
        path = positions[now // every :]
        predicted, ahead = last[0], 0
        while ahead + 1 < len(path):
            predicted, gone = leap @ predicted, path[ahead + 1] - path[0]
            if np.linalg.norm(predicted[:size] - gone) > wrong * np.linalg.norm(gone):
                break
            ahead += 1
        windows.append(ahead * every)
    return np.array(windows)


def _leading(values, count):
    """Those farthest from one, which is where nothing moves."""
    order = np.argsort(-np.abs(values - 1))
    return values[order[:count]].astype(np.complex64)


def _shades(density):
    """In 255 steps, which is more than a film shows."""
    return np.rint(255 * density / max(float(density.max()), 1e-12)).astype(np.uint8)
