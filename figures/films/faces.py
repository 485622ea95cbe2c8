"""The README's film."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house

WITHIN, BEYOND = "#00694d", "#a01010"


def three_faces(faces):
    """One rule, three faces: consensus (strength 1) on the Dirac-GAN while its step goes up and
    down. Sixty updates from (1, 1); the eigenvalues of one update at the origin; the matrix they
    belong to, from the same rule on symbols. Where the eigenvalues have crossed the unit circle the
    path no longer arrives, and is caught on a circle around the equilibrium.
    """
    sizes, paths, spectra = faces["sizes"], faces["paths"], faces["spectra"]
    threshold = float(faces["threshold"])
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.75), gridspec_kw={"width_ratios": (1, 1, 0.95)}
        )
        figure.subplots_adjust(left=0.055, right=0.99, top=0.88, bottom=0.14, wspace=0.3)
        left, middle, right = axes
        across, down = np.meshgrid(faces["x"], faces["y"])
        field = faces["field"]
        planes = field if field.shape[0] == 2 else np.moveaxis(field, -1, 0)
        left.streamplot(
            across, down, -planes[0], -planes[1], color="#c9ced4", linewidth=0.6, arrowsize=0.6
        )
        left.plot(0, 0, "o", color="black", markersize=4, zorder=6)
        own = look("consensus").colour
        (path,) = left.plot([], [], "-o", color=own, linewidth=0.9, markersize=2, zorder=4)
        left.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal", title="the path")
        left.set_xlabel(r"generator $\theta$")
        left.set_ylabel(r"discriminator $\psi$", labelpad=-2)
        angle = np.linspace(0, 2 * np.pi, 200)
        middle.fill(np.cos(angle), np.sin(angle), color="#eef1f4", zorder=0)
        middle.plot(np.cos(angle), np.sin(angle), color="black", linewidth=0.8)
        middle.plot(spectra.real, spectra.imag, color="#c9ced4", linewidth=0.8)
        (values,) = middle.plot([], [], "o", markersize=7, zorder=5)
        middle.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal")
        middle.set(title="the eigenvalues of one update", xlabel="real part")
        middle.set_ylabel("imaginary part", labelpad=-1)
        right.set_axis_off()
        right.set(xlim=(0, 1), ylim=(0, 1))
        right.text(0.5, 0.98, "the formula", transform=right.transAxes, ha="center")
        write = {"transform": right.transAxes, "ha": "center", "va": "center"}
        places = (0.3, 0.76), (0.76, 0.76), (0.3, 0.58), (0.76, 0.58)
        for place, entry in zip(places, faces["matrix"], strict=True):
            right.text(*place, f"${entry}$", fontsize=9, **write)
        for edge, inwards in ((0.06, 0.03), (0.97, -0.03)):
            bracket = ([edge + inwards, edge, edge, edge + inwards], [0.87, 0.87, 0.47, 0.47])
            right.plot(*bracket, color="black", linewidth=0.8)
        right.text(0.5, 0.36, f"$|\\lambda|^2 = {faces['square']}$", fontsize=9, **write)
        right.text(0.5, 0.25, f"stable while $h < {faces['limit']}$", fontsize=9, **write)
        told = right.text(0.5, 0.08, "", fontsize=9, **write)

    def show(index):
        h, colour = sizes[index], WITHIN if sizes[index] < threshold else BEYOND
        path.set_data(*paths[index].T)
        values.set_data(spectra[index].real, spectra[index].imag)
        values.set_color(colour)
        radius = np.abs(spectra[index]).max()
        told.set_text(f"$h = {h:.2f}$:  $|\\lambda| = {radius:.3f}$")
        told.set_color(colour)

    return figure, show, len(sizes), int(np.argmin(np.abs(sizes - threshold)))
