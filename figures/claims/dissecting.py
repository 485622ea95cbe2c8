"""Dissecting adaptive methods in GANs.

Jelassi, Dobre, Mensch, Li, Gidel 2022. The abstract could be read; theorems, game and experiments
are remembered, so that sizes, rates and thresholds are ours.
"""

import numpy as np

from figures.verdicts import claim, judged, untried


@claim("memory", theorems=("NS-1", "NS-2", "NS-3"))
def grafts_and_lengths():
    """A graft has the length of one method and the direction of another; a normalised step has one
    length, whatever the scale of the loss.
    """


@claim("abstract", shows=("modes_histogram", "modes_counts"))
def normalised_recovers(modes_recovery):
    """In a synthetic game normalised descent-ascent recovers both modes."""
    parts, told = {}, []
    for name, hits, runs in _groups(modes_recovery, "nSGDA"):
        parts[f"correlation {name}: nine runs of ten"] = hits >= 0.9 * runs
        told.append(f"{name}: {hits} of {runs}")
    return judged(f"Runs that recover, by correlation: {'; '.join(told)}", parts)


@claim("abstract", shows=("modes_histogram", "modes_counts", "modes_rate_map"))
def plain_never_recovers(modes_recovery):
    """There plain descent-ascent with any learning rates collapses: it recovers both modes in no
    run.
    """
    parts, told = {}, []
    for name, hits, runs in _groups(modes_recovery, "SGDA"):
        parts[f"correlation {name}"] = hits == 0
        told.append(f"{name}: {hits} of {runs}")
    return judged(f"Runs that recover, by correlation: {'; '.join(told)}", parts)


@claim("memory", shows=("modes_phase_diagram",))
def plain_learns_no_mode(modes_phase):
    """Strictly: plain descent-ascent ends on the average of the modes or on noise, with no output
    on a single mode.
    """
    parts, told = {}, []
    names = list(map(str, modes_phase["names"]))
    for correlation in modes_phase.settings["correlations"]:
        group = names.index(f"SGDA/40/{correlation}")
        mine = (modes_phase["group"] == group) & ~modes_phase["diverged"]
        single = modes_phase["shares"][mine][:, :-2].sum(1) > 0
        parts[f"correlation {correlation:g}"] = not single.any()
        told.append(f"{correlation:g}: {single.sum()} of {mine.sum()}")
    return judged(
        f"Runs with a column on a single mode, 40 neurons, by correlation: {'; '.join(told)}", parts
    )


@claim("memory", theorems=("NS-5",))
def first_gradients():
    """At the start the discriminator's gradient is longer than the generator's by a power of the
    dimension.
    """


@claim("memory", shows=("neuron_modes",), theorems=("NS-6",))
def neurons_average():
    """A neuron that sees two modes alike ends on their average where they are correlated: from 1/3
    on.
    """


@claim("memory", theorems=("NS-7", "NS-8"))
def average_comes_first():
    """Under plain steps the discriminator aligns with the average before the generator has moved,
    and the first output is the average.
    """


@claim("abstract", shows=("modes_norms",), theorems=("NS-11",))
def same_pace():
    """Normalising makes both players move at the same pace."""


@claim("abstract", shows=("modes_ablation", "modes_mechanism_counts"))
def pace_is_the_reason(modes_mechanism):
    """That pace is why the modes are recovered."""
    share = dict(
        zip(
            map(str, modes_mechanism["names"]),
            modes_mechanism["recovered"] / modes_mechanism["runs"],
            strict=True,
        )
    )
    kept = {
        "single samples": share["batch 1"],
        "pairs": share["batch 2"],
        "batches of 8": share["batch 8"],
        "batches of 32": share["batch 32"],
        "the population": share["batch 0"],
    }
    told = ", ".join(f"{name} {value:.2f}" for name, value in kept.items())
    return judged(
        f"Share of runs that recover though the pace is the same: {told}",
        {name: value >= 0.5 for name, value in kept.items()},
    )


@claim("abstract", shows=("modes_rate_map", "modes_counts"))
def length_and_not_direction(modes_rates):
    """Adam's length is what matters, and not its direction: in the synthetic game."""
    hits = dict(zip(map(str, modes_rates["names"]), modes_rates["recovered"], strict=True))
    runs = int(modes_rates["runs"][0])
    told = ", ".join(f"{name} {count}" for name, count in hits.items())
    return judged(
        f"Runs of {runs} that recover over all rates: {told}",
        {
            "the length along the gradient recovers": hits["AdaLR"] > 0.25 * runs,
            "the direction alone does not": hits["AdaDir"] < 0.05 * runs,
            "Adam itself recovers": hits["Adam"] > 0.25 * runs,
        },
    )


@claim("abstract", shows=("mixture_graft_rates",))
def length_on_a_ring(mixture_grafts):
    """The same with networks on eight Gaussians, each method at its best rate."""
    best = _modes_at_best(mixture_grafts)
    told = ", ".join(f"{name} {modes.mean():.1f}" for name, modes in best.items())
    return judged(
        f"Mean modes of eight over ten seeds: {told}",
        {
            "AdaLR within half a mode of Adam": best["AdaLR"].mean() > best["Adam"].mean() - 0.5,
            "AdaDir below both in every pair": (
                best["AdaDir"] < np.minimum(best["AdaLR"], best["Adam"])
            ).all(),
        },
    )


@claim("abstract", shows=("picture_graft_rates",))
def length_on_pictures(picture_grafts):
    """The same on pictures, under both losses."""
    parts, told = {}, []
    for loss in map(str, picture_grafts["losses"]):
        best = {m: _best(picture_grafts, loss, m) for m in ("Adam", "AdaLR", "AdaDir", "SGDA")}
        parts[f"{loss}: AdaLR within a quarter of Adam"] = best["AdaLR"] < 1.25 * best["Adam"]
        parts[f"{loss}: AdaDir beyond it"] = best["AdaDir"] > 1.25 * best["Adam"]
        parts[f"{loss}: SGDA beyond it"] = best["SGDA"] > 1.25 * best["Adam"]
        told.append(f"{loss}: {', '.join(f'{m} {value:.0f}' for m, value in best.items())}")
    return judged(f"Median distance of Frechet at each one's best rate: {'; '.join(told)}", parts)


@claim("abstract", shows=("picture_graft_rates",))
def normalised_matches_adam(picture_grafts):
    """On pictures normalised descent-ascent does as well as Adam."""
    parts, told = {}, []
    for loss in map(str, picture_grafts["losses"]):
        aim = _best(picture_grafts, loss, "Adam")
        for method in ("l-nSGDA", "g-nSGDA"):
            value = _best(picture_grafts, loss, method)
            parts[f"{loss}, {method}"] = value < 1.1 * aim
            told.append(f"{loss}, {method} {value:.0f} ({aim:.0f})")
    return judged(
        f"Median distance of Frechet at the best rate, in brackets Adam's: {'; '.join(told)}", parts
    )


@claim("memory", shows=("mixture_graft_rates",))
def normalised_on_a_ring(mixture_grafts):
    """By layers it matches Adam on eight Gaussians too, at constant rates."""
    best = _modes_at_best(mixture_grafts)
    return judged(
        f"Mean modes: Adam {best['Adam'].mean():.1f}, l-nSGDA {best['l-nSGDA'].mean():.1f}, SGDA "
        f"{best['SGDA'].mean():.1f}",
        {
            "within half a mode of Adam": best["l-nSGDA"].mean() > best["Adam"].mean() - 0.5,
            "more modes than SGDA": best["l-nSGDA"].mean() > best["SGDA"].mean(),
        },
    )


@claim("memory", shows=("picture_graft_paces",))
def pace_on_pictures(picture_grafts):
    """On pictures the ratio of the players' updates tells good methods from bad ones: those near
    Adam in quality are nearer one than plain descent.
    """
    parts, told = {}, []
    for loss in map(str, picture_grafts["losses"]):
        paces = {m: _pace(picture_grafts, loss, m) for m in ("Adam", "AdaLR", "l-nSGDA", "SGDA")}
        off = {name: abs(np.log(value)) for name, value in paces.items()}
        parts[f"{loss}: Adam"] = off["Adam"] < off["SGDA"]
        parts[f"{loss}: AdaLR"] = off["AdaLR"] < off["SGDA"]
        told.append(f"{loss}: {', '.join(f'{m} {value:.2g}' for m, value in paces.items())}")
    return judged(
        f"Median length of the discriminator's step over the generator's, second half, best rate: "
        f"{'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("mixture_paces",))
def pace_on_networks(mixture_paces):
    """Where networks are trained, plain descent-ascent lets the ratio of the players' updates drift
    and loses modes; Adam and normalised steps hold it and keep more of them.
    """
    from minimax_lab import adversarial as adv

    drifts, modes, told = {}, {}, []
    for name in map(str, mixture_paces["names"]):
        reached = adv.covered(mixture_paces[f"{name}/counts"], 1024).mean(-1)
        best = int(reached.argmax())
        rows = mixture_paces[f"{name}/moves"][best, :, 1:].astype(float)
        low, high = np.quantile(rows[..., 1] / rows[..., 0], (0.05, 0.95), axis=-1)
        drifts[name], modes[name] = float(np.median(high / low)), float(reached[best])
        told.append(f"{name} {drifts[name]:.1f} and {modes[name]:.1f}")
    parts = {}
    for name in ("Adam", "l-nSGDA", "g-nSGDA"):
        parts[f"{name} drifts less than half as far as SGDA"] = drifts[name] < drifts["SGDA"] / 2
        parts[f"{name} keeps a mode more"] = modes[name] > modes["SGDA"] + 1
    return judged(
        f"95th over 5th percentile of the ratio along a run and modes of eight at the end, each at "
        f"its best rate: {'; '.join(told)}",
        parts,
    )


@claim("ours", shows=("modes_unequal",))
def shares_are_kept(modes_several):
    """Normalised descent-ascent keeps the shares of modes beyond two equal ones."""
    parts, told = {}, []
    for case in modes_several.settings["chosen"]:
        hits = int(modes_several[f"{case}/nSGDA/recovered"])
        runs = len(modes_several[f"{case}/nSGDA/least"])
        parts[case] = hits >= 0.75 * runs
        told.append(f"{case}: {hits} of {runs}")
    return judged(f"Runs with half a fair share on every mode: {'; '.join(told)}", parts)


@claim("ours", shows=("modes_dimensions",))
def higher_dimensions(modes_scaling):
    """It recovers in higher dimensions as well."""
    parts, told = {}, []
    for name, hits, runs in zip(
        map(str, modes_scaling["names"]),
        modes_scaling["recovered"],
        modes_scaling["runs"],
        strict=True,
    ):
        dimension, neurons = name.split("/")
        parts[f"{dimension} dimensions, {neurons} neurons"] = hits >= 0.75 * runs
        told.append(f"{dimension}/{neurons}: {hits} of {runs}")
    return judged(f"Runs that recover, by dimension and neurons: {'; '.join(told)}", parts)


@claim("memory")
def large_pictures():
    """StyleGAN2 and ResNets on CIFAR-10, STL-10, LSUN and CelebA-HQ show the same."""
    return untried("neither the data nor machines for it are at hand; digits stand in above")


def _groups(record, method):
    """By correlation, hits and runs of both sets of seeds together."""
    names = [str(name).split("/") for name in record["names"]]
    for correlation in record.settings["correlations"]:
        mine = [i for i, n in enumerate(names) if n[0] == str(correlation) and n[2] == method]
        yield (
            f"{correlation:g}",
            int(record["recovered"][mine].sum()),
            int(record["runs"][mine].sum()),
        )


def _modes_at_best(record):
    from minimax_lab import adversarial as adv

    best = {}
    for name in map(str, record["names"]):
        modes = adv.covered(record[f"{name}/wide"][:, :, -1], 1024)
        best[name] = modes[modes.mean(1).argmax()]
    return best


def _best(record, loss, method):
    """The least over rates of the median over seeds."""
    return np.median(_distances(record, loss, method), axis=1).min()


def _distances(record, loss, method):
    values = record[f"{loss}/{method}/distance"].astype(float)
    return np.where(np.isfinite(values), values, np.inf)


def _pace(record, loss, method):
    rate = np.median(_distances(record, loss, method), axis=1).argmin()
    moves = record[f"{loss}/{method}/moves"][rate].astype(float)
    late = moves[:, moves.shape[1] // 2 :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.nanmedian(late[..., 1] / late[..., 0]))
