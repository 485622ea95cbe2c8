"""Digits under steps that follow the gap."""

import numpy as np
from matplotlib import pyplot

from figures.budgets import best_of, weights_of
from figures.common import interval
from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note, stroke

IDEAL = np.log(4)


def picture_gaps(picture_gaps):
    """Random search over both players' rates on 28 x 28 digits, the same draws in every arm. Left:
    the exact expectation of the least Fréchet distance (by a classifier's features) among n
    trials taken without replacement; bands: 90 % by bootstrap over trials, paired. Middle: the
    discriminator's loss at the end, over its last hundred updates, by the ratio of rates, and log 4
    (dotted), its ideal; what is below a thousandth stands there. Right: trials that are lost, which
    diverge or end with fewer than two classes; bars: exact 95 % intervals. A CPU twin of the tuning
    study of Hazimeh and Ponomareva.
    """
    r = picture_gaps
    names = [str(n) for n in r["names"]]
    ratio = np.log10(r["rates"][1] / r["rates"][0])
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.7), layout="constrained")
        scores = [np.minimum(_finite(r[f"{name}/distance"]), 1e5) for name in names]
        _budget(axes[0], scores, names)
        lost = [_lost(r, name) for name in names]
        for i, name in enumerate(names):
            own = look(name)
            late = r[f"{name}/losses"][:, -5:, 1].mean(axis=1)
            shown = np.isfinite(late)
            points = {"linestyle": "none", "color": own.colour} | hollow(own, 3)
            axes[1].plot(ratio[shown], np.clip(late[shown], 1e-3, 1e2), **points)
            _shares(axes[2], lost[i], ratio, own, 0.12 * (i - 1))
        axes[1].axhline(IDEAL, color="0.4", linewidth=0.8, linestyle=":")
        axes[0].set(xscale="log", yscale="log", xlabel="random trials")
        axes[0].set_ylabel("expected least Fréchet distance")
        axes[0].set_yticks((50, 100, 200, 500, 1000), ("50", "100", "200", "500", "1000"))
        axes[0].minorticks_off()
        axes[1].set(yscale="log", ylabel="discriminator's loss at the end")
        axes[2].set(ylabel="share of trials lost", ylim=(-0.02, 1.02))
        for axis in axes[1:]:
            axis.set_xlabel("$\\log_{10}$ of D's rate / G's")
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        s = r.settings
        note(figure, f"{s['trials']} trials an arm, {s['steps']} updates, batches of {s['batch']}")
    return figure


def picture_gap_losses(picture_gaps):
    """Does the schedule hold the discriminator's loss at its ideal on digits? Trials of
    `picture_gaps` by how D's rate compares with G's, medians and middle halves: loss of the batch
    (log 4, the ideal, dotted), and the scale s. Trials that diverge are followed as far as they are
    finite.
    """
    r = picture_gaps
    ratio = np.log10(r["rates"][1] / r["rates"][0])
    groups = (
        ("D's rate below G's / 3", ratio < -0.5),
        ("within a factor of 3", np.abs(ratio) <= 0.5),
        ("above 3 times G's", ratio > 0.5),
    )
    with house():
        figure, axes = pyplot.subplots(
            2, 3, figsize=(DOUBLE, 3.9), sharex=True, sharey="row", layout="constrained"
        )
        for (above, below), (title, group) in zip(axes.T, groups, strict=True):
            for name in map(str, r["names"]):
                if not group.any():
                    continue
                losses = np.clip(_finite(r[f"{name}/losses"][group][..., 1], np.nan), 1e-4, 1e4)
                _middle(above, r["gap-aware/indices"], losses, look(name), name)
                if name == "gap-aware":
                    _middle(
                        below, r["gap-aware/indices"], r[f"{name}/scale"][group], look(name), name
                    )
            above.axhline(IDEAL, color="0.4", linewidth=0.8, linestyle=":")
            above.set_title(f"{title}\n({group.sum()} trials)")
            below.set_xlabel("update")
        axes[0, 0].set(yscale="log", ylabel="discriminator's loss")
        axes[1, 0].set(yscale="log", ylabel="scale s (gap-aware)", yticks=(0.1, 0.2, 0.5, 1, 2))
        axes[1, 0].set_yticklabels(("0.1", "0.2", "0.5", "1", "2"))
        axes[1, 0].minorticks_off()
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _finite(values, other=np.inf):
    return np.where(np.isfinite(values), values, other)


def _lost(r, name):
    """Diverged, or with one class or none."""
    return (r[f"{name}/outcomes"] == "diverged") | (r[f"{name}/covered"] < 2)


def _budget(axis, scores, names, draws=1000):
    total = len(scores[0])
    weights, trials = weights_of(total), np.arange(1, total + 1)
    again = np.random.default_rng(0).integers(total, size=(draws, total))
    for values, name in zip(scores, names, strict=True):
        ends = np.quantile(best_of(values[again], -1, weights), (0.05, 0.95), axis=0)
        band(axis, trials, best_of(values, -1, weights), *ends, look(name), name)


def _shares(axis, lost, ratio, own, shift):
    edges = np.array([-4.0, -1.5, -0.5, 0.5, 1.5, 4.0])
    group = np.clip(np.digitize(ratio, edges) - 1, 0, len(edges) - 2)
    runs = np.bincount(group, minlength=len(edges) - 1)
    hits = np.bincount(group, weights=lost, minlength=len(edges) - 1)
    (low, high), share = interval(hits, runs), hits / np.maximum(runs, 1)
    middle, known = (edges[1:] + edges[:-1]) / 2 + shift, runs > 0
    bars = np.stack([share - low, high - share])[:, known]
    how = stroke(own) | hollow(own) | {"linewidth": 1, "elinewidth": 0.7}
    axis.errorbar(middle[known], share[known], bars, **how)


def _middle(axis, across, values, own, label):
    low, middle, high = np.nanquantile(values, (0.25, 0.5, 0.75), axis=0)
    band(axis, across, middle, low, high, own, label)
