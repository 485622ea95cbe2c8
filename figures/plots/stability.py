"""Loss of stability along one setting and two, and basins."""

import numpy as np
from matplotlib import pyplot

import minimax_lab as mm
from figures.maps import atlas_unpacked, basins_unpacked
from figures.page import DOUBLE, house
from figures.panels import note
from minimax_lab.draw.style import Look


def dirac_bifurcation(bifurcation):
    """The Dirac-GAN with a gradient penalty under simultaneous steps: the equilibrium loses its
    stability in a Neimark-Sacker point, and an invariant circle grows from it.

    Left: the generator along the branch of the origin, solid where stable, and where runs are after
    they have settled (dots); where those are few, the circle is locked to a cycle. Right: orbits at
    four steps beyond.
    """
    penalty = bifurcation.settings["penalty"]
    value, turn, coefficient = bifurcation["event"]
    with house():
        figure, (left, right) = pyplot.subplots(
            1, 2, figsize=(DOUBLE, 3.3), layout="constrained", width_ratios=(1.35, 1)
        )
        steps, ends = bifurcation["steps"], bifurcation["ends"][..., 0]
        across = np.repeat(steps[:, None], ends.shape[1], axis=1)
        left.plot(across.ravel(), ends.ravel(), ",", color="#0072B2", alpha=0.5, rasterized=True)
        left.plot([], [], ".", color="#0072B2", label="runs, settled")
        along, stable = bifurcation["values"], bifurcation["radii"] < 1
        theta = bifurcation["points"][:, 0]
        edge = int(np.argmin(stable)) if not np.all(stable) else len(along)
        left.plot(along[:edge], theta[:edge], color="black", label="origin, stable")
        left.plot(
            along[max(edge - 1, 0) :],
            theta[max(edge - 1, 0) :],
            color="black",
            linestyle=(0, (4, 2)),
            label="origin, unstable",
        )
        left.plot(value, 0, "o", color="black", markersize=6, label="Neimark-Sacker")
        left.set(xlabel="step $h$", ylabel=r"generator $\theta$")
        left.legend(loc="lower left")
        for i, (step, orbit) in enumerate(
            zip(bifurcation.settings["circles"], bifurcation["circles"], strict=True)
        ):
            few = len(np.unique(orbit.round(6), axis=0)) < 20  # locked to a cycle
            how = {"color": Look.of(i).colour, "markersize": 3.5 if few else 1.2}
            right.plot(*orbit.T, ".", **how, label=f"$h$ = {step:g}", rasterized=True)
        right.plot(0, 0, "+", color="black", markersize=7)
        right.set(xlabel=r"generator $\theta$", ylabel=r"discriminator $\psi$", aspect="equal")
        right.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=3)
        kind = "supercritical" if coefficient < 0 else "subcritical"
        note(
            figure,
            f"penalty {penalty:g}; Neimark-Sacker point at $h$ = {value:.8f}; the pair makes "
            f"{turn:.4f} turns an update; {kind}, coefficient ${coefficient:.4f}$",
        )
    return figure


def consensus_map(consensus_atlas):
    """Step and strength of consensus on the Dirac-GAN (minimax objective): the radius of the update
    map and the largest Lyapunov exponent of a run; the boundary of stability is followed, not read
    off the grid.

    Above, both players at once, where stability ends by a pair of eigenvalues; below in turn, where
    it ends by an eigenvalue at -1. The least radius is that of the grid, at once on its edge. Where
    runs from beside the origin end on a cycle, or have left for where losses are flat, the exponent
    is near zero.
    """
    with house():
        figure, axes = pyplot.subplots(2, 2, figsize=(DOUBLE, 6.2), layout="constrained")
        entries = {}
        for row, name in zip(axes, ("simultaneous", "alternating"), strict=True):
            seen = atlas_unpacked(consensus_atlas, name)
            for axis, show in zip(row, ("radius", "exponent"), strict=True):
                mm.draw.atlas(seen, axis, show=show, names=("step", "strength of consensus"))
                for handle in axis.get_legend().legend_handles:
                    entries.setdefault(str(handle.get_label()), handle)
                axis.get_legend().remove()
                axis.set_title(
                    f"{name}: least radius {np.nanmin(seen.radius):.4f} at "
                    f"({seen.best[0]:.2f}, {seen.best[1]:.2f})",
                    pad=8,
                )
        legend = {"loc": "outside lower center", "ncols": len(entries)}
        figure.legend(handles=list(entries.values()), **legend)
        grid, steps = (consensus_atlas.settings[part] for part in ("grid", "steps"))
        note(figure, f"{grid} x {grid} settings; runs of {steps} updates from beside the origin")
    return figure


def basins_of_two(five_basins):
    """The game of two basins under five rules of one step: which start comes to which attractor.

    The strict Nash equilibrium is not the only point that attracts. Above each panel the shares of
    its attractors in the order of the list, what is undecided last; H is the basin entropy in
    squares of five starts, H_b that of the squares on the boundary: above log 2 a sign of a fractal
    one only where there are two fates, which here are more.
    """
    names = [str(name) for name in five_basins["names"]]
    found = basins_unpacked(five_basins, names)
    with house():
        figure, axes = pyplot.subplots(2, 3, figsize=(DOUBLE, 5.2), layout="constrained")
        entropies = five_basins["entropies"]
        labels = {}
        for axis, name, (whole, rim) in zip(axes.flat, names, entropies, strict=False):
            mm.draw.basins(found[name], axis, names=("$x$", "$y$"))
            for handle in axis.get_legend().legend_handles:
                labels.setdefault(
                    str(handle.get_label())
                    .partition(":")[0]
                    .replace("at (", "at\n(")
                    .replace("-", "−")
                    .replace("-", "−"),
                    handle,
                )
            shares = ", ".join(f"{share:.1%}" for share in found[name].shares if share > 0)
            axis.get_legend().remove()
            axis.set_title(f"{name}\n{shares}\n$H$ = {whole:.3f}, $H_b$ = {rim:.3f}")
            axis.label_outer()
        rest = axes.flat[len(names)]
        rest.axis("off")
        for label, handle in labels.items():
            handle.set_label(label)
        rest.legend(handles=list(labels.values()), loc="center left")
        settings = five_basins.settings
        note(
            figure,
            f"step {settings['step']:g} for all, consensus of strength {settings['strength']:g}; "
            f"{settings['grid']} x {settings['grid']} starts, {settings['steps']} updates",
        )
    return figure
