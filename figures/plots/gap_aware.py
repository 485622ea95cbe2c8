"""Gap-aware steps: the schedule, and the Dirac-GAN under it and under its controls."""

import numpy as np
from matplotlib import pyplot
from matplotlib.lines import Line2D

import minimax_lab as mm
from figures.panels import bare, note, stroke
from minimax_lab.draw.style import Look

GREY = "#777777"


def gap_scale(gap_scale):
    """By how much gap-aware steps scale the adversary's step (Hazimeh, Ponomareva 2023; the
    released rule). Left: over the gap in widths, a width being a tenth of the ideal loss: a kink of
    slopes log 10 and log 2 at zero, a floor of 0.1, a ceiling of
    2. Middle: over the loss, objective by objective; circles mark the ideal loss, where s = 1,
       ticks the ends of the widths. A
    sum of two means and their mean have different ideal losses; Wasserstein's is zero and its
    widths (0.1) are given. Right: s at the best discriminator of two unit normals, by their
    distance (ours): it is always ahead, and soon slowed to the floor.
    """
    r, s = gap_scale, gap_scale.settings
    with mm.draw.style():
        figure, (unit, loss, told) = pyplot.subplots(
            1, 3, figsize=(8.6, 3.4), layout="constrained", sharey=True
        )
        unit.plot((r["losses"][0] - r["ideals"][0]) / r["widths"][0], r["scales"][0], color="black")
        for level, name in ((s["low"], "low"), (s["high"], "high")):
            unit.axhline(level, color=GREY, linewidth=0.6, linestyle=":")
            unit.annotate(
                f"{name} {level:g}",
                (0.02, level),
                xycoords=("axes fraction", "data"),
                va="bottom",
                fontsize=8,
            )
        for side, name, height in ((-1, "width_low", 1.3), (1, "width_high", 0.2)):
            unit.axvline(side, color=GREY, linewidth=0.6, linestyle=":")
            unit.annotate(
                name, (side, height), ha="center", fontsize=7.5, bbox={"color": "white", "pad": 0.5}
            )
        unit.plot(0, 1, "o", color="black", markerfacecolor="white", markersize=5)
        unit.annotate("D ahead:\nshorter steps", (-0.97, 0.62), fontsize=7.5, color="#444444")
        unit.annotate("D behind:\nlonger steps", (0.08, 0.55), fontsize=7.5, color="#444444")
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
            *loss.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=7.5
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
    """Gap-aware steps on the zero-sum Dirac-GAN. Above, left: constant simultaneous steps spiral
    out, scheduled ones settle on an orbit; dotted circles are the predicted ones. Right: energy V,
    a mean over a turn, V = theta^2 + psi^2 over the ratio of the constant steps; dotted: V' = step
    V/4 - K V^2/(32 (1 + lag^2)), the prediction for both averages. Only the published branches on
    the discriminator with a quick average damp; so does s on the generator if it follows its own
    gap. Below: the orbit left, measured against V* = 8 step (1 + lag^2)/K, by step, decay of the
    average and ratio of the rates; hollow where the lag exceeds 2 or V* exceeds a half: the
    prediction is for small V. Ours.
    """
    r = gap_dirac
    with mm.draw.style():
        figure, axes = pyplot.subplots(2, 2, figsize=(7.4, 6.6), layout="constrained")
        _walks(axes[0, 0], r)
        _energies(axes[0, 1], r)
        _orbits(axes[1], r)
        bare(*axes.flat)
        s = r.settings
        note(
            figure,
            f"step {s['step']:g} from ({s['start'][0]:g}, {s['start'][1]:g}) above; {s['long']} "
            f"updates below",
        )
    return figure


def _walks(axis, r):
    count = min(len(r["updates"]), 1201)
    for i, (name, orbit) in enumerate(
        (("constant steps", None), ("gap-aware", 0.0), ("average 0.95", 0.95))
    ):
        look, x = Look.of(i), r[f"{name}/x"][:count]
        axis.plot(*x.T, color=look.colour, linewidth=0.5, alpha=0.55)
        axis.plot(*x[-130:].T, **stroke(look), linewidth=1.5, label=f"{name}")
        if orbit is not None:
            turn, radius = np.linspace(0, 2 * np.pi, 100), _predicted(r, orbit) ** 0.5
            axis.plot(
                radius * np.cos(turn),
                radius * np.sin(turn),
                color="black",
                linewidth=0.9,
                linestyle=":",
            )
    axis.plot(*r["gap-aware/x"][0], "o", color="black", markerfacecolor="white", markersize=5)
    axis.set(xlabel=r"$\theta$", ylabel=r"$\psi$", aspect="equal", ylim=(-1.3, 1.75))
    axis.set_title(f"{count - 1} updates, the last turn bold")
    axis.legend(loc="upper center", fontsize=7.5, ncols=2)


def _predicted(r, decay, step=None):
    step = r.settings["step"] if step is None else step
    return 8 * step * (1 + (step * decay / (1 - decay)) ** 2) / r["slopes"]


def _energies(axis, r, turn=127):
    step = r.settings["step"]
    time = step * r["updates"]
    for i, name in enumerate(str(n) for n in r["arms"]):
        look, x, ratio = Look.of(i), r[f"{name}/x"], r["rates"][i, 1] / r["rates"][i, 0]
        V = np.convolve(x[:, 0] ** 2 + x[:, 1] ** 2 / ratio, np.ones(turn) / turn, "valid")
        across, every = time[turn // 2 : turn // 2 + len(V)], max(1, len(V) // 6)
        how = {
            "marker": look.mark,
            "markersize": 3.4,
            "markerfacecolor": "white",
            "markevery": (i * every // 9, every),
        }
        axis.plot(across, V, **stroke(look), linewidth=1.1, label=name, **how)
    for decay in (0.0, 0.95):
        orbit, start = _predicted(r, decay), np.sum(r["gap-aware/x"][0] ** 2)
        axis.plot(
            time,
            orbit / (1 + (orbit / start - 1) * np.exp(-step * time / 4)),
            "k:",
            linewidth=1.3,
            zorder=5,
        )
    axis.set(
        xlabel="time (updates times step)", ylabel="energy $V$", yscale="log", ylim=(0.02, 2000)
    )
    axis.legend(loc="upper center", fontsize=6.8, ncols=2, columnspacing=1.0)


def _orbits(axes, r):
    decays = sorted(set(r["orbit/decay"].tolist()))
    small = (r["orbit/lag"] <= 2) & (r["orbit/wanted"] <= 0.5)
    for i, decay in enumerate(decays):
        for ratio in sorted(set(r["orbit/ratio"].tolist())):
            rows = (r["orbit/decay"] == decay) & (r["orbit/ratio"] == ratio)
            look = Look.of(i)
            for inside in (True, False):
                k = rows & (small == inside)
                how = {
                    "color": look.colour,
                    "linestyle": "none",
                    "marker": "o" if ratio == 1 else "s",
                    "markersize": 5,
                }
                how |= {} if inside else {"markerfacecolor": "none"}
                axes[0].plot(r["orbit/wanted"][k], r["orbit/measured"][k], **how)
                axes[1].plot(
                    r["orbit/lag"][k], r["orbit/measured"][k] / r["orbit/wanted"][k], **how
                )
    ends = np.array([0.6 * r["orbit/wanted"].min(), 1.6 * r["orbit/wanted"].max()])
    axes[0].plot(ends, ends, color=GREY, linewidth=0.8, zorder=0)
    axes[1].axhline(1, color=GREY, linewidth=0.8, zorder=0)
    axes[1].axvline(2, color=GREY, linewidth=0.8, linestyle=":", zorder=0)
    axes[0].set(
        xlabel="predicted $V^*$", ylabel="measured energy of the orbit", xscale="log", yscale="log"
    )
    axes[1].set(
        xlabel=r"lag $\tau\sqrt{c}$, in units of time",
        ylabel="measured over predicted",
        ylim=(0, 1.15),
    )
    axes[1].set_xscale("symlog", linthresh=0.1)
    axes[1].set(xlim=(-0.02, 30), xticks=(0, 0.1, 1, 10), xticklabels=("0", "0.1", "1", "10"))
    handles = [
        Line2D([], [], color=Look.of(i).colour, marker="o", linestyle="none", label=f"{d:g}")
        for i, d in enumerate(decays)
    ]
    axes[0].legend(
        handles=handles, title="decay of the average", loc="upper left", fontsize=7.5, ncols=2
    )
    ratios = [
        Line2D([], [], color="black", marker=m, linestyle="none", label=n)
        for m, n in (("o", "rates 1 : 1"), ("s", "1 : 4"))
    ]
    axes[1].legend(handles=ratios, loc="lower left", fontsize=7.5)
