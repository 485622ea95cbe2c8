"""A classifier of digits that is trained against disturbances."""

from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow, note


def picture_robust(picture_robust):
    """A convolutional classifier of 28 x 28 digits against a player who changes every picture
    within a box, all pictures at every update, at equal budgets of one player's gradients. Left:
    the share of unseen digits that is right under an attack of projected signs, by the attack's box
    (the training's is dashed). Right: the classifier's mean loss along training. Means over seeds
    with their least and greatest. A CPU twin of the robust training of "GDA-AM".
    """
    r = picture_robust
    s = r.settings
    with house():
        figure, axes = pyplot.subplots(1, 2, figsize=(DOUBLE, 3.1), layout="constrained")
        for name in map(str, r["names"]):
            own, right, loss = look(name), r[f"{name}/right"], r[f"{name}/loss"]
            for axis, across, values in (
                (axes[0], s["boxes"], right),
                (axes[1], r[f"{name}/blocks"], loss),
            ):
                ends = values.mean(0), values.min(0), values.max(0)
                mark = hollow(own) if axis is axes[0] else {}
                band(axis, across, *ends, own, told(name), **mark)
        axes[0].axvline(s["box"], color="0.5", linewidth=0.7, linestyle="--")
        axes[0].set(
            xlabel="largest change of a pixel by the attack",
            ylabel="accuracy under attack",
            ylim=(0, 1),
        )
        axes[1].set(xlabel="one player's gradients spent", ylabel="classifier's loss", yscale="log")
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        note(
            figure,
            f"{s['seen']} pictures, rates {s['steps'][0]:g} and {s['steps'][1]:g}, "
            f"attack of {s['attack']} steps, {s['seeds']} seeds",
        )
    return figure
