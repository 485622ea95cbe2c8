"""Domain-adversarial digits: accuracy on the target, and how near its ideal the discriminator's
loss is held.
"""

from typing import Any

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, middle_half, note
from minimax_lab.draw.style import Look

LOG2 = np.log(2)
TESTED = 397  # images an accuracy is a share of
KINDS = ("constant", "gap-aware")
COMPARED = ((0.01, 1.0, "same"), (0.01, 0.1, "tenth"), (0.001, 1.0, "same"), (0.001, 0.1, "tenth"))


def domain_accuracy(domains):
    """Digits learnt from an unshifted source and judged on a shifted target, against a
    discriminator of domains. Above: accuracy on the target after training, by the discriminator's
    base rate, at that rate throughout (constant) and with its gap-aware scale; dotted: without the
    discriminator. Lines are means, bands 95 % intervals over seeds. Below: gap-aware less constant,
    seed by seed, at the same rate and against a tenth of it (the control for mere rate reduction);
    bars are means with 95 % intervals, above them the two-sided p of the exact sign-flip test, not
    corrected for their number. A gain due to adaptivity would lie above zero in both columns of a
    rate. Ours.
    """
    r, shifts = domains, domains.settings["shifts"]
    with house():
        figure, axes = pyplot.subplots(
            2, len(shifts), figsize=(DOUBLE, 4.4), layout="constrained", squeeze=False
        )
        for (above, below), shift in zip(axes.T, shifts, strict=True):
            _by_rate(above, r, shift)
            _differences(below, r, shift)
        axes[0, 0].set(ylabel="accuracy on the target")
        axes[1, 0].set(ylabel="gap-aware minus constant, % points")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        note(figure, _circumstances(r))
    return figure


def domain_losses(domains):
    """How far the discriminator's loss over all the data is from log 2, its ideal. Left: along
    training on rotated digits, at the base rate 0.01 and a tenth of it, gap-aware, and gap-aware
    with wrong ideals; lines are medians over seeds, bands the middle half. Middle: the scale s
    there; a wrong ideal pins it at a bound, which makes a constant rate of it. Right: the distance
    at the end by base rate and shift, medians and middle halves: constant rates open marks,
    gap-aware filled. Where it is below 0.001 the discriminator has died: see domain_silence. Ours.
    """
    r, shifts = domains, domains.settings["shifts"]
    series = [
        ("constant", 0.01),
        ("constant", 0.001),
        ("gap-aware", 0.01),
        ("ideal log 4", 0.01),
        ("ideal 0", 0.01),
    ]
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.8), layout="constrained")
        for name, rate in series:
            loss, scale = (_runs(r, shifts[0], part, name, rate) for part in ("loss", "scale"))
            if loss is None:
                continue
            own, label = _arm(name, rate)
            middle_half(axes[0], r["indices"], np.abs(loss - LOG2), own, label)
            if name != "constant":
                middle_half(axes[1], r["indices"], scale, own, label)
        axes[0].set(yscale="log", xlabel="update", ylabel=r"$|L_D - \log 2|$")
        axes[1].set(yscale="log", xlabel="update", ylabel="$s$", ylim=(0.08, 2.5))
        axes[1].set_yticks(
            [0.1, 0.2, 0.5, 1, 2], labels=["0.1", "0.2", "0.5", "1", "2"], minor=False
        )
        axes[1].minorticks_off()
        for i, shift in enumerate(shifts):
            own = Look.of(i)
            for name in KINDS:
                rates = _rates(r, shift, name)
                low, last, high = np.transpose(
                    [
                        np.quantile(
                            np.abs(_runs(r, shift, "loss", name, rate)[:, -1] - LOG2),
                            (0.25, 0.5, 0.75),
                        )
                        for rate in rates
                    ]
                )
                axes[2].fill_between(rates, low, high, color=own.colour, alpha=0.08, linewidth=0)
                filled = {
                    "markerfacecolor": own.colour if name == "gap-aware" else "white",
                    "markersize": 4,
                }
                style = {
                    "color": own.colour,
                    "linestyle": "-" if name == "gap-aware" else (0, (1.2, 1.2)),
                    "marker": own.mark,
                }
                axes[2].plot(
                    rates, last, linewidth=1.0, label=f"{shift}, {name}", **style, **filled
                )
        axes[2].set(
            xscale="log",
            yscale="log",
            xlabel="base rate of the discriminator",
            ylabel=r"$|L_D - \log 2|$ at the end",
        )
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=2)
        figure.legend(
            *axes[2].get_legend_handles_labels(), loc="outside lower right", ncols=3, fontsize=7
        )
        note(figure, _circumstances(r))
    return figure


def domain_silence(domain_silence, domain_splits):
    """What holds the loss at its ideal: rotated digits, base rate 0.01, discriminators with hidden
    units max(a, 0) (relu) or max(a, a/100) (leaky). Left: the share of their 64 hidden units whose
    input is positive on any example; second: distance of the loss over all the data from log 2;
    medians and middle halves over seeds. A dead discriminator has exactly the ideal loss, s = 1,
    and no gradient for itself or the features. Third: how well a fresh linear classifier, fitted to
    half of the final features, tells the domains of the others apart (balanced; dotted: chance).
    Right: accuracy on the target, gap-aware less constant, on one split of the digits and with a
    split for each seed; means, 95 % intervals, and above them the two-sided p of the exact
    sign-flip test. Ours.
    """
    r, activations = domain_silence, domain_silence.settings["activations"]
    with house():
        figure, axes = pyplot.subplots(
            1, 4, figsize=(DOUBLE, 2.5), layout="constrained", width_ratios=(1, 1, 0.8, 1.6)
        )
        arms = [(activation, i) for activation in activations for i in range(len(KINDS))]
        for place, (activation, i) in enumerate(arms):
            own, label = Look.of(place), f"{activation.removesuffix('_relu')}, {r['names'][i]}"
            middle_half(
                axes[0], r["indices"], r[f"{activation}/active"][i].astype(float), own, label
            )
            middle_half(
                axes[1],
                r["indices"],
                np.abs(r[f"{activation}/loss"][i].astype(float) - LOG2),
                own,
                label,
            )
            _strip(axes[2], place, r[f"{activation}/probe"][i], own)
        for place, activation in enumerate(activations):
            constant, aware = r[f"{activation}/accuracy"][:, :, -1].astype(float)
            _paired(axes[3], 2 * place, aware - constant)
            _, constant, aware = domain_splits[f"{activation}/accuracy"].astype(float)
            _paired(axes[3], 2 * place + 1, aware - constant)
        axes[0].set(xlabel="update", ylabel="share of units active", ylim=(0, 1.02))
        axes[1].set(yscale="log", xlabel="update", ylabel=r"$|L_D - \log 2|$")
        axes[2].axhline(0.5, color="black", linestyle=(0, (1, 2)), linewidth=1.0)
        axes[2].set(ylabel="accuracy of a domain probe", xticks=[], xlim=(-0.5, len(arms) - 0.5))
        axes[3].axhline(0, color="black", linewidth=0.6)
        names = [
            f"{name.removesuffix('_relu')}\n{splits}"
            for name in activations
            for splits in ("one\nsplit", "own\nsplits")
        ]
        axes[3].set_xticks(range(len(names)), labels=names, fontsize=7)
        axes[3].set(ylabel="gap-aware minus constant, % points", xlim=(-0.5, len(names) - 0.5))
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(
            figure,
            f"{s['steps']} updates of Adam, rates {s['learner']:g} and {s['rate']:g}, {s['seeds']} "
            f"seeds",
        )
    return figure


def _circumstances(r: Any) -> str:
    s, counts = (
        r.settings,
        ", ".join(str(r[f"{shift}/accuracy"].shape[1]) for shift in r.settings["shifts"]),
    )
    return (
        f"{s['steps']} updates of Adam, learner's rate {s['learner']:g}, batches of 2 x "
        f"{s['batch']}, {counts} seeds"
    )


def _arm(name: str, rate: float) -> tuple[Look, str]:
    """How an arm is drawn and called; a tenth of the rate is the control."""
    if name == "constant":
        name = name if rate == 0.01 else "constant, a tenth"
    elif name != "gap-aware":
        name = f"gap-aware, {name}"
    return look(name), name


def _runs(r: Any, shift: str, part: str, name: str, rate: float) -> Any:
    """One arm's, seed by row; none where it was not run."""
    row = np.flatnonzero((r[f"{shift}/names"] == name) & np.isclose(r[f"{shift}/rates"], rate))
    return r[f"{shift}/{part}"][row[0]].astype(float) if len(row) else None


def _rates(r: Any, shift: str, name: str) -> Any:
    return np.sort(r[f"{shift}/rates"][r[f"{shift}/names"] == name])


def _interval(values: Any) -> tuple[float, float]:
    """The mean and half of its 95 % interval, by Student's t."""
    from scipy.stats import t

    return values.mean(), t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))


def _by_rate(axis: Any, r: Any, shift: str) -> None:
    for name in KINDS:
        rates, own = _rates(r, shift, name), look(name)
        means, halves = np.transpose(
            [_interval(_runs(r, shift, "accuracy", name, rate)[:, -1]) for rate in rates]
        )
        band(axis, rates, means, means - halves, means + halves, own, name, **hollow(own, 4))
    mean, half = _interval(
        r[f"{shift}/accuracy"][r[f"{shift}/names"] == "source only"][0, :, -1].astype(float)
    )
    axis.axhline(mean, color="black", linestyle=(0, (1, 2)), linewidth=1.0, label="source only")
    axis.axhspan(mean - half, mean + half, color="black", alpha=0.08, linewidth=0)
    axis.set(xscale="log", xlabel="base rate of the discriminator", title=shift, ylim=(0, 0.75))
    bare(axis)


def _differences(axis: Any, r: Any, shift: str) -> None:
    ticks = []
    for i, (rate, factor, word) in enumerate(COMPARED):
        ticks.append(f"{rate:g}\n{word}")
        ours, theirs = (
            _runs(r, shift, "accuracy", "gap-aware", rate),
            _runs(r, shift, "accuracy", "constant", factor * rate),
        )
        if ours is None or theirs is None:
            continue
        _paired(axis, i, (ours - theirs)[:, -1])
    axis.axhline(0, color="black", linewidth=0.6)
    axis.set_xticks(range(len(COMPARED)), labels=ticks)
    axis.set(xlabel="base rate, against the same or a tenth", xlim=(-0.5, len(COMPARED) - 0.5))
    bare(axis)


def _paired(axis: Any, place: int, differences: Any) -> None:
    """Differences of accuracies in points, and how likely a mean so far from zero is by chance."""
    counts = np.rint(TESTED * differences).astype(int)
    _strip(axis, place, 100 * counts / TESTED)
    axis.text(
        place,
        1.01,
        f"{_flips(counts):.1g}",
        transform=axis.get_xaxis_transform(),
        ha="center",
        fontsize=7,
    )


def _strip(axis: Any, place: int, values: Any, own: Look | None = None) -> None:
    """One point a seed, their mean and its interval."""
    beside, (mean, half) = (
        np.random.default_rng(place).uniform(-0.18, 0.18, len(values)),
        _interval(values),
    )
    mark, colour = ("o", "#777777") if own is None else (own.mark, own.colour)
    axis.plot(place + beside, values, mark, color=colour, markersize=2.4)
    axis.errorbar(
        place, mean, half, fmt="_", color="black", markersize=13, capsize=3, linewidth=1.2
    )


def _flips(counts: Any) -> float:
    """Two-sided p of the mean of paired whole numbers, over all flips of their signs: the law of
    the sum, by convolution.
    """
    law = np.ones(1)
    for count in np.abs(counts):
        shifted = np.zeros(len(law) + 2 * count)
        shifted[: len(law)] += law / 2
        shifted[2 * count :] += law / 2
        law = shifted
    sums = np.arange(len(law)) - np.sum(np.abs(counts))
    return float(law[np.abs(sums) >= abs(np.sum(counts))].sum())
