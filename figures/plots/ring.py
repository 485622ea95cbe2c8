"""The three-player ring: where it goes, and whether the spectrum tells how fast."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, hollow, note, stroke

TURNS = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])  # a base of x_0 + x_1 + x_2 = 0


def ring_of_three(ring):
    """Do three players who chase each other in a ring, each pair zero-sum, come to rest? Not at
    once; in turn or looking ahead they do, as fast as the spectrum of the update says. Left: 60
    updates in the plane x_0 + x_1 + x_2 = 0, in which the game turns, from the ring to the star;
    along the diagonal, which is left out, friction alone is at work. Middle: distance to the
    equilibrium. Right: the factor by which it changes in an update, predicted (bar) as the largest
    modulus of the update's eigenvalues there, and measured (mark) over the second half of the walk.
    Runs without noise: there is no spread.
    """
    names, shown = [str(name) for name in ring["names"]], 61
    places = np.arange(len(names))[::-1]
    with house():
        figure, (plane, distance, factor) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.7), layout="constrained", width_ratios=(1.15, 1, 0.9)
        )
        for place, name in zip(places, names, strict=True):
            own, points = look(name), ring[f"{name}/points"]
            seen, length = points[:shown] @ TURNS.T, np.linalg.norm(points, axis=1)
            plane.plot(*seen.T, **stroke(own), linewidth=1.0)
            plane.plot(*seen[-1], "*", color=own.colour, markersize=6, markeredgecolor="white")
            marks = hollow(own) | {"markevery": (6 * place, len(points) // 6)}
            distance.semilogy(length, **stroke(own), **marks, label=name)
            half = len(length) // 2
            measured = (length[-1] / length[half]) ** (1 / (len(length) - 1 - half))
            factor.plot(ring[f"{name}/radius"], place, "|", color="black", markersize=15)
            factor.plot(measured, place, color=own.colour, **hollow(own, 5))
        plane.plot(*(ring[f"{names[0]}/points"][0] @ TURNS.T), "o", color="black", mfc="white")
        plane.set(aspect="equal", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
        plane.set(xlabel=r"$(x_0 - x_1)/\sqrt{2}$", ylabel=r"$(x_0 + x_1 - 2 x_2)/\sqrt{6}$")
        distance.set(xlabel="update", ylabel="distance to the equilibrium")
        factor.axvline(1, color="0.5", linewidth=0.7, linestyle=":")
        factor.set(xlabel="factor an update", yticks=places, yticklabels=names)
        factor.margins(x=0.15, y=0.2)
        bare(plane, distance, factor)
        settings = ring.settings
        start = ", ".join(f"{value:g}" for value in settings["start"]).replace("-", "−")
        told = f"step {settings['step']:g}, friction {settings['friction']:g}, from ({start})"
        note(figure, told)
        figure.legend(*distance.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
