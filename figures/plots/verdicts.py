"""Which rule on which game: the whole catalogue at one glance."""

import numpy as np
from matplotlib import pyplot
from matplotlib.patches import Patch

from figures.matrix import INKS, shade, short
from figures.page import DOUBLE, SMALL, house


def verdict_matrix(verdicts):
    """Every rule of the explorer, with step 0.1, against every game of two numbers whose strategies
    are the whole plane and that draws nothing, and the other objectives of the Dirac-GAN.

    One run a cell, from the game's own start, 2000 updates at most. Colour: the verdict, the deeper
    the faster; number: how many powers of ten the natural residual loses (positive: gains) in 100
    updates, on average until it has shrunk by 1e-12 or the walk has left. Running: neither
    converged nor diverged, nor a cycle that the judge would swear to. GapAware is left out, for it
    needs an ideal loss. In the gallery each cell opens its walk.
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
            if np.isfinite(rate):
                ink = "black" if cells[i, j] @ (0.3, 0.59, 0.11) > 0.5 else "white"
                told = f"{100 * rate / np.log(10):+.1f}".replace("-", "−")
                told = "0" if told[1:] == "0.0" else told
                axis.text(j, i, told, ha="center", va="center", fontsize=SMALL, color=ink)
        axis.set_xticks(range(len(rules)), [short(r) for r in rules], rotation=60, ha="left")
        axis.xaxis.tick_top()
        axis.set_yticks(range(len(names)), [_game(n, verdicts) for n in names])
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        handles = [Patch(color=shade(kind, 1.0), label=kind) for kind in INKS]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _game(name, verdicts):
    told = name.replace("_", " ")
    return f"Dirac-GAN, {told}" if name in verdicts["objectives"] else told
