"""Which rule on which game: the whole catalogue at one glance."""

import numpy as np
from matplotlib import pyplot
from matplotlib.patches import Patch

from figures.matrix import INKS, SIGNS, called, shade, short, told
from figures.page import DOUBLE, SMALL, house


def verdict_matrix(verdicts):
    """Every rule of the explorer, with step 0.1, against every game of two numbers whose strategies
    are the whole plane and that draws nothing, and the other objectives of the Dirac-GAN.

    One run a cell, from the game's own start, 2000 updates at most. Converged: the deeper the
    colour the faster, and the number is how many orders of magnitude the natural residual loses in
    100 updates, on average until it has shrunk by 1e-12; without a number, it was there within 40.
    Running: neither converged nor diverged, nor seen to cycle, nor to rest where no equilibrium is
    (stalled); the number is the mean over all of the run (−: it gains). GapAware is left out, for
    it needs an ideal loss. In the gallery each cell opens its walk.
    """
    names, rules = ([str(n) for n in verdicts[part]] for part in ("names", "rules"))
    kinds, rates = verdicts["kinds"], verdicts["rates"]
    with house():
        figure, axis = pyplot.subplots(figsize=(DOUBLE, 6.2), layout="constrained")
        cells = np.array(
            [
                [shade(str(kind), rate) for kind, rate in zip(*pair, strict=True)]
                for pair in zip(kinds, rates, strict=True)
            ]
        )
        axis.imshow(cells, aspect="auto")
        for (i, j), rate in np.ndenumerate(rates):
            ink = "black" if cells[i, j] @ (0.3, 0.59, 0.11) > 0.5 else "white"
            mark = told(str(kinds[i, j]), float(rate))
            axis.text(j, i, mark, ha="center", va="center", fontsize=SMALL, color=ink)
        axis.set_xticks(range(len(rules)), [short(r) for r in rules], rotation=60, ha="left")
        axis.xaxis.tick_top()
        axis.set_yticks(range(len(names)), [called(n, verdicts["objectives"]) for n in names])
        axis.set_xticks(np.arange(len(rules) - 1) + 0.5, minor=True)
        axis.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
        axis.grid(which="minor", color="white", linewidth=0.8)
        axis.tick_params(which="both", length=0)
        axis.spines[:].set_visible(False)
        handles = [
            Patch(color=shade(kind, 1.0), label=f"{kind} {SIGNS.get(kind, '')}".strip())
            for kind in INKS
        ]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=len(handles),
            title="number: orders of magnitude that the residual loses in 100 updates (−: gains)",
        )
    return figure
