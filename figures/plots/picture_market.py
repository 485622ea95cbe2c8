"""Three networks as a market."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.panels import band, bare, note, stroke
from minimax_lab.draw.style import Look


def picture_market(picture_market):
    """A generator that trades with two critics on 28 x 28 digits. Left: along training by Adam, how
    far all losses together are from zero, as a share of their size: nothing is created where every
    trade's two sides cancel (saturating), and something is where they do not. Middle: how much of
    the sentiment v'Jv comes from trades instead of players' own curvature: nothing in a smooth
    market. Right: the energy |v|^2 along small plain steps on one draw from the first seed's end,
    and what players' own curvatures alone say it should be (dotted). Medians over seeds with least
    and greatest. Balduzzi and others 2020, whose market of networks is an idea without figures:
    ours.
    """
    r = picture_market
    with mm.draw.style():
        figure, axes = pyplot.subplots(1, 3, figsize=(6.75, 2.7), layout="constrained")
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
            _energy(axes[2], r, name, look)
        axes[0].set(yscale="log", ylabel="|sum of losses| / sum of |losses|")
        axes[1].set(yscale="log", ylabel="share of sentiment from trades")
        axes[2].set(ylabel="energy, relative to its start", xlabel="small plain step")
        for axis in axes[:2]:
            axis.set_xlabel("update")
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        s = r.settings
        note(figure, f"{s['seeds']} seeds, rate {s['step']:g}; small steps of {s['small']:g}")
    return figure


def _energy(axis, r, name, look):
    """|v|^2, whose speed along the flow is -2 v'Jv, by the trapezium rule over the players' own
    parts.
    """
    books, small = r[f"{name}/flow"].astype(float), float(r["small"])
    energy = books[:, 1].sum(-1)
    own = np.trace(books[:, 2:], axis1=-2, axis2=-1)
    told = energy[0] - 2 * small * np.append(0, np.cumsum((own[1:] + own[:-1]) / 2))
    across = np.arange(len(energy))
    axis.plot(across, energy / energy[0], **stroke(look), linewidth=1.1)
    axis.plot(across, told / energy[0], color=look.colour, linestyle=":", linewidth=1.4)
