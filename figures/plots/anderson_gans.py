"""Anderson mixing around Adam on small GANs."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.panels import band, legend_of
from minimax_lab.draw.style import Look


def anderson_gans(anderson_gans):
    """A grid of 25 Gaussians, a ring of eight and a Swiss roll: distance to the data, modes covered
    and share near a mode.

    Three seeds (band: least to greatest, line: median), float32, the GDA-AM study's public GAN made
    smaller for two cores: width 48 (128), batch 200 (512), 1200 updates (50,000), depth 10 (100),
    step 1e-3 (2e-4). The map mixed is one alternating Adam step on a fresh minibatch. A ridge of
    one (released) leaves the weights almost nothing to do. Leaking: the released loop's gradient of
    the generator's loss left in the discriminator's. A mode is covered by 1 % of the samples within
    three deviations.
    """
    sources, names = anderson_gans["sources"], [str(name) for name in anderson_gans["names"]]
    across = anderson_gans["indices"]
    parts = {
        "distance": "sliced Wasserstein distance",
        "modes": "modes covered",
        "near": "share within three deviations",
    }
    with mm.draw.style():
        figure, axes = pyplot.subplots(
            3,
            len(sources),
            figsize=(max(5.0, 2.9 * len(sources)), 7.4),
            sharex=True,
            layout="constrained",
            squeeze=False,
        )
        for column, source in zip(axes.T, sources, strict=True):
            column[0].set_title(
                {"grid": "25 Gaussians", "ring": "8 Gaussians", "roll": "Swiss roll"}[str(source)]
            )
            for axis, (part, word) in zip(column, parts.items(), strict=True):
                if f"{source}/{names[0]}/{part}" not in anderson_gans:
                    _table(axis, anderson_gans, names) if part == "modes" else axis.axis("off")
                    continue
                for i, name in enumerate(names):
                    look, values = Look.of(i), anderson_gans[f"{source}/{name}/{part}"]
                    ends = values.min(0), values.max(0)
                    band(axis, across, np.median(values, 0), *ends, look, name, marker=look.mark)
                axis.legend()
                axis.set_ylabel(word)
            last = column[-1] if column[-1].axison else column[0]
            last.set_xlabel("update")
            last.tick_params(labelbottom=True)
        legend_of(figure, axes, columns=3)
    return figure


def _table(axis, gans, names):
    """What one update costs."""
    axis.axis("off")
    rows = [f"{name}: {1e3 * gans[f'{name}/seconds']:.1f}" for name in names]
    axis.text(
        0.0,
        0.95,
        "milliseconds of one thread an update:\n" + "\n".join(rows),
        transform=axis.transAxes,
        va="top",
        fontsize=8,
    )
