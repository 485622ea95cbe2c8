"""Worst cases from above, by certificate, and from below, by search."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, house
from figures.panels import note, stroke
from minimax_lab.draw.style import Look

TITLES = {
    "descent": "simultaneous",
    "extragradient": "extragradient",
    "past extragradient": "past extragradient,\ntwo updates",
    "proximal point": "proximal point",
}
FOUND = {0: "found, linear fields", 1: "found, one kink"}
FLOOR = 1e-12  # what is closer than that has met


def certificate_steps(certificates):
    """How bad can a step be? Four methods on all mu-strongly monotone L-Lipschitz fields, the worst
    |x+|^2 / |x|^2 by step.

    From above, certificates by semidefinite programming (PEPit, Clarabel, multipliers rechecked);
    from below, the worst field of two numbers our search found. No field lies above the lines, so
    the truth is between. Lower row: what is left between the two, relative. For descent and the
    proximal point linear fields meet the certificate. For the extragradient methods they do not.
    Fields whose slope has one kink come within 0.3 % for extragradient, where an explicit one
    attains it (OP-2); for past extragradient the gap stays open at long steps. Grey: no
    contraction. Both sides together, and the worst field, are ours.
    """
    steps = certificates["steps"]
    with house():
        figure, axes = pyplot.subplots(
            2, 4, figsize=(DOUBLE, 3.8), layout="constrained", sharex=True, height_ratios=(1.3, 1)
        )
        for (upper, lower), (name, title) in zip(axes.T, TITLES.items(), strict=True):
            bound = certificates[f"{name}/certified"]
            upper.plot(steps, bound, color="black", linewidth=1.2, label="certificate")
            for bends, label in FOUND.items():
                if f"{name}/found/{bends}" in certificates:
                    found = certificates[f"{name}/found/{bends}"][:, -1]
                    shape = {
                        "color": Look.of(bends).colour,
                        "marker": "xo"[bends],
                        "markerfacecolor": "none",
                        "markersize": 5,
                    }
                    upper.plot(steps, found, linestyle="none", label=label, **shape)
                    lower.plot(steps, np.maximum(1 - found / bound, FLOOR), linewidth=0.9, **shape)
            upper.axhspan(1, 10, color="#e4e4e4", zorder=0)
            upper.set(ylim=(0.5, 1.5), title=title)
            lower.set(yscale="log", ylim=(FLOOR / 3, 1), xlabel="step $h$")
            lower.grid(axis="y", color="#dddddd", linewidth=0.5)
        axes[0, 0].set_ylabel("worst $|x_+|^2\\,/\\,|x|^2$")
        axes[1, 0].set_ylabel("relative gap")
        for axis in axes[:, 1:].flat:
            axis.tick_params(labelleft=False)
        note(figure, _class(certificates))
        figure.legend(*axes[0, 1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def certificate_search(certificates):
    """The search approaching the certificate: extragradient at the step where kinks matter most,
    against the search's steps.

    Left, the worst field found so far (96 starts side by side; first Adam on the contraction
    itself, after the dotted line random steps of adapting size) under the certificate; linear
    fields stop short of it. Right, the relative gap. Fields with one kink in their slopes close it.
    Ours.
    """
    name, looks, steps = "extragradient", certificates["looks"], certificates["steps"]
    bound, found = (
        certificates[f"{name}/certified"],
        {bends: certificates[f"{name}/found/{bends}"] for bends in FOUND},
    )
    at = int(np.argmax(found[1][:, -1] / found[0][:, -1]))
    with house():
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.0), layout="constrained")
        left.axhline(bound[at], color="black", linewidth=1.2, label="certificate")
        for bends, label in FOUND.items():
            look, path = Look.of(bends), found[bends][at]
            for axis, values in ((left, path), (right, np.maximum(1 - path / bound[at], FLOOR))):
                axis.plot(looks, values, drawstyle="steps-post", **stroke(look), label=label)
        for axis in (left, right):
            axis.axvline(
                certificates.settings["descent"], color="#777777", linewidth=0.8, linestyle=":"
            )
            axis.set(xscale="log", xlabel="steps of the search")
        left.set_ylabel("worst $|x_+|^2\\,/\\,|x|^2$ so far")
        right.set(yscale="log", ylabel="relative gap to the certificate")
        left.legend(loc="center left")
        note(figure, f"extragradient, $h = {steps[at]:g}$; {_class(certificates)}")
    return figure


def _class(certificates):
    settings = certificates.settings
    return (
        f"strong monotonicity $\\mu = {settings['monotonicity']:g}$, Lipschitz constant $L = "
        f"{settings['lipschitz']:g}$"
    )
