"""Which method when: every method at its best, at equal cost."""

from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import note, stroke

LOWEST = 1e-6  # of a rate that is shown; what lies below does not converge


def league_chart(league):
    """Which method when? Rates of every method with its step and one more setting, if it has one,
    at their best, for each gradient of a player.

    Quadratic games of two pairs of eigenvalues at one angle to the real axis: at 0 degrees plain
    minimisation, at 90 bilinear. First three panels, by the condition number, the quotient of the
    two moduli; last, by the angle at one condition number. The rate is minus the log of the radius
    of the update map, divided by the gradients of single players in an update, where a product with
    the Jacobian counts as two whole fields. A line that leaves its panel below, or ends, stands for
    a method that does not converge there. Ours.
    """
    names, angles = [str(name) for name in league["names"]], league["angles"]
    with house():
        figure, axes = pyplot.subplots(
            1, len(angles) + 1, figsize=(DOUBLE, 2.7), layout="constrained", sharey=True
        )
        for name in names:
            own = stroke(look(name))
            rows = [*league[f"{name}/conditions"], league[f"{name}/turns"]]
            across = [league["conditions"]] * len(angles) + [league["turns"]]
            for axis, x, rate in zip(axes, across, rows, strict=True):
                axis.plot(x, rate.clip(LOWEST / 10), **own, marker=".", ms=3, label=told(name))
        for axis, angle in zip(axes, angles, strict=False):
            axis.set(xscale="log", xlabel="condition number", title=f"{angle:g} degrees")
        axes[0].set(yscale="log", ylabel="rate per gradient of a player", ylim=(LOWEST, None))
        condition = league.settings["condition"]
        axes[-1].set(xlabel="angle (degrees)", title=f"condition number {condition:g}")
        note(figure, "two pairs of eigenvalues, radius at an equilibrium")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
