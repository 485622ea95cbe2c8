"""The symplectic adjustment on sixteen Gaussians and on a normal in 75 dimensions."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.panels import bare, stroke
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import Look


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
    names, shown, rows = (
        [str(n) for n in symplectic_grid["names"]],
        symplectic_grid["shown"],
        symplectic_grid["indices"].tolist(),
    )
    with mm.draw.style():
        size = (1.35 * len(shown) + 1.6, 1.35 * len(names) + 0.35)
        figure, axes = pyplot.subplots(
            len(names), len(shown) + 1, figsize=size, layout="constrained", squeeze=False
        )
        for line, name in zip(axes, names, strict=True):
            for axis, index, density in zip(
                line, shown, symplectic_grid[f"{name}/densities"], strict=False
            ):
                _density(axis, density, symplectic_grid.settings["half"], "Blues")
                modes = adv.covered(symplectic_grid[f"{name}/wide"], 2560)[0, rows.index(index)]
                axis.text(0.04, 0.03, f"{modes}/16", transform=axis.transAxes, fontsize=7)
            _density(line[-1], symplectic_grid["target"], symplectic_grid.settings["half"], "Reds")
            line[0].set_ylabel(name)
        for axis, index in zip(axes[0], shown, strict=False):
            axis.set_title(f"{index:,} updates".replace(",", " ") if index else "start")
        axes[0, -1].set_title("target")
    return figure


def symplectic_grid_modes(symplectic_grid):
    """Modes of the grid reached, share of samples near a mode, and distance to the target along
    training, over all seeds.

    Lines are medians, bands the whole range. A mode is reached when at least 1 % of 2560 samples
    lie near it: within 0.1, or, strictly, within three standard deviations (0.06). Distance: the
    maximum mean discrepancy, Gaussian kernels of widths 0.05, 0.2 and 0.8. Below: the paired sign
    test of "the adjusted run ends with more modes". Settings as in symplectic_grid_densities.
    """
    with mm.draw.style():
        figure, axes = pyplot.subplots(1, 4, figsize=(8.6, 2.6), layout="constrained")
        across = symplectic_grid["indices"]
        for i, name in enumerate(str(n) for n in symplectic_grid["names"]):
            wide, narrow = symplectic_grid[f"{name}/wide"], symplectic_grid[f"{name}/narrow"]
            lines = (
                adv.covered(wide, 2560),
                adv.covered(narrow, 2560),
                wide.sum(axis=-1) / 2560,
                symplectic_grid[f"{name}/distance"],
            )
            for axis, values in zip(axes, lines, strict=True):
                _band(axis, across, values, name, i)
        axes[0].set(ylabel="modes within 0.1", ylim=(-0.4, 16.4), yticks=(0, 4, 8, 12, 16))
        axes[1].set(
            ylabel="modes within three deviations", ylim=(-0.4, 16.4), yticks=(0, 4, 8, 12, 16)
        )
        axes[2].set(ylabel="share of samples within 0.1", ylim=(0, 1))
        axes[3].set(ylabel="maximum mean discrepancy", yscale="log")
        _finish(axes)
        figure.legend(
            *axes[0].get_legend_handles_labels(),
            loc="outside lower center",
            ncols=2,
            title=_claim(symplectic_grid),
        )
    return figure


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
    with mm.draw.style():
        figure, axes = pyplot.subplots(1, 3, figsize=(8.2, 2.8), layout="constrained")
        for i, name in enumerate(str(n) for n in symplectic_normal["names"]):
            values, look = symplectic_normal[f"{name}/spread"], Look.of(i)
            for seed, last in enumerate(values[:, -1]):
                label = name if seed == 0 else None
                axes[0].plot(order, last, **stroke(look), linewidth=0.8, label=label)
            _band(axes[1], across, np.sqrt(((values - 1) ** 2).sum(axis=-1)), name, i)
            _band(axes[2], across, (values < 0.1).sum(axis=-1), name, i)
        start = np.median(
            symplectic_normal[f"{symplectic_normal['names'][0]}/spread"][:, 0], axis=0
        )
        axes[0].plot(
            order, start, color="#888888", linestyle=":", linewidth=1.2, label="start (median)"
        )
        axes[0].plot(order, truth, color="black", linewidth=1.2, label="as many true samples")
        axes[0].set(xlabel="rank", ylabel="singular value", yscale="log")
        axes[1].set(ylabel="Frobenius distance to the identity", ylim=(0, None))
        axes[2].set(ylabel="directions with a value below 0.1", ylim=(-1, None))
        _finish(axes[1:])
        bare(axes[0])
        axes[0].legend(loc="lower left", fontsize=7)
    return figure


def _claim(result):
    """What the sign test says of the last row."""
    told = []
    for title, part in (("within 0.1", "wide"), ("within three deviations", "narrow")):
        test = adv.sign_test(
            *(
                adv.covered(result[f"{name}/{part}"], 2560)[:, -1]
                for name in ("symplectic", "simultaneous")
            )
        )
        told.append(f"{title}: {test.wins} more, {test.losses} fewer, p = {test.chance:.2g}")
    return "modes of symplectic against simultaneous at the end, seed by seed; " + "; ".join(told)


def _density(axis, density, half, colours):
    levels = np.linspace(0.04, 1, 11) * float(density.max())
    line = np.linspace(-half, half, density.shape[0])
    axis.contourf(line, line, density.astype(float), levels=levels, cmap=colours, extend="max")
    axis.set(xlim=(-half, half), ylim=(-half, half), aspect="equal", xticks=(), yticks=())


def _band(axis, across, values, name, index):
    """The median and the range over the seeds."""
    values, look, every = np.asarray(values, float), Look.of(index), max(1, len(across) // 6)
    marks = {
        "marker": look.mark,
        "markevery": (index * every // 2, every),
        "markersize": 3.2,
        "markerfacecolor": "white",
    }
    axis.plot(across, np.median(values, axis=0), **stroke(look), linewidth=1.1, label=name, **marks)
    axis.fill_between(
        across, values.min(axis=0), values.max(axis=0), color=look.colour, alpha=0.15, linewidth=0
    )


def _finish(axes):
    for axis in axes:
        axis.set_xlabel("update")
        bare(axis)
        axis.locator_params(axis="x", nbins=4)
