"""Digits under consensus and its rivals."""

import numpy as np
from matplotlib import pyplot
from matplotlib.ticker import NullLocator

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note, stroke


def picture_consensus(picture_consensus):
    """Convolutional pairs on 28 x 28 digits at equal budgets of one player's gradients (a product
    counts as two): Fréchet distance by a classifier's features, losses, and norm of the field along
    training.

    No batch normalisation and constant width, as in "The Numerics of GANs", but for the DCGAN pair
    with batch normalisation; TensorFlow 1's RMSProp in all, non-saturating losses. Lines: medians
    over seeds; bands: their middle half. Dotted: log 4, the loss of a discriminator that cannot
    tell. A CPU twin: the paper has CIFAR-10, 150 000 updates and a rate of 1e-4.
    """
    r = picture_consensus
    with house():
        figure, axes = pyplot.subplots(2, 2, figsize=(DOUBLE, 4.8), layout="constrained")
        for name in map(str, r["names"]):
            own, spent = look(name), _blocks(r, name)
            _middle(axes[0, 0], spent(r[f"{name}/stages"]), r[f"{name}/distance"], own, name)
            rows = spent(r[f"{name}/indices"])
            for axis, series in (
                (axes[0, 1], r[f"{name}/losses"][..., 1]),
                (axes[1, 0], r[f"{name}/losses"][..., 0]),
                (axes[1, 1], np.linalg.norm(r[f"{name}/norms"], axis=-1)),
            ):
                _middle(axis, rows, _smooth(series), own, name)
        axes[0, 0].set(yscale="log", ylabel="Fréchet distance\n(classifier's features)")
        axes[0, 1].set(ylabel="discriminator's loss")
        axes[1, 0].set(ylabel="generator's loss")
        axes[1, 1].set(yscale="log", ylabel="norm of the field, $|v|$")
        axes[0, 1].axhline(np.log(4), color="0.6", linewidth=0.7, linestyle=":")
        for axis in axes[1]:
            axis.set_xlabel("one player's gradients spent")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        s = r.settings
        note(
            figure,
            f"{s['seeds']} seeds, batches of {s['batch']}, {s['width']} channels, "
            f"rate {s['step']:g}",
        )
    return figure


def picture_consensus_samples(picture_consensus):
    """What the generators of `picture_consensus` make of the same 36 latents at the end of equal
    budgets: first seeds, not chosen.
    """
    r = picture_consensus
    names = [str(n) for n in r["names"]]
    with house():
        figure, axes = pyplot.subplots(
            -(-len(names) // 3),
            3,
            figsize=(DOUBLE, 2.45 * -(-len(names) // 3)),
            layout="constrained",
        )
        for axis, name in zip(np.ravel(axes), names, strict=False):
            made = r[f"{name}/pictures"][-1][..., 0]
            rows = made.reshape(6, 6, *made.shape[1:]).swapaxes(1, 2)
            axis.imshow(rows.reshape(6 * made.shape[1], -1), cmap="gray_r", vmin=0, vmax=255)
            axis.set_title(
                f"{name}\nFréchet distance {r[f'{name}/distance'][0, -1]:.3g}, "
                f"{r[f'{name}/covered'][0, -1]:.0f} of 10 classes"
            )
        for axis in np.ravel(axes):
            axis.set_axis_off()
    return figure


def picture_consensus_spectra(picture_consensus):
    """Outer eigenvalues of the field (first seed) along training on digits, by Krylov products of a
    draw of 256: stable to the right. Shade: from light, before training, to dark, at its end.

    The plane is linear within 0.1 and logarithmic beyond. Only values whose residual is below a
    tenth of their modulus are drawn. One seed: no spread.
    """
    r = picture_consensus
    names = [str(n) for n in r["names"]]
    with house():
        figure, axes = pyplot.subplots(
            -(-len(names) // 3),
            3,
            figsize=(DOUBLE, 2.3 * -(-len(names) // 3)),
            sharex=True,
            sharey=True,
            layout="constrained",
            squeeze=False,
        )
        for axis, name in zip(axes.flat, names, strict=False):
            values = r[f"{name}/eigenvalues"]
            for stage, row in enumerate(values):
                shade = pyplot.get_cmap("viridis_r")(0.15 + 0.85 * stage / (len(values) - 1))
                axis.plot(row.real, row.imag, "o", color=shade, markersize=2.5, label=f"{stage}")
            axis.axvline(0, color="0.6", linewidth=0.6)
            axis.axhline(0, color="0.6", linewidth=0.6)
            for side, scale in ((axis.xaxis, axis.set_xscale), (axis.yaxis, axis.set_yscale)):
                scale("symlog", linthresh=0.1)
                side.set_ticks([-100, -1, 0, 1, 100])
                side.set_minor_locator(NullLocator())
            axis.set_title(name)
        for axis in axes[-1]:
            axis.set_xlabel("real part")
        for axis in axes[:, 0]:
            axis.set_ylabel("imaginary part")
        for axis in axes.flat[len(names) :]:
            axis.set_axis_off()
        shares = [f"{share:g}" for share in r.settings["stages"]]
        figure.legend(
            *axes.flat[0].get_legend_handles_labels()[:1],
            shares,
            title="share of the budget spent",
            loc="outside lower center",
            ncols=len(shares),
        )
    return figure


def _blocks(r, name):
    gradients, products = r[f"{name}/cost"]
    return lambda updates: np.asarray(updates) * (gradients + 2 * products)


def _smooth(values, rows=5):
    """Means over neighbouring rows."""
    if values.shape[1] < 2 * rows:
        return values
    kernel = np.ones(rows) / rows
    padded = np.pad(values, ((0, 0), (rows // 2, rows // 2)), mode="edge")
    return np.stack([np.convolve(row, kernel, mode="valid") for row in padded])


def _middle(axis, across, values, own, label):
    finite = np.where(np.isfinite(values), values, np.nan)
    if len(finite) == 1:
        axis.plot(across, finite[0], **stroke(own), label=label)
    else:
        middle_half(axis, across, finite, own, label)
