"""The film of a training."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house

SAMPLES = 4096
UNMOVED = 40  # samples near a mode, one in a hundred, with which it counts as reached


def training(training_film):
    """Three trainings on the ring of eight Gaussians from one start and on the same batches: the
    density of the generator's samples, the eigenvalues of the update as it is then, and for how
    long the linear map they belong to predicts where the training goes.

    Two perceptrons with two hidden layers of 16, RMSProp with 1e-3, consensus of strength 3; one
    seed. RMSProp's scales are held where the update is linearised, on one batch of 2048; the 160
    eigenvalues farthest from one are shown. The linear picture has stopped predicting when its
    error exceeds half the distance gone, which is looked at every 5 updates: from some 700 updates
    on, in all three trainings, it has before the first look.
    """
    names, frames = [str(name) for name in training_film["names"]], training_film["frames"]
    half = training_film.settings["half"]
    every = training_film.settings["every"]
    with house():
        figure, axes = pyplot.subplots(
            3, len(names), figsize=(DOUBLE, 5.6), gridspec_kw={"height_ratios": (2, 1.5, 0.8)}
        )
        figure.subplots_adjust(left=0.11, right=0.985, top=0.91, bottom=0.08, hspace=0.35)
        whole = np.concatenate([training_film[f"{name}/spectra"].ravel() for name in names]) - 1
        wide = np.quantile(np.abs(whole.real), 0.999), np.quantile(np.abs(whole.imag), 0.999)
        moving = [
            _column(training_film, name, column, half, wide, every)
            for name, column in zip(names, axes.T, strict=True)
        ]
        axes[1, 0].set_ylabel("imaginary part")
        axes[2, 0].set_ylabel("predicts\nfor updates")
        heading = figure.suptitle("")

    def show(index):
        heading.set_text(f"update {frames[index]} of {frames[-1]}")
        for move in moving:
            move(index)

    return figure, show, len(frames), len(frames) - 1


def _column(found, name, column, half, wide, every):
    """One training's axes, and what makes them show a frame."""
    own, frames = look(name), found["frames"]
    above, plane, below = column
    shades, spectra = found[f"{name}/densities"], found[f"{name}/spectra"]
    modes = (found[f"{name}/near"] > UNMOVED).sum(axis=-1)
    box = (-half, half, -half, half)
    picture = above.imshow(
        shades[0], origin="lower", extent=box, cmap="Blues", vmin=0, vmax=255, aspect="equal"
    )
    angle = np.arange(8) * np.pi / 4
    above.plot(np.cos(angle), np.sin(angle), "o", color="crimson", markersize=9, fillstyle="none")
    above.set(xticks=(), yticks=(), title=name)
    reached = above.text(0.03, 0.03, "", transform=above.transAxes, fontsize=8)
    reach = 1.1 * wide[0], 1.1 * wide[1]
    turn = np.linspace(0, 2 * np.pi, 4000)
    plane.plot(np.cos(turn), np.sin(turn), color="black", linewidth=0.8)
    (dots,) = plane.plot([], [], "x", color=own.colour, markersize=3, markeredgewidth=0.6)
    plane.set(xlim=(1 - reach[0], 1 + reach[0] / 2), ylim=(-reach[1], reach[1]))
    plane.locator_params(nbins=4)
    plane.set_xlabel("real part", labelpad=1)
    windows = found[f"{name}/windows"]
    known = frames < frames[-1]
    below.plot(frames[known], np.maximum(windows[known], every), color="#c9ced4", linewidth=1)
    (now,) = below.plot([], [], "o", color=own.colour, markersize=5)
    below.set(yscale="log", xlim=(0, frames[-1]), ylim=(0.8 * every, 2.0 * frames[-1]))
    below.set_xlabel("update", labelpad=1)
    (span,) = below.plot([], [], color=own.colour, linewidth=3, alpha=0.5)
    told = plane.text(0.03, 0.04, "", transform=plane.transAxes, fontsize=7)

    def move(index):
        picture.set_data(shades[index])
        reached.set_text(f"{modes[index]} of 8 modes")
        dots.set_data(spectra[index].real, spectra[index].imag)
        outside = int((np.abs(spectra[index]) > 1 + 1e-9).sum())
        told.set_text(f"{outside} outside the circle")
        if known[index]:
            height = max(windows[index], every)
            now.set_data([frames[index]], [height])
            span.set_data([frames[index], frames[index] + windows[index]], [height, height])

    return move
