"""Gap-aware steps and AdvAs together: on the Dirac-GAN and on eight Gaussians."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note, strip, stroke
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import Look

SAMPLES = 1024


def gap_and_assist(gap_and_assist):
    """Gap-aware steps and AdvAs on the zero-sum Dirac-GAN, each alone and both, at once; medians
    and middle half of 16 starts on a circle. Left: by the gradient. Above the threshold (strength
    0.5 against step/2 = 0.05) both together fall as AdvAs alone; below it (0.03) AdvAs only slows
    the growth and gap-aware steps bound it. Middle: the orbit that is left, by strength: with both
    it is 8 (step - 2 strength)(1 + lag^2)/K (lines, ours), and nothing at the threshold. Right:
    around Adam, rate 0.01: AdvAs brings Adam near, then Adam's own length throws it about; both
    bound it.
    """
    r, s = gap_and_assist, gap_and_assist.settings
    with house():
        figure, (plain, orbit, adam) = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.8), layout="constrained"
        )
        for axis, name in ((plain, "gradient"), (adam, "Adam")):
            index = 0
            for i, strength in enumerate(s["strengths"]):
                for on in (0, 1):
                    own, values = Look.of(index), r[name][i, on]
                    parts = ["gap-aware"] * on + [f"AdvAs {strength:g}"] * (strength > 0)
                    middle_half(axis, r["indices"], values, own, " + ".join(parts) or "neither")
                    index += 1
            axis.set(xlabel="update", ylabel=r"$\theta^2 + \psi^2$", yscale="log")
        plain.set(ylim=(1e-6, 30), title=f"gradient, step {s['step']:g}")
        adam.set(ylim=(1e-8, 10), title=f"Adam, rate {s['rate']:g}")
        for i, decay in enumerate(s["decays"]):
            look, k = Look.of(i), r["orbit/decay"] == decay
            orbit.plot(r["orbit/strength"][k], r["orbit/wanted"][k], **stroke(look))
            marks = {"color": look.colour, "marker": look.mark, "linestyle": "none"}
            orbit.plot(
                r["orbit/strength"][k], r["orbit/measured"][k], label=f"average {decay:g}", **marks
            )
        orbit.set(
            xlabel="strength of AdvAs",
            ylabel="energy of the orbit",
            title=f"gap-aware, step {s['step']:g}",
        )
        orbit.legend(loc="upper right")
        bare(plain, orbit, adam)
        figure.legend(
            *plain.get_legend_handles_labels(),
            loc="outside lower center",
            ncols=6,
            columnspacing=1.0,
            handlelength=2.2,
        )
    return figure


MEASURES = {
    "modes": "modes covered, of 8",
    "quality": "share of samples near a mode",
    "distance": "sliced Wasserstein distance",
    "gap": r"$|L_D - \log 4|$",
}


def gap_and_assist_ring(assist_ring):
    """Gap-aware steps and AdvAs around Adam on eight Gaussians, each alone and both, by strength of
    the normalised penalty and by the discriminator's rate; means of the last quarter of the run, a
    dot a seed (the same starts and batches everywhere), bars the means. At a good rate (above)
    gap-aware steps keep the loss near log 4 and lose modes and quality; AdvAs of strength 1 gives
    them most of the modes back, hardly the quality. At ten times the rate (below) gap-aware steps
    sit on their floor and do what a tenth of the rate does, and AdvAs takes a little of it away.
    Game and sizes are ours.
    """
    r, s = assist_ring, assist_ring.settings
    with house():
        rows = len(s["rates"])
        figure, axes = pyplot.subplots(
            rows,
            len(MEASURES),
            figsize=(DOUBLE, 1.9 * rows + 0.4),
            layout="constrained",
            squeeze=False,
        )
        told = {name: _late(r, name) for name in MEASURES}
        for row, rate in enumerate(s["rates"]):
            for axis, (name, label) in zip(axes[row], MEASURES.items(), strict=True):
                for on in (0, 1):
                    for i in range(len(s["strengths"])):
                        own, values = look(("constant", "gap-aware")[on]), told[name][i, on, row]
                        at = i + 0.3 * (on - 0.5)
                        text = ("constant rate", "gap-aware")[on] if i == 0 else None
                        strip(axis, at, values, own, text, own.colour if on else "white")
                axis.set(
                    ylabel=label,
                    xticks=range(len(s["strengths"])),
                    xticklabels=[f"{v:g}" for v in s["strengths"]],
                )
                bare(axis)
                axis.set_ylim(bottom=0)
            axes[row, 0].set_title(f"rate of D {rate:g}, of G {s['rate']:g}", loc="left")
        for axis in axes[-1]:
            axis.set_xlabel("strength of AdvAs")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        note(
            figure,
            f"{s['seeds']} seeds, {s['updates']} updates, batches of {s['batch']}, two hidden "
            f"layers of {s['width']}",
        )
    return figure


def _late(r, name):
    """The mean over the last quarter, by strength, schedule, rate and seed."""
    values = {
        "modes": lambda: adv.covered(r["counts"], SAMPLES),
        "quality": lambda: r["counts"].sum(-1) / SAMPLES,
        "distance": lambda: r["distance"],
        "gap": lambda: np.abs(r["losses"][..., 1] - np.log(4)),
    }[name]()
    return values[..., -max(1, values.shape[-1] // 4) :].mean(-1)
