"""Both players' losses on eight Gaussians along training."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note

SHOWN = ("simultaneous", "alternating", "consensus")


def mixture_losses(mixtures):
    """Both players' losses along the training of `mixture_modes`, on the update's own batch of 512:
    medians and middle half of the seeds. Dotted: what they are when the generator is right and the
    discriminator the best, log 2 and log 4. The paper is remembered to have such curves on CIFAR-10
    only, and to say that consensus keeps both losses almost constant. Here the generator's is
    steadier than under descent and the discriminator's stays near its ideal; under descent it falls
    as modes are lost.
    """
    names = [name for name in map(str, mixtures["names"]) if name in SHOWN]
    with house():
        figure, axes = pyplot.subplots(1, 2, figsize=(DOUBLE, 2.7), layout="constrained")
        for player, (axis, ideal, word) in enumerate(
            zip(axes, np.log([2, 4]), ("generator's loss", "discriminator's loss"), strict=True)
        ):
            for name in names:
                losses = mixtures[f"{name}/losses"][..., player].astype(float)
                middle_half(axis, mixtures["indices"], losses, look(name), told(name))
            axis.axhline(ideal, color="0.4", linewidth=0.8, linestyle=":")
            axis.set(xlabel="update", ylabel=word)
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        note(figure, f"{mixtures.settings['seeds']} seeds, TensorFlow 1's RMSProp at 0.0001")
    return figure
