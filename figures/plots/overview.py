"""The README's picture."""

from matplotlib import pyplot

import minimax_lab as mm
from figures.packing import unpacked


def overview(overview):
    """The Dirac-GAN under three rules: where 150 updates lead, and the eigenvalues of each update map at the equilibrium.

    Simultaneous descent has its eigenvalues outside the unit circle and spirals out, alternating descent on it and goes
    round, alternating consensus inside and arrives. Both panels come from the same rule objects.
    """
    with mm.draw.style():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(7.6, 3.9), layout="constrained", width_ratios=(1.15, 1))
        mm.draw.portrait(unpacked(overview, "portrait"), left, names=(r"generator $\theta$", r"discriminator $\psi$"))
        spectra = dict(zip(overview["names"], overview["spectra"], strict=True))
        mm.draw.spectrum(spectra, right, of="update")
        left.set_title("150 updates on the Dirac-GAN")
        right.set_title("eigenvalues of one update at the origin")
    return figure
