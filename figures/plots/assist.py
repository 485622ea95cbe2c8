"""AdvAs: the Dirac-GAN's walks and thresholds, the estimators, gradients along training, and the
discriminator's turns.
"""

import numpy as np
from matplotlib import pyplot
from matplotlib.lines import Line2D

from figures.page import DOUBLE, house
from figures.panels import band, bare, note, stroke
from minimax_lab.draw.style import Look

TICKS = (0.2, 0.3, 0.5, 1, 2, 3)


def assist_dirac(assist_dirac):
    """AdvAs on the zero-sum Dirac-GAN, simultaneous steps (Munk, Harvey, Wood 2020: the penalty;
    the statements are ours). Left: walks from (1, 1); without it outwards, with it inwards,
    straightest at critical damping (strength 2), creeping above. Middle: energy over its start by
    strength as a share of step/2, a mean over a turn, with the predicted power (black, thin).
    Right: the measured change of log distance in a unit of time, by step and strength; white: it
    grows. Lines: strength = step/2, below which it grows, and 4/step + step/4, above which it does;
    dotted: critical damping. Circles: where a run's energy neither grows nor falls. No noise: there
    is no spread.
    """
    r, s = assist_dirac, assist_dirac.settings
    with house():
        figure, (walk, fall, plane) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.7), layout="constrained", width_ratios=(1.15, 1, 1.15)
        )
        for i, strength in enumerate(s["shown"]):
            look, x = Look.of(i), r["walks"][i]
            walk.plot(*x.T, **stroke(look), linewidth=1.0, label=f"strength {strength:g}")
        walk.plot(*s["start"], "o", color="black", markerfacecolor="white", markersize=5)
        walk.set(xlabel=r"generator $\theta$", ylabel=r"discriminator $\psi$", aspect="equal")
        walk.set(xlim=(-2.6, 2.6), ylim=(-2.6, 4.2))
        walk.legend(loc="upper center", ncols=2, fontsize=7, columnspacing=0.7, handlelength=1.8)
        _fall(fall, r)
        _plane(figure, plane, r)
        bare(walk, fall, plane)
        walk.set_title(f"step {s['step']:g}, 600 updates")
        fall.set_title(f"step {s['step']:g}, from $10^{{-3}}$")
    return figure


def _fall(axis, r):
    step = r.settings["step"]
    turn = round(4 * np.pi / step)
    for i, share in enumerate(r.settings["shares"]):
        look = Look.of(i)
        V = np.convolve(r["energies"][i] / r["energies"][i, 0], np.ones(turn) / turn, "valid")
        at = turn // 2 + np.arange(len(V))
        axis.plot(at, V, **stroke(look), linewidth=1.8, label=f"{share:g} of step/2")
        axis.plot(at, (1 + step**2 / 4 * (1 - share)) ** at, color="black", linewidth=0.7)
    axis.set(
        xlabel="update",
        ylabel="energy over its start",
        yscale="log",
        ylim=(0.08, 300),
        yticks=(0.1, 1, 10),
    )
    axis.legend(loc="upper left", fontsize=7)


def _plane(figure, axis, r):
    step, strength = np.unique(r["map/step"]), np.unique(r["map/strength"])
    rate = -r["map/rate"].reshape(len(step), len(strength)).T / step
    shown = axis.pcolormesh(
        step,
        strength,
        np.where(rate > 0, rate, np.nan),
        cmap="viridis_r",
        vmin=0,
        vmax=0.6,
        shading="nearest",
    )
    shown.set_rasterized(True)
    figure.colorbar(shown, ax=axis, label="decay rate of the distance", extend="max")
    axis.plot(step, step / 2, color="black", linewidth=1.2)
    axis.plot(step, 4 / step + step / 4, color="black", linewidth=1.2, linestyle=(0, (5, 1.5)))
    axis.axhline(2, color="black", linewidth=0.7, linestyle=":")
    axis.plot(
        r["steps"], r["thresholds"], "o", color="black", markerfacecolor="white", markersize=4
    )
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="step",
        ylabel="strength",
        ylim=(strength[0], strength[-1]),
    )
    axis.annotate("step/2", (0.5, 0.13), fontsize=8)


def assist_bias(assist_bias):
    """What a minibatch makes of AdvAs, on two small networks, fresh and after some updates of Adam.
    Left: the mean penalty by size of the batch, from one batch (filled) and from the product of two
    (hollow); lines: r + tr C / B, and r. Middle: how far the mean of its gradient for the generator
    is from the true one, with the predicted |grad tr C| / B (line); the dotted level is the noise
    of our mean. One batch of 16 is off by half after training, two are not off. Right: root mean
    square error of a single estimate by samples drawn, two batches counted twice: at equal samples
    the unbiased one is no worse. The game is ours.
    """
    r, B = assist_bias, assist_bias["batches"].astype(float)
    size = np.linalg.norm
    with house():
        figure, (value, off, error) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.8), layout="constrained"
        )
        fine = np.geomspace(B[0], B[-1], 50)
        for i, name in enumerate(("fresh", f"after {r.settings['trained']} updates")):
            look, truth = Look.of(i), size(r["slope"][i])
            value.plot(fine, r["r"][i] + r["excess"][i] / fine, color=look.colour, linewidth=0.9)
            value.plot(
                fine,
                np.full_like(fine, r["r"][i]),
                color=look.colour,
                linewidth=0.9,
                linestyle=look.dashes,
            )
            off.plot(
                fine, size(r["slope of excess"][i]) / fine / truth, color=look.colour, linewidth=0.9
            )
            for kind, times, fill in (("plain", 1, look.colour), ("paired", 2, "white")):
                marks = {
                    "color": look.colour,
                    "marker": look.mark,
                    "markerfacecolor": fill,
                    "markersize": 5,
                    "linestyle": "none",
                }
                label = f"{name}, {'one batch' if kind == 'plain' else 'two batches'}"
                noise = r[f"{kind}/spread"][i] / np.sqrt(r["draws"][i])
                value.errorbar(B, r[kind][i], 2 * noise, elinewidth=0.8, **marks)
                spread = size(r[f"slope, {kind}/spread"][i], axis=-1) / truth
                bias = size(r[f"slope, {kind}"][i] - r["slope"][i], axis=-1) / truth
                off.plot(B, bias, label=label, **marks)
                error.plot(
                    times * B,
                    np.hypot(spread, bias),
                    **marks | {"linestyle": "-" if kind == "plain" else look.dashes},
                )
                if kind == "paired":
                    off.plot(
                        B,
                        spread / np.sqrt(r["draws"][i]),
                        color=look.colour,
                        linestyle=":",
                        linewidth=0.9,
                    )
        value.set(ylabel="mean of the penalty")
        off.set(ylabel="bias of its gradient, relative")
        error.set(ylabel="error of one estimate, relative")
        for axis, across in ((value, "batch size"), (off, "batch size"), (error, "samples drawn")):
            axis.set(xscale="log", yscale="log", xlabel=across)
            axis.set_xticks(
                2 * B if axis is error else B, [f"{b:g}" for b in (2 * B if axis is error else B)]
            )
            axis.minorticks_off()
            bare(axis)
        figure.legend(*off.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def assist_norms(assist_ring):
    """The discriminator's gradient along training, which AdvAs penalises, and the distance to the
    data: eight Gaussians, Adam, by strength of the normalised penalty (two batches, or one). Norms
    on 2048 fresh samples; medians and middle half of the seeds. At equal rates the recalled rule
    (strength 1, never longer than the generator's own gradient) at first lowers both, by far, and
    ends with both higher than without; with a discriminator ten times as fast no help is seen. Game
    and sizes are ours.
    """
    r, s = assist_ring, assist_ring.settings
    with house():
        figure, axes = pyplot.subplots(
            2,
            len(s["rates"]),
            figsize=(DOUBLE, 5.0),
            layout="constrained",
            sharex=True,
            sharey="row",
            squeeze=False,
        )
        for column, rate in enumerate(s["rates"]):
            for i, strength in enumerate(s["strengths"]):
                for row, values in enumerate(
                    (r["norms"][i, 0, column, :, :, 1], r["distance"][i, 0, column])
                ):
                    _band(axes[row, column], r["indices"], values, i, f"strength {strength:g}")
            for i, strength in enumerate(s["single"], len(s["strengths"])):
                told = {
                    name: r[f"single {strength:g}/{name}"][column] for name in ("norms", "distance")
                }
                for row, values in enumerate((told["norms"][:, :, 1], told["distance"])):
                    _band(
                        axes[row, column],
                        r["indices"],
                        values,
                        i,
                        f"strength {strength:g}, one batch",
                    )
            axes[0, column].set_title(f"rate of D {rate:g}, of G {s['rate']:g}")
            axes[1, column].set(xlabel="update")
        axes[0, 0].set_ylabel("norm of D's gradient")
        axes[1, 0].set_ylabel("sliced Wasserstein distance")
        for axis in axes.flat:
            axis.set(yscale="log")
            axis.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
            axis.minorticks_off()
            bare(axis)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        note(
            figure,
            f"{s['seeds']} seeds, batches of {s['batch']}, two hidden layers of {s['width']}",
        )
    return figure


def _band(axis, across, values, index, name):
    """Median and middle half of the seeds, smoothed over five looks."""
    low, middle, high = (
        np.convolve(row, np.ones(5) / 5, "valid")
        for row in np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    )
    look, at = Look.of(index), across[2:-2] if len(across) > 4 else across[: len(middle)]
    band(axis, at, middle, low, high, look, name)


def assist_steps(assist_turns, assist_steps):
    """What is left for AdvAs when the discriminator has more turns. Left: the Dirac-GAN in turn,
    the eigenvalue of one turn of the generator, by R1 penalty, with AdvAs (filled) and without
    (hollow). Without a penalty there is no best discriminator to come near: its turns change
    nothing, and AdvAs always helps alike; with one its turns do the same service, and AdvAs adds
    less, or harms. Others: eight Gaussians, Adam in turn, by strength of the normalised penalty; a
    dot a seed, lines the means. Early, strength 1 is ahead at one turn and less so at more; at the
    end nobody is. Ours.
    """
    r, g, s = assist_turns, assist_steps, assist_steps.settings
    with house():
        figure, (dirac, early, late, norm) = pyplot.subplots(
            1, 4, figsize=(DOUBLE, 2.5), layout="constrained"
        )
        _eigenvalues(dirac, r)
        _by_turns(early, g, "distance", (0.2, 0.35))
        _by_turns(late, g, "distance", (0.8, 1.0))
        _by_turns(norm, g, "norms", (0.8, 1.0))
        begin, end = (round(share * s["updates"]) for share in (0.2, 0.3))
        early.set(
            ylabel="sliced Wasserstein distance",
            title=f"turns {begin} to {end} of G",
            ylim=(0.15, 2.5),
        )
        late.set(ylabel="sliced Wasserstein distance", title="last fifth", ylim=(0.15, 2.5))
        norm.set(ylabel="norm of D's gradient", title="last fifth")
        for axis in (early, late, norm):
            axis.set(yscale="log", xscale="log", xlabel="turns of D for one of G")
            axis.set_yticks((*TICKS, 5), [f"{tick:g}" for tick in (*TICKS, 5)])
            axis.set_xticks(s["turns"], [f"{t}" for t in s["turns"]])
            axis.minorticks_off()
        bare(dirac, early, late, norm)
        figure.legend(*early.get_legend_handles_labels(), loc="outside lower right", ncols=3)
        note(
            figure,
            f"Dirac-GAN: step {r.settings['step']:g}; Gaussians: {s['updates']} turns of G, "
            f"{s['seeds']} seeds",
        )
    return figure


def _eigenvalues(axis, r):
    for j in range(len(r["penalties"])):
        look = Look.of(j)
        for k in range(len(r["strengths"])):
            how = {
                "marker": look.mark,
                "markerfacecolor": look.colour if k else "white",
                "markersize": 4.5,
            }
            axis.plot(
                r["turns"],
                r["radii"][:, j, k],
                color=look.colour,
                linestyle="-" if k else look.dashes,
                **how,
            )
    handles = [
        Line2D([], [], color=Look.of(j).colour, label=f"R1 {p:g}")
        for j, p in enumerate(r["penalties"])
    ]
    for fill, strength in zip(("white", "black"), r["strengths"], strict=True):
        dot = {"color": "black", "marker": "o", "linestyle": "none", "markerfacecolor": fill}
        handles.append(Line2D([], [], label=f"strength {strength:g}", **dot))
    axis.legend(
        handles=handles,
        fontsize=7,
        loc="lower left",
        ncols=2,
        columnspacing=0.8,
        handlelength=1.8,
    )
    axis.set(
        xlabel="turns of D for one of G",
        ylabel="leading eigenvalue, modulus",
        ylim=(0.8, 1.005),
        xticks=r["turns"],
    )


def _by_turns(axis, g, name, shares):
    """The mean between two shares of the run."""
    for i, strength in enumerate(g.settings["strengths"]):
        look, means = Look.of(i), []
        for turns in g.settings["turns"]:
            values = g[f"{turns}/{name}"][i]
            values = values[..., 1] if name == "norms" else values
            first, last = (int(share * values.shape[1]) for share in shares)
            seen = values[:, first : max(first + 1, last)].mean(axis=1)
            at = turns * 1.07 ** (i - 1)
            axis.plot(
                np.full(len(seen), at),
                seen,
                look.mark,
                color=look.colour,
                markersize=2.2,
                alpha=0.6,
            )
            means.append((at, seen.mean()))
        axis.plot(*np.transpose(means), **stroke(look), label=f"strength {strength:g}")
