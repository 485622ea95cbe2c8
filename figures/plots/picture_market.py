"""Three networks as a market."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, house
from figures.panels import band, bare, note
from minimax_lab.draw.style import Look


def picture_market(picture_market):
    """A generator that trades with two critics on 28 x 28 digits. Left: along training by Adam, how
    far all losses together are from zero, as a share of their size: nothing is created where every
    trade's two sides cancel (saturating), and something is where they do not. Right: how much of
    the sentiment v^T J v comes from trades instead of players' own curvature: nothing in a smooth
    market. Medians over seeds with least and greatest. Balduzzi and others 2020, whose market of
    networks is an idea without figures: ours.
    """
    r = picture_market
    with house():
        figure, axes = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.0), layout="constrained")
        for i, name in enumerate(str(n) for n in r["names"]):
            look, books = Look.of(i), r[f"{name}/ledger"].astype(float)
            losses, sentiments = books[:, :, 0], books[:, :, 2:]
            created = np.abs(losses.sum(-1)) / np.abs(losses).sum(-1)
            own = np.trace(sentiments, axis1=-2, axis2=-1)
            traded = np.abs(sentiments.sum((-1, -2)) - own) / np.abs(sentiments).sum((-1, -2))
            for axis, share in ((axes[0], created), (axes[1], traded)):
                shown = np.maximum(share, 1e-10)
                ends = np.median(shown, 0), shown.min(0), shown.max(0)
                band(axis, r[f"{name}/indices"], *ends, look, name)
        axes[0].set(yscale="log", ylabel="|sum of losses| / sum of |losses|")
        axes[1].set(yscale="log", ylabel="share of $v^{\\mathsf{T}} J v$ from trades")
        for axis in axes:
            axis.set_xlabel("update")
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        s = r.settings
        note(figure, f"{s['seeds']} seeds, batches of {s['batch']}, rate {s['step']:g}")
    return figure
