"""Gap-aware steps: the schedule, and the Dirac-GAN under it and under its controls."""

import numpy as np
from matplotlib import pyplot

from figures.methods import VARIANT
from figures.page import DOUBLE, house
from figures.panels import bare, note, stroke
from minimax_lab.draw.style import Look

GREY = "#777777"


def gap_scale(gap_scale):
    """By how much gap-aware steps scale the adversary's step (Hazimeh, Ponomareva 2023; the
    released rule). Left: over the gap in widths, a width being a tenth of the ideal loss: a kink of
    slopes log 10 and log 2 at zero, a floor of 0.1, a ceiling of 2. Middle: over the loss,
    objective by objective; circles mark the ideal loss, where s = 1, ticks the ends of the widths.
    A sum of two means and their mean have different ideal losses; Wasserstein's is zero and its
    widths (0.1) are given. Right: s at the best discriminator of two unit normals, by their
    distance (ours): it is always ahead, and soon slowed to the floor.
    """
    r, s = gap_scale, gap_scale.settings
    with house():
        figure, (unit, loss, told) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.9), layout="constrained", sharey=True
        )
        unit.plot((r["losses"][0] - r["ideals"][0]) / r["widths"][0], r["scales"][0], color="black")
        for level, name in ((s["low"], "low"), (s["high"], "high")):
            unit.axhline(level, color=GREY, linewidth=0.6, linestyle=":")
            unit.annotate(
                f"{name} {level:g}",
                (0.02, level),
                xycoords=("axes fraction", "data"),
                va="bottom",
                fontsize=7,
            )
        for side, name, height in ((-1, "width_low", 1.45), (1, "width_high", 0.2)):
            unit.axvline(side, color=GREY, linewidth=0.6, linestyle=":")
            unit.annotate(
                name, (side, height), ha="center", fontsize=7, bbox={"color": "white", "pad": 0.5}
            )
        unit.plot(0, 1, "o", color="black", markerfacecolor="white", markersize=5)
        unit.annotate("D ahead:\nshorter steps", (-0.9, 0.62), fontsize=7, color="#444444")
        unit.annotate("D behind:\nlonger steps", (0.15, 0.5), fontsize=7, color="#444444")
        unit.set(
            xlabel="gap from the ideal loss, in widths", ylabel="scale $s$ of the adversary's step"
        )
        for i, name in enumerate(_shown(r)):
            k, look = name, Look.of(i)
            loss.plot(r["losses"][k], r["scales"][k], **stroke(look), label=_label(r, k))
            loss.plot(
                r["ideals"][k], 1, "o", color=look.colour, markerfacecolor="white", markersize=4.5
            )
            ends = r["ideals"][k] + np.array([-1, 1]) * r["widths"][k]
            loss.plot(
                ends, (s["low"], s["high"]), "|", color=look.colour, markersize=7, markeredgewidth=1
            )
        loss.set(xlabel="smoothed loss of the adversary")
        for i, name in enumerate(str(n) for n in r["told"]):
            look = Look.of(i)
            told.plot(r["apart"], r[f"{name}/scale"], **stroke(look), label=f"best D, {name}")
        told.axhline(s["low"], color=GREY, linewidth=0.6, linestyle=":")
        told.set(xlabel="distance of the two normals", xlim=(0, 2))
        told.legend(loc="upper right", fontsize=7)
        for axis in (unit, loss, told):
            axis.set(
                yscale="log",
                ylim=(0.085, 2.4),
                yticks=(0.1, 0.2, 0.5, 1, 2),
                yticklabels=("0.1", "0.2", "0.5", "1", "2"),
            )
            axis.minorticks_off()
            bare(axis)
        figure.legend(
            *loss.get_legend_handles_labels(),
            loc="outside lower center",
            ncols=2,
            title="ideal losses, and the objectives that have them",
        )
    return figure


def _shown(r):
    """One objective for every ideal loss."""
    return [
        i
        for i, value in enumerate(r["ideals"])
        if not np.any(np.isclose(r["ideals"][:i], value, rtol=0.01))
    ]


def _label(r, k):
    same = [
        str(n)
        for n, value in zip(r["names"], r["ideals"], strict=True)
        if np.isclose(value, r["ideals"][k], rtol=0.01)
    ]
    return f"{r['ideals'][k]:.3g}: " + "; ".join(same)


def gap_dirac(gap_dirac):
    """What in gap-aware steps damps the zero-sum Dirac-GAN, and how far? Left: constant
    simultaneous steps spiral out; scheduled ones end on an orbit (thick: the last turn), which
    theory predicts (dotted circles), the wider the longer the average of the loss. Middle: the
    energy V = theta^2 + psi^2 / (ratio of the constant steps) after 3000 updates, a mean over the
    last turn, over that of the start: only the published branches on the discriminator with a quick
    average damp, and s on the generator if it follows its own gap. Bars: predicted. Right: the
    energy of the orbit that is left after 40000 updates against V* = 8 step (1 + lag^2) / K, by the
    decay of the average, for four steps and rates of 1 : 1 and 1 : 4; hollow where the lag exceeds
    2 or V* a half, for which the prediction is not made. No noise: there is no spread. Ours.
    """
    r, s = gap_dirac, gap_dirac.settings
    with house():
        figure, (walk, arms, orbits) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.9), layout="constrained"
        )
        _walks(walk, r)
        _arms(arms, r)
        _orbits(orbits, r)
        bare(walk, arms, orbits)
        note(
            figure,
            f"step {s['step']:g} from ({s['start'][0]:g}, {s['start'][1]:g}) left and middle",
        )
        handles, labels = walk.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower left", ncols=3, columnspacing=1.2)
        decays = orbits.get_legend_handles_labels()
        title = {"title": "decay of the average", "columnspacing": 0.6, "handletextpad": 0.1}
        figure.legend(*decays, loc="outside lower right", ncols=5, **title)
    return figure


WALKS = {
    "constant steps": ("constant", Look.of(0)),
    "gap-aware": ("gap-aware", Look.of(1)),
    "average 0.95": ("gap-aware, average 0.95", Look.of(1 + VARIANT)),
}
ARMS = {
    "constant steps": "constant",
    "gap-aware": "gap-aware",
    "average 0.95": "average 0.95",
    "average 0.999": "average 0.999",
    "branches swapped": "branches swapped",
    "ideal log 2": "ideal loss log 2",
    "0.1 of D's step": "constant, a tenth",
    "s on the generator": "$s$ on G, gap of D",
    "G by its own gap": "$s$ on G, its own gap",
}


def _walks(axis, r):
    count = min(len(r["updates"]), 1201)
    for name, (label, own) in WALKS.items():
        x = r[f"{name}/x"][:count]
        axis.plot(*x.T, color=own.colour, linewidth=0.3, alpha=0.5)
        axis.plot(*x[-130:].T, **stroke(own), linewidth=1.5, label=label)
    for decay in (0.0, 0.95):
        turn, radius = np.linspace(0, 2 * np.pi, 100), _predicted(r, decay) ** 0.5
        dots = {"color": "black", "linewidth": 0.9, "linestyle": ":", "zorder": 5}
        axis.plot(radius * np.cos(turn), radius * np.sin(turn), **dots)
    axis.plot(*r["gap-aware/x"][0], "o", color="black", markerfacecolor="white", markersize=4.5)
    axis.set(xlabel=r"generator $\theta$", ylabel=r"discriminator $\psi$", aspect="equal")
    axis.set_title(f"{count - 1} updates")


def _arms(axis, r, turn=127):
    """By arm, the energy at the end over that at the start."""
    places = np.arange(len(ARMS))[::-1]
    for place, (name, label) in zip(places, ARMS.items(), strict=True):
        i, x = list(map(str, r["arms"])).index(name), r[f"{name}/x"]
        V = x[:, 0] ** 2 + x[:, 1] ** 2 * r["rates"][i, 0] / r["rates"][i, 1]
        axis.plot(V[-turn:].mean() / V[0], place, "o", color="black", markersize=4.5)
        if label.startswith(("gap-aware", "average 0.95")):
            orbit = _predicted(r, 0.0 if label == "gap-aware" else 0.95)
            fading = np.exp(-r.settings["step"] * r["updates"][-1] / 4)
            left = orbit / (1 + (orbit / V[0] - 1) * fading)
            axis.plot(left / V[0], place, "|", color="#D55E00", markersize=13)
    axis.axvline(1, color="0.5", linewidth=0.7, linestyle=":")
    axis.set(xscale="log", xlabel="energy $V$ over its start", title=f"{r['updates'][-1]} updates")
    axis.set(yticks=places, yticklabels=ARMS.values(), ylim=(-0.6, len(ARMS) - 0.4))


def _predicted(r, decay, step=None):
    step = r.settings["step"] if step is None else step
    return 8 * step * (1 + (step * decay / (1 - decay)) ** 2) / r["slopes"]


def _orbits(axis, r):
    small = (r["orbit/lag"] <= 2) & (r["orbit/wanted"] <= 0.5)
    for i, decay in enumerate(np.unique(r["orbit/decay"])):
        own = Look.of(i)
        for inside in (True, False):
            k = (r["orbit/decay"] == decay) & (small == inside)
            how = {"color": own.colour, "linestyle": "none", "marker": own.mark, "markersize": 4}
            how |= {"label": f"{decay:g}"} if inside else {"markerfacecolor": "none"}
            axis.plot(r["orbit/wanted"][k], r["orbit/measured"][k], **how)
    ends = np.array([0.6 * r["orbit/wanted"].min(), 1.6 * r["orbit/wanted"].max()])
    axis.plot(ends, ends, color=GREY, linewidth=0.8, zorder=0)
    axis.set(xlabel="predicted $V^*$", ylabel="measured energy", xscale="log", yscale="log")
    axis.set_title(f"orbits after {r.settings['long']} updates")
