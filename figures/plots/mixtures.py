"""The eight Gaussians: densities, modes, spectra along training, and the sweep a reviewer asked
for.
"""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.clouds import SAMPLES, density_page, mode_page
from figures.panels import heat
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import Look

TITLES = {
    "simultaneous": "simultaneous",
    "alternating": "alternating",
    "consensus": "consensus",
    "smooth": "smooth (penalty on\nthe discriminator alone)",
    "clip": "clipped gradients",
}


def mixture_densities(mixtures):
    """Eight Gaussians learned by two small networks: kernel densities of the generator's samples
    along training, target in red.

    Settings of the code of Mescheder, Nowozin, Geiger 2017: 2003 parameters, batches of 512,
    non-saturating losses, TensorFlow 1's RMSProp with 1e-4, strength 10. All methods share start
    and batches (first of the seeds, not chosen). The last two rows are the baselines the reviewers
    asked for; clipping at norm 1 is ours. Numbers: modes with at least 1 % of 2560 samples within
    0.1. Each panel is scaled to its own maximum.
    """
    return density_page(mixtures, 8, 1.5, TITLES)


def mixture_modes(mixtures):
    """Modes of the ring reached, share of samples near a mode, and distance to the target along
    training, over all seeds.

    Lines are medians, bands hold the middle half. A mode is reached when at least 1 % of 2560
    samples lie near it: within 0.1, or, strictly, within three standard deviations (0.03). A
    collapsed generator has most of its samples near some mode, too; hence the distance: the maximum
    mean discrepancy, Gaussian kernels of widths 0.05, 0.2 and 0.8. Below: the paired sign test of
    "consensus ends with more modes than simultaneous descent".
    """
    return mode_page(mixtures, 8, (0.25, 0.75), "consensus", 5)


def mixture_eigenvalues(mixture_spectra):
    """Eigenvalues before and after training with consensus, means over ten batches; in the paper's
    sign, stable to the left.

    The paper ascends, so its field is ours negated. Columns: the field's Jacobian J; J - 10 J'J, as
    the paper drew it; and the Jacobian of the consensus field itself, which is the former only
    where the field vanishes: close after training, far before. With strength g no real part of the
    second exceeds 1/(4g) = 0.025, whatever J. Grey: no step is stable. Axes are linear near zero
    and logarithmic beyond 0.01.
    """
    columns = {
        "field": "$J$",
        "regularised": "$J - \\gamma J^T J$",
        "consensus": "consensus field, $w'$",
    }
    names = [
        (f, f"{'simultaneous' if f == 0 else 'consensus'}/{f}")
        for f in mixture_spectra["curved"].tolist()
    ]
    names = names or [
        (f, f"{'simultaneous' if f == 0 else 'consensus'}/{f}")
        for f in mixture_spectra["frames"].tolist()
    ]
    with mm.draw.style():
        figure, axes = pyplot.subplots(
            len(names),
            3,
            figsize=(7.6, 2.5 * len(names) + 0.2),
            layout="constrained",
            squeeze=False,
        )
        for line, (frame, name) in zip(axes, names, strict=True):
            for axis, (part, title) in zip(line, columns.items(), strict=True):
                if f"{name}/{part}" in mixture_spectra:
                    _plane(axis, -mixture_spectra[f"{name}/{part}"], 30)
                when = "before training" if frame == 0 else f"after {frame} updates"
                axis.set_title(f"{title}, {when}")
                axis.label_outer()
        for axis in axes[-1]:
            axis.set_xlabel("real part")
        for axis in axes[:, 0]:
            axis.set_ylabel("imaginary part")
    return figure


def mixture_film(mixture_spectra):
    """Spectra along training, in the paper's sign (stable to the left): does training meet
    eigenvalues near the imaginary axis?

    A reviewer of the paper asked; its released notebook could not draw this. Above, simultaneous
    descent; below, consensus, with the field's own Jacobian J and with J - 10 J'J. Numbers:
    greatest real part, greatest imaginary part, and how many values of modulus above 0.001 turn,
    that is, have |imaginary| > |real|. Axes are linear near zero and logarithmic beyond 0.01.
    """
    frames = mixture_spectra["frames"].tolist()
    rows = (("simultaneous", "field"), ("consensus", "field"), ("consensus", "regularised"))
    with mm.draw.style():
        figure, axes = pyplot.subplots(
            3,
            len(frames),
            figsize=(1.55 * len(frames) + 0.6, 5.6),
            layout="constrained",
            squeeze=False,
        )
        for line, (name, part) in zip(axes, rows, strict=True):
            for axis, frame in zip(line, frames, strict=True):
                values = -mixture_spectra[f"{name if frame else 'simultaneous'}/{frame}/{part}"]
                _plane(axis, values, 400)
                large = values[np.abs(values) > 1e-3]
                turning = np.mean(np.abs(large.imag) > np.abs(large.real))
                told = (
                    f"Re ≤ {values.real.max():.2g}, Im ≤ {values.imag.max():.2g}, {turning:.0%} "
                    f"turn"
                )
                head = f"{frame} updates\n" if frame else "start\n"
                axis.set_title((head if axis in axes[0] else "") + told, fontsize=7)
                axis.label_outer()
            line[0].set_ylabel(f"{name}, {'$J$' if part == 'field' else '$J - γJ^TJ$'}")
    return figure


def mixture_rates(mixture_sweep):
    """Learning rate by strength of consensus after 10 000 updates, the sweep a reviewer of the
    paper asked for.

    Means over two seeds, least and greatest below: modes reached (within 0.1), share of samples
    near a mode, maximum mean discrepancy. TensorFlow 1's RMSProp; strength zero is simultaneous
    descent. A cross marks cells in which a run diverged.
    """
    wide, distance = mixture_sweep["wide"], mixture_sweep["distance"]
    modes, share = adv.covered(wide, SAMPLES), wide.sum(axis=-1) / SAMPLES
    diverged = (mixture_sweep["outcomes"] == "diverged").sum(axis=-1)
    panels = (
        ("modes reached, of 8", modes, "Blues", 8, "{:.1f}"),
        ("share of samples within 0.1 of a mode", share, "Blues", 1, "{:.2f}"),
        ("maximum mean discrepancy", distance, "Reds", 0.25, "{:.3f}"),
    )
    with mm.draw.style():
        figure, axes = pyplot.subplots(1, 3, figsize=(8.4, 2.7), layout="constrained")
        for axis, (title, values, colours, top, form) in zip(axes, panels, strict=True):
            heat(
                axis,
                values,
                colours,
                lambda value, form=form: form.format(value).removesuffix(".0"),
                top=top,
                size=8,
            )
            for i, j in np.argwhere(diverged):
                axis.plot(j, i, "x", color="black", markersize=26, markeredgewidth=0.8)
            axis.set_title(title)
            axis.set_xticks(range(values.shape[1]), [f"{v:g}" for v in mixture_sweep["strength"]])
            axis.set_yticks(range(values.shape[0]), [f"{v:g}" for v in mixture_sweep["step"]])
            axis.set_xlabel("strength")
        axes[0].set_ylabel("learning rate")
    return figure


def _plane(axis, values, reach):
    axis.axvspan(0, 1e3, facecolor="#dddddd", zorder=0)
    axis.axhline(0, color="#999999", linewidth=0.5, zorder=1)
    axis.plot(
        values.real,
        values.imag,
        "x",
        color=Look.of(0).colour,
        markersize=3,
        markeredgewidth=0.5,
        zorder=3,
    )
    for set_scale in (axis.set_xscale, axis.set_yscale):
        set_scale("symlog", linthresh=0.01, linscale=0.6)
    ticks = (
        ((-10, -0.1, 0, 0.1), (-1, -0.1, -0.01, 0, 0.01, 0.1, 1))
        if reach < 100
        else ((-100, -1, 0, 1), (-10, -0.1, 0, 0.1, 10))
    )
    axis.set(
        xlim=(-reach, reach / 10), ylim=(-reach / 5, reach / 5), xticks=ticks[0], yticks=ticks[1]
    )
    axis.set_xticklabels([f"{tick:g}".replace("-", "−") for tick in ticks[0]])
    axis.set_yticklabels([f"{tick:g}".replace("-", "−") for tick in ticks[1]])
    axis.minorticks_off()
