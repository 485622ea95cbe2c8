"""The README's picture."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.methods import dress
from figures.packing import unpacked
from figures.page import DOUBLE, house
from figures.panels import legend_of


def overview(overview):
    """The Dirac-GAN under three rules: where 60 updates lead, and the eigenvalues of each update
    map at the equilibrium.

    Simultaneous descent has its eigenvalues outside the unit circle and spirals out, alternating
    descent on it and goes round, alternating consensus inside and arrives. Both panels come from
    the same rule objects.
    """
    steps, step = overview.settings["steps"], overview.settings["step"]
    with house():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.9), layout="constrained")
        mm.draw.portrait(
            unpacked(overview, "portrait"),
            left,
            names=(r"generator $\theta$", r"discriminator $\psi$"),
        )
        spectra = dict(zip(overview["names"], overview["spectra"], strict=True))
        mm.draw.spectrum(spectra, right, of="update")
        for axis in (left, right):
            dress(axis, list(spectra))
        left.set_title(f"{steps} updates on the Dirac-GAN, step {step:g}")
        right.set_title(f"eigenvalues of one update at the origin, step {step:g}")
        right.legend(
            *right.get_legend_handles_labels(),
            loc="center",
            bbox_to_anchor=(0.42, 0.5),
            frameon=True,
        )
        legend_of(figure, np.array([left]), columns=4)
    return figure
