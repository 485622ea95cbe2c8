"""The eight Gaussians: densities, modes, spectra along training, and the sweep a reviewer asked
for.
"""

import numpy as np
from matplotlib import pyplot

from figures.clouds import SAMPLES, density_page, mode_page, over_updates
from figures.methods import LOOKS, VARIANT, look
from figures.page import DOUBLE, house
from figures.panels import TRANSPOSED, heat, hollow, stroke
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import Look

TITLES = {"smooth": "penalty on\nD alone"}
REGULARISED = rf"$J - \gamma J{TRANSPOSED} J$"


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

    The paper ascends, so its field is ours negated. Columns: the field's Jacobian J; J - 10 J^T J,
    as the paper drew it; and the Jacobian of the consensus field itself, which is the former only
    where the field vanishes: close after training, far before. With strength g no real part of the
    second exceeds 1/(4g) = 0.025, whatever J. Grey: no step is stable. Axes are linear near zero
    and logarithmic beyond 0.01.
    """
    columns = {
        "field": "$J$",
        "regularised": REGULARISED,
        "consensus": "consensus field",
    }
    names = [
        (f, f"{'simultaneous' if f == 0 else 'consensus'}/{f}")
        for f in mixture_spectra["curved"].tolist()
    ]
    names = names or [
        (f, f"{'simultaneous' if f == 0 else 'consensus'}/{f}")
        for f in mixture_spectra["frames"].tolist()
    ]
    with house():
        figure, axes = pyplot.subplots(
            len(names),
            3,
            figsize=(DOUBLE, 2.3 * len(names) + 0.2),
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
    """Does training meet eigenvalues near the imaginary axis? A reviewer of the paper asked, and
    its released notebook could not draw this. With simultaneous descent hardly any value turns
    faster than it decays or grows, but the greatest real part grows: values lie far in the unstable
    half. With consensus the field's own Jacobian J has ever more values that turn, near the axis,
    and J - 10 J^T J moves them to the stable side. Above, along one training (one seed, means over
    ten batches): of the values of modulus above 0.001 the share with |imaginary| > |real|; the
    greatest real part, in the paper's sign (stable to the left); and the greatest imaginary part.
    Below, the spectra after the last update; axes are linear near zero and logarithmic beyond 0.01;
    grey: no step is stable.
    """
    frames = mixture_spectra["frames"].tolist()
    cases = {
        ("simultaneous", "field"): ("simultaneous, $J$", look("simultaneous")),
        ("consensus", "field"): ("consensus, $J$", look("consensus")),
        ("consensus", "regularised"): (
            f"consensus, {REGULARISED}",
            Look.of(LOOKS["consensus"] + VARIANT),
        ),
    }
    with house():
        figure, axes = pyplot.subplots(2, 3, figsize=(DOUBLE, 4.6), layout="constrained")
        for axis, ((name, part), (label, own)) in zip(axes[1], cases.items(), strict=True):
            spectra = [
                -mixture_spectra[f"{name if frame else 'simultaneous'}/{frame}/{part}"]
                for frame in frames
            ]
            rows = (
                [_turning(values) for values in spectra],
                [values.real.max() for values in spectra],
                [values.imag.max() for values in spectra],
            )
            for above, row in zip(axes[0], rows, strict=True):
                above.plot(frames, row, **stroke(own), **hollow(own), label=label)
            _plane(axis, spectra[-1], 400)
            axis.set(title=f"{label}, {frames[-1]} updates", xlabel="real part")
        axes[0, 0].set(ylabel="share that turns", ylim=(0, None))
        axes[0, 1].set(ylabel="greatest real part", yscale="log")
        axes[0, 2].set(ylabel="greatest imaginary part", yscale="log")
        axes[1, 0].set_ylabel("imaginary part")
        over_updates(*axes[0])
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _turning(values):
    large = values[np.abs(values) > 1e-3]
    return np.mean(np.abs(large.imag) > np.abs(large.real))


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
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.4), layout="constrained")
        for axis, (title, values, colours, top, form) in zip(axes, panels, strict=True):
            heat(
                axis,
                values,
                colours,
                lambda value, form=form: form.format(value).removesuffix(".0"),
                top=top,
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
