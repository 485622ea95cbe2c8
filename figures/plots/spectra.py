"""Spectra of update rules against the unit circle."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.page import DOUBLE, house
from figures.panels import legend_of, note


def rule_spectra(spectra):
    """Eigenvalues of the whole update, memory included, on a bilinear game with singular values
    from 0.1 to 1; step 1/2 for all.

    Inside the unit circle the rule converges; rho is the largest modulus (over five updates for
    lookahead, which acts every fifth). Values at zero belong to memory that is overwritten.
    """
    with house():
        figure, axes = pyplot.subplots(3, 3, figsize=(DOUBLE, 7.8), layout="constrained")
        for axis, name, period in zip(axes.flat, spectra["names"], spectra["periods"], strict=True):
            values = spectra[name]
            mm.draw.spectrum(values, axis, of="update")
            radius = np.max(np.abs(values))
            over = f" over {period} updates" if period > 1 else ""
            axis.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
            axis.set_title(f"{name}\n$\\rho$ = {radius:.4f}{over}")
            axis.label_outer()
        size, smallest, step = (spectra.settings[name] for name in ("size", "smallest", "step"))
        note(
            figure,
            f"bilinear game, {size} + {size} parameters, singular values from {smallest:g} to 1; "
            f"step {step:g} for all",
        )
        legend_of(figure, axes)
    return figure
