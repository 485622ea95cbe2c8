"""Digits under adaptive, grafted and normalised steps."""

import warnings

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.panels import bare, hollow, note, stroke
from minimax_lab.draw.style import Look


def picture_graft_rates(picture_grafts):
    """Convolutional pairs on 28 x 28 digits, by method and rate, both players at one rate, at once:
    distance of Frechet by a classifier's features at the end, under two losses.

    Lines: medians over seeds; bars: least and greatest; runs that diverged are left out, and a rate
    at which most did has no mark. Settings of "Dissecting adaptive methods in GANs" as far as they
    are known; a CPU twin of its study on CIFAR-10 and others.
    """
    r = picture_grafts
    losses = [str(n) for n in r["losses"]]
    with mm.draw.style():
        figure, axes = pyplot.subplots(
            1, len(losses), figsize=(6.75, 3.2), sharey=True, layout="constrained", squeeze=False
        )
        for axis, loss in zip(axes[0], losses, strict=True):
            for i, name in enumerate(str(n) for n in r["names"]):
                look, rates = Look.of(i), r[f"{loss}/{name}/rates"]
                kept = _kept(r[f"{loss}/{name}/distance"])
                low, middle, high = (f(kept, axis=1) for f in (np.min, np.median, np.max))
                middle = np.where(np.isfinite(middle), middle, np.nan)
                bars = np.nan_to_num([middle - low, high - middle], nan=0, posinf=0)
                how = stroke(look) | hollow(look) | {"linewidth": 1.1, "elinewidth": 0.7}
                axis.errorbar(rates, middle, bars, label=name, **how)
            axis.set(xscale="log", yscale="log", xlabel="rate of both players", title=loss)
        axes[0, 0].set_ylabel("distance of Frechet\n(digits' classifier)")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(figure, f"{s['steps']} updates, batches of {s['batch']}, {s['seeds']} seeds")
    return figure


def picture_graft_paces(picture_grafts):
    """How far the discriminator of `picture_grafts` moves for each step of the generator, |dD| over
    |dG|, along training at each method's best rate: medians over seeds.

    The paper's account is that adaptive and normalised steps keep the players' paces together,
    where plain descent lets one run ahead. Left and right: the two losses.
    """
    r = picture_grafts
    losses = [str(n) for n in r["losses"]]
    with mm.draw.style():
        figure, axes = pyplot.subplots(
            1, len(losses), figsize=(6.75, 3.0), sharey=True, layout="constrained", squeeze=False
        )
        for axis, loss in zip(axes[0], losses, strict=True):
            for i, name in enumerate(str(n) for n in r["names"]):
                kept = np.median(_kept(r[f"{loss}/{name}/distance"]), axis=1)
                if not np.any(np.isfinite(kept)):
                    continue
                moves = r[f"{loss}/{name}/moves"][int(np.nanargmin(kept))][:, 1:]
                with np.errstate(divide="ignore", invalid="ignore"):
                    pace = np.log10(moves[..., 1] / moves[..., 0])
                with warnings.catch_warnings():  # where all seeds stand still
                    warnings.simplefilter("ignore", RuntimeWarning)
                    middle = np.nanmedian(pace, axis=0)
                axis.plot(r["indices"][1:], 10**middle, label=name, **stroke(Look.of(i)))
            axis.set(yscale="log", xlabel="update", title=loss)
        axes[0, 0].set_ylabel("|step of D| / |step of G|")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _kept(distance):
    """Distances by rate and seed; a rate at which most diverged is infinite."""
    return np.where(np.isfinite(distance), distance, np.inf)
