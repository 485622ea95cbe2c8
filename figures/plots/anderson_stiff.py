"""Comparison, depths and learning rates on one stiff bilinear game, with the simultaneous curves
that the released plots lack.
"""

from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import curve

AXES = {"yscale": "log", "xlabel": "update"}


def anderson_compared(anderson_stiff):
    """Bilinear game, n = 100, condition number 215, |A| = 1, steps 1, depth 10: the GDA-AM study's
    comparison, 50,000 updates.

    Its committed vector figure, of a million updates on another matrix, shows simultaneous mixing
    at 1e-5 after 60,000 updates and alternating mixing after 202,000. Here simultaneous mixing
    converges by landing restarts, the default, whose residual never grows. It is several times as
    fast, without that promise, where a full window is cleared but for the last evaluation, the
    released convention; which reaches the solution without any remedy, too, out of rounding. A
    sliding window without one diverges. One matrix and no noise: there is no spread.
    """
    with house():
        figure, axis = pyplot.subplots(figsize=(DOUBLE, 3.4), layout="constrained")
        rows = {
            name.removeprefix("compared/"): row
            for name, row in anderson_stiff.items()
            if name.startswith("compared/")
        }
        across = rows.pop("indices")
        for i, (name, row) in enumerate(rows.items()):
            curve(axis, across[: len(row)], row, i, told(name), look(name))
        axis.set(**AXES, ylim=(1e-4, 1e4), ylabel="distance to the solution")
        axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return figure


def anderson_depths(anderson_stiff):
    """The depth study on the same game, for steps 1 and 0.01: simultaneous mixing left, alternating
    right.

    The released picture (step 0.01) has alternating curves, and of simultaneous mixing a flat one
    of depth 3 whose legend says 10; those of depths 50 and 100 are missing from the file. Here
    every depth has both, with landing restarts for simultaneous steps; those do not mind the small
    step, alternating ones do: a tenth of the study's 100,000 updates brings them nowhere. One
    matrix and no noise: there is no spread.
    """
    return _pairs(
        anderson_stiff,
        "deep",
        {
            step: [f"{p}, {step}" for p in anderson_stiff.settings["depths"]]
            for step in ("1", "0.01")
        },
        "depth",
    )


def anderson_rates(anderson_stiff):
    """The learning-rate study on the same game at depth 10: the released picture has no
    simultaneous curve at all.

    With landing restarts the rate does not matter, as the corrected theorem says (its bound of the
    residual does not know it): the three curves coincide. Without a remedy steps of 1 and 2
    diverge. Mixed alternating steps profit from larger ones. The released optimistic curves are in
    the right panel, the larger step leaving the frame. One matrix and no noise: there is no spread.
    """
    rates = [f"{rate:g}" for rate in anderson_stiff.settings["rates"]]
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.8), sharey=True, layout="constrained"
        )
        titles = ("mixed simultaneous", "mixed simultaneous, no remedy", "mixed alternating")
        for axis, name, title in zip(
            axes, ("simultaneous", "no remedy", "alternating"), titles, strict=True
        ):
            for i, rate in enumerate(rates):
                row = anderson_stiff[f"paced/{name}, {rate}"]
                curve(axis, anderson_stiff["paced/indices"][: len(row)], row, i, f"step {rate}")
            axis.set(**AXES, title=title, ylim=(1, 1e4))
        for i, rate in enumerate(("0.5", "1")):
            row = anderson_stiff[f"paced/optimistic, {rate}"]
            curve(
                axes[2],
                anderson_stiff["paced/indices"][: len(row)],
                row,
                3 + i,
                f"optimistic {rate}",
            )
        axes[0].set_ylabel("distance to the solution")
        for axis in axes:
            axis.legend()
    return figure


def _pairs(stiff, study, rows, word):
    """A row of two panels, simultaneous and alternating, for each step."""
    with house():
        figure, axes = pyplot.subplots(
            len(rows),
            2,
            figsize=(DOUBLE, 2.2 * len(rows) + 0.3),
            sharex=True,
            sharey=True,
            layout="constrained",
        )
        for line, (step, names) in zip(axes, rows.items(), strict=True):
            for axis, kind in zip(line, ("simultaneous", "alternating"), strict=True):
                for i, name in enumerate(names):
                    row = stiff[f"{study}/{kind}, {name}"]
                    curve(
                        axis,
                        stiff[f"{study}/indices"][: len(row)],
                        row,
                        i,
                        f"{word} {name.split(',')[0]}",
                    )
                axis.set(**AXES, title=f"mixed {kind}, step {step}", ylim=(1e-12, 1e4))
                axis.legend()
                axis.label_outer()
            line[0].set_ylabel("distance to the solution")
    return figure
