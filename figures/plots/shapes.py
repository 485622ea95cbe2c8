"""A Gaussian, a line, a circle and four lines under the regularisers of the Dirac-GAN."""

import numpy as np
from matplotlib import pyplot

from figures.page import DOUBLE, SMALL, house
from figures.panels import note
from minimax_lab.draw.style import COLOURS


def shapes(shapes):
    """Does a penalty make GANs converge where data lies on curves? Samples of the first seed at the
    end (dark) on the data (light), each regulariser at its rate of least distance.

    Alternating RMSProp, three hidden layers of 16; penalties and consensus of strength 1, the
    Wasserstein critic's slope penalised towards one. The numbers: W_1 between 512 samples and 512
    fresh points, by exact pairing, mean over seeds and the last fifth of the run, with its standard
    deviation over seeds; beside each shape what two fresh clouds have between them, mean of fifty
    pairs. Without a regulariser the lower rate is much worse: see the table. A few points lie
    outside the frames. Settings are ours; the paper is remembered to have such a study and a table
    of it.
    """
    r, names, kinds = shapes, list(map(str, shapes["names"])), list(map(str, shapes["kinds"]))
    with house():
        figure, axes = pyplot.subplots(
            len(names),
            len(kinds),
            figsize=(DOUBLE, 1.42 * len(names) + 0.3),
            sharex="row",
            sharey="row",
            layout="constrained",
            squeeze=False,
        )
        for i, name in enumerate(names):
            real = r[f"{name}/real"].astype(float)
            reach = 1.3 * np.abs(real).max()
            for j, kind in enumerate(kinds):
                far = r[f"{name}/{kind}"].astype(float).mean(-1)
                best = int(np.argmin(np.nan_to_num(far.mean(1), nan=np.inf)))
                axis, made = axes[i, j], r[f"{name}/{kind}/samples"][best].astype(float)
                axis.plot(*real.T, ".", color="0.75", markersize=2)
                axis.plot(*made.T, ".", color=COLOURS[0], markersize=1.5)
                axis.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
                axis.set(xticks=[], yticks=[])
                spread = far[best].std()
                rate = f"{r['rates'][best]:g}"
                told = f"{far[best].mean():.3f} ± {spread:.3f} at {rate}"
                axis.set_xlabel(told, fontsize=SMALL, labelpad=2)
                if i == 0:
                    axis.set_title(kind)
            axes[i, 0].set_ylabel(f"{name}\n(fresh: {r[f'{name}/fresh'].mean():.3f})")
        s = r.settings
        note(
            figure,
            f"{s['updates']} updates, batches of {s['batch']}, {s['seeds']} seeds, rates "
            + " and ".join(f"{rate:g}" for rate in r["rates"]),
        )
    return figure
