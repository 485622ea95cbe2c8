"""Smooth markets: the graph of trades, learning rates, and the energy along the flow."""

import numpy as np
from matplotlib import pyplot
from matplotlib.patches import FancyArrowPatch

from figures.page import DOUBLE, house
from figures.panels import TRANSPOSED, bare, stroke
from minimax_lab.draw.style import Look


def market_graph(market_trades):
    """A smooth market of random firms (after Balduzzi et al. 2020; the drawing and the numbers are
    ours) at a random profile.

    Left: a node for each firm, as large as the firm has numbers; an arrow for each trade points to
    the firm that gains, as wide as the trade is strong (the spectral norm of its matrix), on it
    what is gained; in a node the firm's balance. What one firm gains another loses, so the balances
    add up to zero (but for rounding). Right: the Jacobian's halves, darker for larger entries; thin
    lines part the firms. Trades leave no trace in S between firms, all of A.
    """
    with house():
        figure = pyplot.figure(figsize=(DOUBLE, 3.2), layout="constrained")
        cells = figure.add_gridspec(1, 3, width_ratios=(1.35, 1, 1))
        _graph(figure.add_subplot(cells[0]), market_trades)
        halves = [figure.add_subplot(cells[k]) for k in (1, 2)]
        most = max(np.abs(market_trades[name]).max() for name in ("symmetric", "antisymmetric"))
        named = {"symmetric": "$|S|$, symmetric half", "antisymmetric": "$|A|$, antisymmetric half"}
        for axis, (name, title) in zip(halves, named.items(), strict=True):
            image = _half(axis, market_trades[name], market_trades["sizes"], most)
            axis.set_title(title)
        halves[0].set_ylabel("firm")
        bar = figure.colorbar(image, ax=halves, shrink=0.75, pad=0.02)
        bar.set_label("size of the entry of $J = S + A$")
    return figure


def _graph(axis, found):
    """Firms on a circle; every arrow goes to the firm that gains."""
    sizes, pairs, gains, strengths = (
        found[name] for name in ("sizes", "pairs", "gains", "strengths")
    )
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(sizes)) / len(sizes)
    places = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    radii = 0.13 + 0.035 * np.asarray(sizes)
    balance = np.zeros(len(sizes))
    for (i, j), gain, strength in zip(pairs, gains, strengths, strict=True):
        balance[i], balance[j] = balance[i] + gain, balance[j] - gain
        giver, taker = (j, i) if gain > 0 else (i, j)
        way = (places[taker] - places[giver]) / np.linalg.norm(places[taker] - places[giver])
        begin, end = (
            places[giver] + (radii[giver] + 0.02) * way,
            places[taker] - (radii[taker] + 0.02) * way,
        )
        width = 0.4 + 3.0 * strength / strengths.max()
        axis.add_patch(
            FancyArrowPatch(
                begin,
                end,
                arrowstyle="-|>",
                mutation_scale=7 + 2 * width,
                linewidth=width,
                color="#8a8a8a",
                shrinkA=0,
                shrinkB=0,
            )
        )
        where = (begin + end) / 2
        paper = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        axis.text(
            *where, f"{abs(gain):.2f}", fontsize=7, ha="center", va="center", bbox=paper, zorder=4
        )
    for k, (place, radius) in enumerate(zip(places, radii, strict=True)):
        face = "#cfe3f1" if balance[k] >= 0 else "#f6d9c5"
        axis.add_patch(
            pyplot.Circle(place, radius, facecolor=face, edgecolor="black", linewidth=0.8, zorder=5)
        )
        axis.text(
            *place,
            f"{k}\n{_signed(balance[k])}",
            fontsize=7.5,
            ha="center",
            va="center",
            linespacing=1.1,
            zorder=6,
        )
    axis.set(xlim=(-1.3, 1.3), ylim=(-1.2, 1.3), aspect="equal", title="who gains what from whom")
    axis.set_axis_off()


def _half(axis, matrix, sizes, most):
    """Sizes of entries in grey, firms parted by lines and numbered in the middle of their
    blocks.
    """
    image = axis.imshow(np.abs(matrix), cmap="Greys", vmin=0, vmax=most)
    ends = np.cumsum(sizes)
    for end in ends[:-1]:
        axis.axhline(end - 0.5, color="#D55E00", linewidth=0.6)
        axis.axvline(end - 0.5, color="#D55E00", linewidth=0.6)
    middles = ends - np.asarray(sizes) / 2 - 0.5
    axis.set(
        xticks=middles,
        yticks=middles,
        xticklabels=range(len(sizes)),
        yticklabels=range(len(sizes)),
        xlabel="firm",
    )
    axis.tick_params(length=0)
    return image


def market_rates(market_rates):
    """One firm's learning rate does not matter in a smooth market and can in a nearly smooth one
    (after Balduzzi et al. 2020).

    Left: three firms; the smallest real part of the eigenvalues of diag(rate, 1, 1) J, over the
    slowest firm's rate to have one scale, positive where the equilibrium attracts the flow. The
    smooth market (defect 0) attracts at every rate. In the nearly smooth ones the buyer of every
    trade pays only (1 - defect) of what the seller gains: S is not definite any more, nothing is
    promised, and at 0.3 a window of rates repels though every firm sits at a strict maximum of its
    own profit. Middle: two firms with J = [[-1, 2], [-2, 3]], where firm 0 does not; stable below
    rate 3 only. Right: simultaneous descent with steps 0.001 (rate, 1, 1), thick at the rate marked
    by the dotted line on the left, thin at rate 1. Games and numbers are ours.
    """
    with house():
        figure, (left, middle, right) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.8), layout="constrained", width_ratios=(1.25, 0.9, 1.1)
        )
        rates, (one, fast) = market_rates["rates"], market_rates["chosen"]
        for i, defect in enumerate(market_rates["defects"]):
            look = Look.of(i)
            style = {**stroke(look)}
            name = "smooth market" if defect == 0 else f"nearly smooth, defect {defect:g}"
            mark = {"marker": look.mark, "markersize": 3.6, "markerfacecolor": "white"}
            left.semilogx(
                rates,
                market_rates["abscissas"][i] / np.minimum(rates, 1),
                label=name,
                markevery=(5 * i, 20),
                **style,
                **mark,
            )
            for walk, width in zip(market_rates["distances"][i], (0.7, 1.5), strict=True):
                right.semilogy(market_rates["updates"] / 1000, walk, linewidth=width, **style)
        left.axvline(fast, color="#555555", linewidth=0.8, linestyle=":")
        left.set(ylim=(-0.05, 0.25), title="three firms")
        middle.semilogx(rates, market_rates["dependent"] / np.minimum(rates, 1), color="black")
        middle.set(ylim=(-2.2, 1.3), title="rate-dependent game")
        for axis in (left, middle):
            axis.axhline(0, color="#555555", linewidth=0.6)
            low = axis.get_ylim()[0]
            axis.axhspan(low, 0, color="#ececec", zorder=0)
            axis.text(1.4e-3, 0.94 * low, "repels", color="#555555", va="bottom")
            axis.set(xlim=(rates[0], rates[-1]), xlabel="learning rate of firm 0")
        left.set_ylabel("smallest real part / min(rate, 1)")
        right.set(
            xlabel="updates (thousands)",
            ylabel="distance to the equilibrium",
            title=f"rates {one:g} (thin) and {fast:g} (thick)",
        )
        bare(left, middle, right)
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def market_energy(market_energy):
    """Energy |v|^2 along the flow of random markets of four firms, each firm's own curvature at
    least m = 0.2.

    Left: in smooth markets (solid) no trade can feed the energy, so it stays under exp(-2 m t)
    times its beginning (black); where the buyers pay nothing (dashed) it need not. Right: the speed
    v^T J v / |v|^2 at which log |v| falls; in a smooth market it is a mean of the firms' own
    curvatures and never below m. The statement is the paper's in essence, the figure ours.
    """
    with house():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.4), layout="constrained")
        times, least = market_energy["times"], float(market_energy["least"])
        for i, defect in reversed(list(enumerate(market_energy["defects"]))):
            colour, dashes = Look.of(i).colour, Look.of(i).dashes
            name = "smooth markets" if defect == 0 else f"not smooth, defect {defect:g}"
            for k, (energy, speed) in enumerate(
                zip(market_energy["energies"][i], market_energy["speeds"][i], strict=True)
            ):
                style = {"color": colour, "linestyle": dashes, "linewidth": 0.7, "alpha": 0.8}
                left.semilogy(times, energy / energy[0], label=None if k else name, **style)
                right.plot(times, speed, **style)
        left.semilogy(
            times,
            np.exp(-2 * least * times),
            color="black",
            linewidth=2.0,
            label=f"bound, $m = {least:g}$",
        )
        right.axhline(least, color="black", linewidth=2.0)
        left.set(
            xlabel="time $t$", ylabel=r"energy $|v(x(t))|^2 / |v(x(0))|^2$", xlim=(0, times[-1])
        )
        right.set(
            xlabel="time $t$", ylabel=rf"speed $v{TRANSPOSED} J v\,/\,|v|^2$", xlim=(0, times[-1])
        )
        bare(left, right)
        handles, names = left.get_legend_handles_labels()
        figure.legend(
            [handles[k] for k in (1, 0, 2)],
            [names[k] for k in (1, 0, 2)],
            loc="outside lower center",
            ncols=3,
        )
    return figure


def _signed(value):
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}") if abs(value) >= 0.005 else "0.00"
