"""Digits under adaptive, grafted and normalised steps."""

import warnings

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note, stroke


def picture_graft_rates(picture_grafts):
    """Convolutional pairs on 28 x 28 digits, by method and rate, both players at one rate, at once:
    Fréchet distance by a classifier's features at the end, under two losses.

    Lines: medians over seeds; bars: least and greatest; runs that diverged are left out, and a rate
    at which most did has no mark. Settings of "Dissecting adaptive methods in GANs" as far as they
    are known; a CPU twin of its study on CIFAR-10 and others.
    """
    r = picture_grafts
    losses = [str(n) for n in r["losses"]]
    with house():
        figure, axes = pyplot.subplots(
            1, len(losses), figsize=(DOUBLE, 3.2), sharey=True, layout="constrained", squeeze=False
        )
        for axis, loss in zip(axes[0], losses, strict=True):
            for name in map(str, r["names"]):
                own, rates = look(name), r[f"{loss}/{name}/rates"]
                kept = _kept(r[f"{loss}/{name}/distance"])
                low, middle, high = (f(kept, axis=1) for f in (np.min, np.median, np.max))
                middle = np.where(np.isfinite(middle), middle, np.nan)
                bars = np.nan_to_num([middle - low, high - middle], nan=0, posinf=0)
                how = stroke(own) | hollow(own) | {"linewidth": 1.1, "elinewidth": 0.7}
                axis.errorbar(rates, middle, bars, label=name, **how)
            axis.set(xscale="log", yscale="log", xlabel="rate of both players", title=loss)
        axes[0, 0].set_ylabel("Fréchet distance\n(classifier's features)")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        s = r.settings
        note(figure, f"{s['steps']} updates, batches of {s['batch']}, {s['seeds']} seeds")
    return figure


def picture_graft_paces(picture_grafts):
    """How far the discriminator of `picture_grafts` moves for each step of the generator, |dD| over
    |dG|, along training at each method's best rate: medians over seeds, bands from the least to the
    greatest; where a player stands still the ratio leaves the axis.

    The paper's account is that adaptive and normalised steps keep the players' paces together,
    where plain descent lets one run ahead. Left and right: the two losses.
    """
    r = picture_grafts
    losses = [str(n) for n in r["losses"]]
    with house():
        figure, axes = pyplot.subplots(
            1, len(losses), figsize=(DOUBLE, 3.0), sharey=True, layout="constrained", squeeze=False
        )
        for axis, loss in zip(axes[0], losses, strict=True):
            for name in map(str, r["names"]):
                kept = np.median(_kept(r[f"{loss}/{name}/distance"]), axis=1)
                if not np.any(np.isfinite(kept)):
                    continue
                moves = r[f"{loss}/{name}/moves"][int(np.nanargmin(kept))][:, 1:]
                with np.errstate(divide="ignore", invalid="ignore"):
                    pace = np.log10(moves[..., 1] / moves[..., 0])
                with warnings.catch_warnings():  # where all seeds stand still
                    warnings.simplefilter("ignore", RuntimeWarning)
                    low, middle, high = (
                        f(pace, axis=0) for f in (np.nanmin, np.nanmedian, np.nanmax)
                    )
                band(
                    axis, r["indices"][1:], *(10**v for v in (middle, low, high)), look(name), name
                )
            axis.set(yscale="log", xlabel="update", title=loss)
        axes[0, 0].set_ylabel("length of D's step over G's")
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _kept(distance):
    """Distances by rate and seed; a rate at which most diverged is infinite."""
    return np.where(np.isfinite(distance), distance, np.inf)
