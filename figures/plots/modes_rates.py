"""The game of two modes over rates, samples, correlations and sizes."""

import numpy as np
from matplotlib import pyplot

from figures.common import interval
from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, heat, hollow, note, stroke
from minimax_lab.draw.style import Look


def modes_rate_map(modes_rates):
    """Step of the discriminator by ratio of the generator's step to it. Above: the share of seeds
    that recover (15 % of the columns on each mode). Middle: the mean share of columns on some mode,
    least and greatest seed beneath. Below: the share of seeds that diverge; they count as having
    learnt nothing. nSGDA and AdaLR have a valley of good rates. SGDA and AdaDir put few columns on
    modes wherever they do not diverge. Adam (without momentum) puts few there, too: its columns end
    on the average. All from the same starts on the same samples; the paper's game as recalled, size
    and rates are ours.
    """
    names = [str(name) for name in modes_rates["names"]]
    ratios = np.unique(modes_rates["ratio"])
    measures = {
        "recovered": (modes_rates["least"] >= modes_rates.settings["recovered"], "Blues"),
        "on a mode": (
            np.where(modes_rates["diverged"], 0, modes_rates["shares"][:, :-2].sum(1)),
            "Blues",
        ),
        "diverged": (modes_rates["diverged"], "Reds"),
    }
    with house():
        figure, axes = pyplot.subplots(
            3, len(names), figsize=(DOUBLE, 5.1), layout="constrained", squeeze=False
        )
        for column, name in enumerate(names):
            mine = modes_rates["group"] == column
            steps = np.unique(modes_rates["step"][mine])
            for axis, (title, (values, colours)) in zip(
                axes[:, column], measures.items(), strict=True
            ):
                cells = _cells(
                    values[mine],
                    modes_rates["ratio"][mine],
                    ratios,
                    modes_rates["step"][mine],
                    steps,
                )
                heat(axis, cells, colours, _share, spread=title == "on a mode")
                axis.set_yticks(
                    range(len(ratios)),
                    [f"{r:g}" for r in ratios] if column == 0 else [""] * len(ratios),
                )
                axis.set_xticks(
                    range(len(steps)),
                    [_short(s) for s in steps] if title == "diverged" else [""] * len(steps),
                )
            axes[0, column].set_title(name)
            axes[-1, column].set_xlabel("step of D")
        for axis, title in zip(axes[:, 0], measures, strict=True):
            axis.set_ylabel(f"{title}\nG's step / D's")
        s = modes_rates.settings
        note(
            figure,
            f"correlation {s['correlation']}, {s['steps']} updates, {s['seeds']} seeds a cell",
        )
    return figure


def modes_ablation(modes_mechanism):
    """What it is about normalising that recovers both modes; this goes beyond the paper. Left: the
    share of runs that recover, with exact 95 % intervals (runs taken as independent). Right: the
    share of columns on the mode with fewer, run by run, two ratios of G's step to D's and ten seeds
    each; dotted: our threshold. From above: nSGDA on single samples, on batches, on the population;
    then one player normalised only. The players keep one pace in the first five rows, yet only
    small batches recover: each column needs a full step whenever its latent is drawn.
    """
    r, recovered = modes_mechanism, modes_mechanism.settings["recovered"]
    titles = [{"batch 0": "population"}.get(str(name), str(name)) for name in r["names"]]
    places = np.arange(len(titles))[::-1]
    with house():
        figure, (left, right) = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 2.8), layout="constrained", sharey=True
        )
        share, own = r["recovered"] / r["runs"], look("nSGDA")
        left.errorbar(
            share,
            places,
            xerr=_reach(share, r["low"], r["high"]),
            fmt="o",
            color=own.colour,
            capsize=2.5,
            linewidth=1,
        )
        for place, hits, runs in zip(places, r["recovered"], r["runs"], strict=True):
            left.text(1.06, place, f"{hits} of {runs}", va="center", fontsize=7)
        for group, place in enumerate(places):
            ratios = np.unique(r["ratio"][r["group"] == group])
            for i, ratio in enumerate(ratios):
                least = r["least"][(r["group"] == group) & (r["ratio"] == ratio)]
                _swarm(
                    right,
                    least,
                    place + (0.17, -0.17)[i],
                    Look.of(i),
                    f"{'lower' if i == 0 else 'higher'} G's step / D's",
                    group == 0,
                )
        right.axvline(recovered, color="#444444", linestyle=":", linewidth=0.9)
        left.set(
            xlim=(-0.03, 1.3),
            xticks=(0, 0.5, 1),
            xlabel="share of runs that recover",
            yticks=places,
        )
        left.set_yticklabels(titles)
        right.set(xlabel="share of columns on the mode with fewer", xlim=(-0.02, 0.52))
        right.legend(loc="lower right")
        for axis in (left, right):
            axis.axhline(1.5, color="#cccccc", linewidth=0.6)
            bare(axis)
    return figure


def modes_phase_diagram(modes_phase):
    """How much correlation of its modes does nSGDA bear, and do more neurons help? It gives way
    gradually around 1/3 (dotted), above which a neuron that sees both modes alike ends on the
    average, with twenty neurons and more later than with five and ten. SGDA recovers nowhere. Left:
    the share of eight seeds that recover, with exact 95 % intervals. Middle and right: mean shares
    of the generator's columns on a mode, and on the average of both; bars from the least seed to
    the greatest. Grey: SGDA, all numbers of neurons together (32 runs), in the same way.
    """
    r = modes_phase
    method, count, correlation = np.array([str(name).split("/") for name in r["names"]]).T
    count, correlation = count.astype(int)[r["group"]], correlation.astype(float)[r["group"]]
    normalised = method[r["group"]] == "nSGDA"
    across = np.unique(correlation)
    series = [
        (normalised & (count == n), Look.of(i), f"nSGDA, {n} neurons")
        for i, n in enumerate(np.unique(count))
    ]
    series.append((~normalised, Look("0.55", (0, (4, 3)), "o"), "SGDA, any"))
    recovers = r["least"] >= r.settings["recovered"]
    shares = {
        "share of columns on a mode": r["shares"][:, :-2].sum(1),
        "share of columns on the average": r["shares"][:, -2],
    }
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.6), layout="constrained", sharey=True
        )
        for i, (mine, own, label) in enumerate(series):
            apart = np.arange(len(across)) + 0.09 * (i - (len(series) - 1) / 2)
            how = stroke(own) | hollow(own, 4) | {"linewidth": 1.1, "elinewidth": 0.7}
            groups = [mine & (correlation == c) for c in across]
            hits, runs = (np.array([f(recovers[g]) for g in groups]) for f in (np.sum, np.size))
            low, high = interval(hits, runs)
            axes[0].errorbar(apart, hits / runs, _reach(hits / runs, low, high), label=label, **how)
            for axis, values in zip(axes[1:], shares.values(), strict=True):
                mean, low, high = (
                    np.array([f(values[g]) for g in groups]) for f in (np.mean, np.min, np.max)
                )
                axis.errorbar(apart, mean, _reach(mean, low, high), **how)
        for axis, word in zip(axes, ("share of seeds that recover", *shares), strict=True):
            third = np.interp(1 / 3, across, range(len(across)))
            axis.axvline(third, color="0.4", linestyle=":", linewidth=0.9)
            axis.set(xlabel="correlation of the modes", ylabel=word, ylim=(-0.03, 1.03))
            axis.set_xticks(range(len(across)), [f"{c:g}" for c in across])
            axis.tick_params(labelleft=True)
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
        note(figure, f"{r.settings['steps']} updates (SGDA {r.settings['long']}), 16 columns")
    return figure


def modes_dimensions(modes_scaling):
    """nSGDA in dimensions 64 to 1024, eight seeds each. Left: columns on the mode with fewer, run
    by run, and how many runs recover; dotted: our threshold. Middle: when a neuron has learnt a
    mode (D) and when the first column has turned to a mode or the average (G), medians with least
    and greatest seed, looked at every 90 updates. Right: the norm of the discriminator's gradient
    over the generator's at the start, single samples; the grey line is the law d/0.027 for its
    median.
    """
    r = modes_scaling
    dimension, count = np.array([str(name).split("/") for name in r["names"]]).astype(int).T
    with house():
        figure, axes = pyplot.subplots(1, 3, figsize=(DOUBLE, 2.7), layout="constrained")
        for i, neurons in enumerate(np.unique(count)):
            groups = np.flatnonzero(count == neurons)
            across = dimension[groups] * 2.0 ** (0.24 * (2 * i - 1))
            for j, (group, place) in enumerate(zip(groups, across, strict=True)):
                mine = r["group"] == group
                axes[0].plot(
                    np.full(mine.sum(), place),
                    r["least"][mine],
                    **_marks(Look.of(i), f"{neurons} neurons", j == 0),
                )
                axes[2].plot(
                    np.full(mine.sum(), place),
                    r["gradient ratio"][mine, 0],
                    **_marks(Look.of(i), "", False),
                )
                axes[0].text(
                    place,
                    0.5,
                    f"{r['recovered'][group]}/{r['runs'][group]}",
                    ha="center",
                    fontsize=7,
                )
            for j, part in enumerate(("learnt", "grown")):
                times = [r[part][(r["group"] == g) & np.isfinite(r[part])] for g in groups]
                kept = [k for k, t in enumerate(times) if len(t)]
                middle, low, high = (
                    np.array([f(times[k]) for k in kept]) for f in (np.median, np.min, np.max)
                )
                own, face = Look.of(i), "white" if j else Look.of(i).colour
                axes[1].errorbar(
                    across[kept],
                    middle,
                    _reach(middle, low, high),
                    color=own.colour,
                    marker=own.mark,
                    markerfacecolor=face,
                    linestyle=own.dashes,
                    linewidth=0.9,
                    capsize=2,
                    label=f"{('D', 'G')[j]}, {neurons} neurons",
                )
        shown = np.unique(dimension)
        axes[0].axhline(r.settings["recovered"], color="#444444", linestyle=":", linewidth=0.9)
        axes[0].set(
            ylabel="share of columns, mode with fewer", ylim=(-0.02, 0.7), yticks=np.arange(6) / 10
        )
        axes[1].set(ylabel="update of first learning", yscale="log", ylim=(150, 6000))
        axes[1].set_yticks((200, 500, 1000, 2000, 5000), ("200", "500", "1000", "2000", "5000"))
        axes[2].plot(shown, shown / 0.027, color="#888888", linewidth=1, label="d/0.027")
        axes[2].set(ylabel="first gradient norms, D over G", yscale="log")
        for axis in axes:
            axis.set_xscale("log", base=2)
            axis.set_xticks(shown, [str(d) for d in shown])
            axis.set_xlabel("dimension d")
            axis.minorticks_off()
            bare(axis)
            axis.legend(loc="best")
    return figure


def modes_unequal(modes_several):
    """Beyond two equal modes: the mean share of columns on each mode (numbered, most shown first),
    on their average, and the rest (dots: seeds), for two modes, two of which one is shown three
    times as often, four, and four shown as 4 : 2 : 1 : 1. Marks: each mode's share of the data.
    Titles: runs in which every mode has at least half of a fair share of the columns. nSGDA
    overdoes the modes that are shown most. Ours: the paper's game, as recalled, has two equal
    modes.
    """
    r = modes_several
    cases = list(dict.fromkeys(name.split("/")[0] for name in r))
    shown = {
        "unequal": (0.75, 0.25),
        "two": (0.5, 0.5),
        "four": (0.25,) * 4,
        "four, unequal": (0.5, 0.25, 0.125, 0.125),
    }
    with house():
        figure, axes = pyplot.subplots(
            1, len(cases), figsize=(DOUBLE, 2.6), layout="constrained", sharey=True, squeeze=False
        )
        for axis, case in zip(axes[0], cases, strict=True):
            count, told = len(shown[case]), []
            for i, name in enumerate(("nSGDA", "SGDA")):
                shares = r[f"{case}/{name}/shares"].astype(float)
                means = np.append(
                    shares[:, : count + 1].mean(0), 1 - shares[:, : count + 1].sum(1).mean()
                )
                how = {
                    "color": (look(name).colour, "white")[i],
                    "edgecolor": look(name).colour,
                    "hatch": ("", "////")[i],
                }
                axis.bar(
                    np.arange(count + 2) + (i - 0.5) * 0.38,
                    means,
                    0.36,
                    label=name,
                    linewidth=0.8,
                    **how,
                )
                seeds = np.column_stack([shares[:, : count + 1], 1 - shares[:, : count + 1].sum(1)])
                for place, column in enumerate(seeds.T):
                    at = np.full(len(column), place + (i - 0.5) * 0.38)
                    axis.plot(at, column, ".", color="black", markersize=1.6, zorder=3)
                told.append(f"{name} {int(r[f'{case}/{name}/recovered'])}/{len(shares)}")
            axis.plot(
                range(count),
                shown[case],
                "_",
                color="black",
                markersize=17 - 2 * count,
                label="share of the data",
            )
            axis.set_xticks(range(count + 2), [*map(str, range(1, count + 1)), "avg", "rest"])
            axis.set_title("\n".join([case, "recovered:", *told]))
            bare(axis)
        axes[0, 0].set(ylabel="mean share of columns", ylim=(0, 1))
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _cells(values, down, rows, across, columns):
    """Values by row, column and seed."""
    return np.array(
        [[values[(down == row) & (across == column)] for column in columns] for row in rows], float
    )


def _share(value):
    """A share in two digits without the leading zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".").removeprefix("0") or "0"


def _short(step):
    """A step in as few characters as it takes."""
    return f"{step:.0e}".replace("e-0", "e-") if step < 1e-3 else f"{step:g}".removeprefix("0")


def _reach(middle, low, high):
    return np.stack([np.maximum(middle - low, 0), np.maximum(high - middle, 0)])


def _marks(look, label, named):
    how = {"color": look.colour, "linestyle": "none", "label": label if named else None}
    return hollow(look) | how


def _swarm(axis, values, place, look, label, named):
    """Points at their values, nearly equal ones above each other."""
    bins = np.round(values / 0.012)
    rank = np.array(
        [np.sum(bins[:k] == b) - (np.sum(bins == b) - 1) / 2 for k, b in enumerate(bins)]
    )
    axis.plot(
        values,
        place + 0.035 * rank,
        **_marks(look, label, named) | {"markersize": 2.8, "markeredgewidth": 0.6},
    )
