"""The Dirac-GAN's portraits, one page for every order of play."""

import dataclasses

from matplotlib import pyplot

import minimax_lab as mm
from figures.methods import dress
from figures.packing import unpacked
from figures.page import DOUBLE, house
from figures.panels import fate, legend_of, narrow, note

ORDERS = {
    "simultaneous": "simultaneous descent",
    "alternating": "alternating descent, the generator first",
    "5 turns": "alternating descent, the generator once, then the discriminator five times",
}


LOOKED = {"simultaneous": "simultaneous", "alternating": "alternating", "5 turns": "alternating"}


def dirac_simultaneous(dirac):
    """Dirac-GAN, simultaneous descent, every objective and regulariser (Mescheder, Geiger, Nowozin
    2018).

    Generator theta to the right, discriminator psi upwards, step 0.2 for both, 500 updates from (1,
    1), as in the authors' notebook; the last three panels are ours. The logit of "real" is minus
    psi x. The origin is marked by what it is in the game, whatever the direction; against a
    penalty's target the field jumps at psi = 0 and vanishes nowhere.
    """
    return _page(dirac, "simultaneous")


def dirac_alternating(dirac):
    """Dirac-GAN, alternating descent, the generator first: the page before, but the discriminator
    sees the generator's move.
    """
    return _page(dirac, "alternating")


def dirac_five_turns(dirac):
    """Dirac-GAN, alternating descent, five turns of the discriminator for one of the generator;
    step 0.2 for every turn.

    Undamped orbits stay closed (the saturating one is cut by the notebook's window), only longer in
    psi. Weakly damped walks arrive in fewer updates, the critical penalty in more: it is critical
    for one turn each. Consensus now runs off to infinite psi, at small steps too: the saddles of
    `consensus_basins` stay where they are, but with psi five times as fast the start lies beyond
    their separatrix. The notebook's consensus field, with a factor 1/2 too many, converges here and
    hides that. Methods as on the simultaneous page, the last three ours.
    """
    return _page(dirac, "5 turns")


def _page(dirac, rule):
    with house():
        figure, axes = pyplot.subplots(3, 4, figsize=(DOUBLE, 6.8), layout="constrained")
        for axis, name in zip(axes.flat, dirac["names"], strict=True):
            whole = unpacked(dirac, name)
            shown = tuple(t for t in whole.trajectories if t.label == rule)
            mm.draw.portrait(
                dataclasses.replace(whole, trajectories=shown), axis, names=(r"$\theta$", r"$\psi$")
            )
            dress(axis, [LOOKED[rule]])
            axis.set_title(f"{name}\n{fate(shown[0].outcome, shown[0].points)}")
        step, steps, start = (dirac.settings[setting] for setting in ("step", "steps", "start"))
        note(
            figure,
            f"{ORDERS[rule]}, step {step:g}, {steps} updates from ({start[0]:g}, {start[1]:g})",
        )
        narrow(axes)
        legend_of(figure, axes)
    return figure
