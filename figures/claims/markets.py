"""Smooth markets.

Balduzzi and others 2020. The abstract and the introduction could be read; names and numbers of
statements are remembered, and what they say was derived again. No experiment on data is known.
"""

import numpy as np

from figures.verdicts import claim, judged, untried


@claim("abstract", shows=("market_graph",), theorems=("SM-1",))
def trades_cancel():
    """In games of pairwise zero-sum interactions the symmetric part of the Jacobian has only the
    players' own blocks.
    """


@claim("memory", theorems=("SM-2",))
def stable_is_nash():
    """There a fixed point is stable exactly if it is a local Nash equilibrium."""


@claim("memory", shows=("market_rates",), theorems=("SM-3",))
def any_rates():
    """It stays so at any learning rates of the players."""


@claim("memory", shows=("market_rates",))
def nearly_smooth_is_not_enough(market_rates):
    """A game that is nearly, but not quite, a smooth market may lose stability as rates change."""
    least = {
        float(defect): row.min()
        for defect, row in zip(market_rates["defects"], market_rates["abscissas"], strict=True)
    }
    told = ", ".join(f"{value:.3g} at defect {defect:g}" for defect, value in least.items())
    return judged(
        f"Least real part over all rates of one firm of three: {told} (stable above zero)",
        {
            "the market itself is stable at every rate": least[0.0] > 0,
            "with some defect it is not": min(least.values()) < 0,
        },
    )


@claim("memory", theorems=("SM-4",))
def legible():
    """Forecasts add up: the sentiment of the whole is the sum of each firm's own."""


@claim("memory", shows=("market_energy",), theorems=("SM-5",))
def forecasts_decay():
    """Where all own curvatures are at least m, the field falls as exp(-m t) to the one
    equilibrium.
    """


@claim("memory", theorems=("SM-6",))
def steps_contract():
    """Steps below 2 m / L^2 contract."""


@claim("abstract", theorems=("SM-7",))
def coalitions():
    """Players may be aggregated: coalitions of firms trade as firms do."""


@claim(
    "memory",
    theorems=("SM-8",),
    where="of any larger radius; the ball itself is only approached",
)
def bounded():
    """Where resources run out, trajectories end in a ball and stay in it."""


@claim(
    "abstract",
    theorems=("SM-9",),
    where="the loss is zero-sum, with weight decay or R1 too; not the non-saturating loss, nor R2",
)
def gans_are_markets():
    """Some GANs are smooth markets."""


@claim("ours", shows=("picture_market",))
def networks_are_markets(picture_market):
    """A generator that trades with two critics on digits is one to the last digit if its loss is
    saturating, and is not if it is not.
    """
    found = {}
    for name in ("saturating", "non-saturating"):
        books = picture_market[f"{name}/ledger"].astype(float)
        losses, sentiments = books[:, :, 0], books[:, :, 2:]
        own = np.trace(sentiments, axis1=-2, axis2=-1)
        created = np.abs(losses.sum(-1)) / np.abs(losses).sum(-1)
        traded = np.abs(sentiments.sum((-1, -2)) - own) / np.abs(sentiments).sum((-1, -2))
        found[name] = created.max(), traded.max(), np.median(traded[:, 1])
    ours, other = found["saturating"], found["non-saturating"]
    return judged(
        f"Of the losses {ours[0]:.1g} is created and of the sentiment {ours[1]:.1g} comes from "
        f"trades (saturating, at most); {other[0]:.1g} and, early, {other[2]:.2g} otherwise",
        {
            "saturating: nothing is created": max(ours[:2]) < 1e-6,
            "non-saturating: something is": other[0] > 0.1 and other[1] > 0.1,
        },
    )


@claim("memory")
def reinforcement():
    """Populations of StarCraft agents and adversarial training are smooth markets in practice."""
    return untried("no such agents are at hand; the paper names them as examples only")
