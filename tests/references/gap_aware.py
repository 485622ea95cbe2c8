"""The gap-aware scheduler of Hazimeh and Ponomareva (AISTATS 2023), in NumPy.

The adversary's loss on the draw of the gradient enters a running average that starts at the ideal
loss L*; with x = |average - L*| the adversary's step is multiplied by

    clip(f_max^(x / x_max), 1, f_max)   where the average is above L*,
    clip(h_min^(x / x_min), h_min, 1)   where it is not,

and nothing else is touched. Widths are a tenth of L*, of its size where it is negative.
"""

import numpy as np

import minimax_lab as mm


def schedule(gap, low, high, width_low, width_high):
    """The two branches; `gap` is the average less the ideal loss."""
    x = abs(gap)
    if gap > 0:
        return np.clip(high ** (x / width_high), 1, high)
    return np.clip(low ** (x / width_low), low, 1)


def gap_aware(
    inner,
    *,
    ideal=None,
    adversary=1,
    low=0.1,
    high=2.0,
    width_low=None,
    width_high=None,
    decay=0.95,
):
    """The adversary's block of the inner direction, times s. The inner direction never sees s."""
    average = None

    def direction(game, x, draw):
        nonlocal average
        star = game.ideal[adversary] if ideal is None else ideal
        average = star if average is None else average
        average = decay * average + (1 - decay) * game.loss(adversary, x, draw.whole)
        widths = [0.1 * abs(star) if w is None else w for w in (width_low, width_high)]
        d = inner(game, x, draw).copy()
        d[game.blocks[adversary]] *= schedule(average - star, low, high, *widths)
        return d

    return direction


REFERENCES = {mm.GapAware: gap_aware}
