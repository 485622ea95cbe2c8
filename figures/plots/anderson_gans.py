"""Anderson mixing around Adam on small GANs."""

import numpy as np
from matplotlib import pyplot

from figures.methods import look, told
from figures.page import DOUBLE, house
from figures.panels import band, bare, hollow

SOURCES = {"grid": "25 Gaussians", "ring": "8 Gaussians", "roll": "Swiss roll"}


def anderson_gans(anderson_gans):
    """Does mixing bring Adam closer to its data? On 25 Gaussians, on eight and on a Swiss roll it
    does not. Above: sliced Wasserstein distance of 2000 samples to the data along training, medians
    over three seeds and their range. Below: the distance after the last update, a mark a seed; grey
    is the range of Adam alone. At the right of a panel, the modes covered at the end, seed by seed
    (1 % of the samples within three deviations).

    Float32; the GDA-AM study's public GAN made smaller for two cores: width 48 (128 there), batch
    200 (512), 1200 updates (50,000), window 10 (100), rate 1e-3 (2e-4). The map mixed is one
    alternating Adam step on a fresh minibatch. A ridge of one (released) leaves the weights almost
    nothing to do, so it follows Adam. Leaking: with the released loop's gradient of the generator's
    loss left in the discriminator's. An update takes one thread as long in every method, within a
    tenth of a millisecond (beside the names).
    """
    sources, names = (
        list(map(str, anderson_gans["sources"])),
        list(map(str, anderson_gans["names"])),
    )
    places = np.arange(len(names))[::-1]
    with house():
        figure, axes = pyplot.subplots(
            2,
            len(sources),
            figsize=(DOUBLE, 4.5),
            sharey="row",
            layout="constrained",
            squeeze=False,
        )
        for (along, end), source in zip(axes.T, sources, strict=True):
            for place, name in zip(places, names, strict=True):
                own, values = look(name), anderson_gans[f"{source}/{name}/distance"]
                ends = np.median(values, 0), values.min(0), values.max(0)
                band(along, anderson_gans["indices"], *ends, own, told(name), **hollow(own, 3))
                dots = hollow(own, 4.5) | {"color": own.colour, "linestyle": "none"}
                end.plot(values[:, -1], np.full(len(values), place), **dots)
                if f"{source}/{name}/modes" in anderson_gans:
                    modes = anderson_gans[f"{source}/{name}/modes"][:, -1]
                    said = ", ".join(f"{count:.0f}" for count in modes)
                    across = {"transform": end.get_yaxis_transform(), "ha": "right", "va": "center"}
                    end.text(0.98, place + 0.28, said, fontsize=7, **across)
            plain = anderson_gans[f"{source}/{names[0]}/distance"][:, -1]
            end.axvspan(plain.min(), plain.max(), color="0.88", zorder=0)
            along.set(title=SOURCES[source], xlabel="update", yscale="log")
            end.set(xscale="log", xlabel="distance at the end", xlim=(0.08, 3))
            end.set_xticks((0.1, 0.3, 1, 3), ("0.1", "0.3", "1", "3"))
            end.minorticks_off()
            if f"{source}/{names[0]}/modes" in anderson_gans:
                end.set_title(f"modes covered, of {25 if source == 'grid' else 8}", loc="right")
        axes[0, 0].set_ylabel("sliced Wasserstein distance")
        axes[0, 0].set_yticks((0.1, 0.3, 1, 3), ("0.1", "0.3", "1", "3"))
        axes[0, 0].minorticks_off()
        each = [f"{told(n)}\n{1e3 * anderson_gans[f'{n}/seconds']:.1f} ms an update" for n in names]
        axes[1, 0].set(yticks=places, yticklabels=each, ylim=(-0.5, len(names) - 0.3))
        bare(*axes.flat)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
