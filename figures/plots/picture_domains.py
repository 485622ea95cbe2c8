"""Digits on patches of photographs, learnt from plain ones."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note, stroke

LOG2, KINDS = np.log(2), ("constant", "gap-aware")


def picture_domains(picture_domains):
    """Domain-adversarial training from MNIST digits to digits on patches of photographs (twelve
    shown above), 28 x 28, convolutional features. Left: accuracy on unseen digits on patches, by
    the discriminator's base rate; dotted: without the discriminator. Middle: gap-aware less
    constant seed by seed, at the same rate and against a constant tenth of it where that was run,
    with the two-sided p of the exact sign-flip test. Right: the discriminator's loss along training
    at its lowest rate (solid) and its highest (dashed), and log 2, its ideal, dotted. Left and
    middle: means with 95 % intervals over seeds; right: medians and middle halves. A CPU twin of
    the domain study of Hazimeh and Ponomareva, whose patches are others.
    """
    r = picture_domains
    seeds = r.settings["seeds"]
    with house():
        figure = pyplot.figure(figsize=(DOUBLE, 3.7), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(0.2, 1))
        strip = above.subplots()
        strip.imshow(np.concatenate(list(r["examples"][..., 0]), axis=1), cmap="gray")
        strip.set_axis_off()
        axes = below.subplots(1, 3)
        _by_rate(axes[0], r, seeds)
        _differences(axes[1], r)
        _losses(axes[2], r)
        bare(*axes)
        handles, labels = axes[0].get_legend_handles_labels()
        below.legend(handles, labels, loc="outside lower center", ncols=3)
        s = r.settings
        note(figure, f"{s['steps']} updates, batches of {s['batch']} a domain, {seeds} seeds")
    return figure


def _at_end(r, arm):
    """Accuracies, means over the last five looks."""
    return r["accuracy"][arm][:, -5:].mean(axis=1)


def _arms(r, kind):
    """Rates of a kind, and where in the record they are."""
    names = [str(n) for n in r["names"]]
    return {float(r["rates"][i]): i for i, name in enumerate(names) if name == kind}


def _half(values):
    """Half of a 95 % interval of the mean, as normal numbers have it."""
    from scipy.stats import t

    count = values.shape[-1]
    return t.ppf(0.975, max(count - 1, 1)) * values.std(-1, ddof=1 if count > 1 else 0) / count**0.5


def _flips(values):
    """Two-sided p of their mean over all flips of signs."""
    from scipy.stats import permutation_test

    if len(values) < 2:
        return np.nan
    return permutation_test((values,), np.mean, permutation_type="samples").pvalue


def _by_rate(axis, r, seeds):
    for kind in KINDS:
        arms = _arms(r, kind)
        values = np.stack([_at_end(r, arm) for arm in arms.values()])
        middle, half = values.mean(-1), _half(values)
        band(axis, list(arms), middle, middle - half, middle + half, look(kind), kind)
    axis.axhline(
        _at_end(r, 0).mean(),
        color="0.4",
        linewidth=0.8,
        linestyle=":",
        label="without a discriminator",
    )
    axis.set(xscale="log", xlabel="discriminator's rate", ylabel="accuracy on patches")


def _differences(axis, r):
    constant, aware = (_arms(r, kind) for kind in KINDS)
    pairs = [(rate, other) for rate in aware for other in (rate, rate / 10)]
    known = [
        (rate, near)
        for rate, other in pairs
        for near in constant
        if np.isclose(near, other, rtol=0.01)
    ]
    for place, (rate, other) in enumerate(known):
        values = 100 * (_at_end(r, aware[rate]) - _at_end(r, constant[other]))
        dots = {"linestyle": "none", "color": "0.5"} | hollow(look("constant"), 2.5)
        axis.plot(np.full(len(values), place), values, **dots)
        bar = {"color": "black", "marker": "_", "capsize": 2, "markersize": 10}
        axis.errorbar(place, values.mean(), _half(values[None]), **bar)
        where = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "top"}
        axis.annotate(f"{_flips(values):.1g}", (place, 1.07), fontsize=7, **where)
    axis.axhline(0, color="0.6", linewidth=0.6)
    axis.margins(y=0.2)
    axis.set_xticks(
        range(len(known)),
        [f"{rate:g}\n{'same' if other == rate else 'tenth'}" for rate, other in known],
        fontsize=7,
    )
    axis.set(xlabel="gap-aware rate, against", ylabel="gap-aware minus constant, % points")


def _losses(axis, r):
    for kind in KINDS:
        arms = _arms(r, kind)
        for rate, dashes in ((min(arms), "-"), (max(arms), (0, (3, 1.5)))):
            losses = r["losses"][arms[rate]][..., 1]
            low, middle, high = np.quantile(losses, (0.25, 0.5, 0.75), axis=0)
            own, shade = stroke(look(kind)) | {"linestyle": dashes}, look(kind).colour
            axis.plot(r["indices"], middle, **own, linewidth=1.1)
            axis.fill_between(r["indices"], low, high, color=shade, alpha=0.13, linewidth=0)
    axis.axhline(LOG2, color="0.4", linewidth=0.8, linestyle=":")
    axis.set(xlabel="update", ylabel="discriminator's loss", yscale="log")
