"""The symplectic adjustment on sixteen Gaussians and on a normal in 75 dimensions."""

import numpy as np
from matplotlib import pyplot

from figures.clouds import along, density_page, mode_page, over_updates
from figures.methods import look
from figures.page import DOUBLE, SMALL, house
from figures.panels import bare, stroke


def symplectic_grid_densities(symplectic_grid):
    """Sixteen Gaussians learned with and without the symplectic adjustment: kernel densities along
    training, target in red.

    After Balduzzi et al. 2018: six hidden layers, 64 latents, batches of 256, non-saturating
    losses, TensorFlow 1's RMSProp, aligned adjustment of strength 1. Reduced for two cores: width
    64 (384 there) and half the updates; the step, 6e-4, is ours, larger by as much as the networks
    are narrower (with 1e-4 they hardly learn in 5000 updates, either way). Both methods share start
    and batches (first of the seeds). Numbers: modes with at least 1 % of 2560 samples within 0.1.
    Each panel is scaled to its own maximum.
    """
    return density_page(symplectic_grid, 16, 1.35)


def symplectic_grid_modes(symplectic_grid):
    """Modes of the grid reached, share of samples near a mode, and distance to the target along
    training, over all seeds.

    Lines are medians, bands the whole range. A mode is reached when at least 1 % of 2560 samples
    lie near it: within 0.1, or, strictly, within three standard deviations (0.06). Distance: the
    maximum mean discrepancy, Gaussian kernels of widths 0.05, 0.2 and 0.8. Below: the paired sign
    test of "the adjusted run ends with more modes". Settings as in symplectic_grid_densities.
    """
    return mode_page(symplectic_grid, 16, (0.0, 1.0), "symplectic", 2)


def symplectic_normal_spread(symplectic_normal):
    """A standard normal in 75 dimensions: singular values of the covariance of the generator's
    samples, one where learned.

    Left, after the last update, a thin line a seed; black, as many samples of the target itself.
    Middle and right, medians and ranges over the seeds. Networks of two hidden layers of 200, 200
    latents, batches of 64, step 2e-4, TensorFlow 1's RMSProp, aligned adjustment of strength 1, as
    in the code of Balduzzi et al. 2018. Reduced for two cores: 4000 updates (20 000 there), and 32
    768 samples throughout. The distance and the count are ours.
    """
    across, truth = symplectic_normal["indices"], symplectic_normal["truth"]
    order = np.arange(1, len(truth) + 1)
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.5), layout="constrained")
        for i, name in enumerate(str(n) for n in symplectic_normal["names"]):
            values, own = symplectic_normal[f"{name}/spread"], look(name)
            for seed, last in enumerate(values[:, -1]):
                label = name if seed == 0 else None
                axes[0].plot(order, last, **stroke(own), linewidth=0.8, label=label)
            far, flat = np.sqrt(((values - 1) ** 2).sum(axis=-1)), (values < 0.1).sum(axis=-1)
            along(axes[1], across, far, i, name, (0.0, 1.0))
            along(axes[2], across, flat, i, name, (0.0, 1.0))
        start = np.median(
            symplectic_normal[f"{symplectic_normal['names'][0]}/spread"][:, 0], axis=0
        )
        axes[0].plot(
            order, start, color="#888888", linestyle=":", linewidth=1.2, label="start (median)"
        )
        axes[0].plot(order, truth, color="black", linewidth=1.2, label="as many true samples")
        axes[0].set(xlabel="rank", ylabel="singular value", yscale="log")
        axes[1].set(ylabel="distance of the covariance to $I$", ylim=(0, None))
        axes[2].set(ylabel="singular values below 0.1", ylim=(-1, None))
        over_updates(*axes[1:])
        bare(axes[0])
        axes[0].legend(loc="lower left", fontsize=SMALL)
    return figure
