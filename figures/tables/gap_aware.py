"""Tables of the gap-aware scheduler: ideal losses, and accuracies on a target domain."""

import numpy as np

from figures.tabular import Table


def ideal_losses(gap_scale):
    """The discriminator's loss once both distributions are equal, by objective; the widths over
    which the scale of its rate falls and rises (a tenth of it); and the scale at gaps of half a
    width. The code of the scheduler has log 4 = 1.386 for the non-saturating loss; the others are
    derived here.
    """
    rows = []
    for name, ideal, width, losses, scales in zip(
        gap_scale["names"],
        gap_scale["ideals"],
        gap_scale["widths"],
        gap_scale["losses"],
        gap_scale["scales"],
        strict=True,
    ):
        below, above = np.interp(ideal + np.array([-0.5, 0.5]) * width, losses, scales)
        rows.append((str(name), float(ideal), float(width), float(below), float(above)))
    columns = ("objective", "ideal loss", "width", "scale half below", "scale half above")
    return Table(columns, rows)


def domain_accuracies(domains):
    """Accuracy on the target domain in per cent, by shift and by the discriminator's rate: constant
    and gap-aware, mean over seeds with the standard error, and their difference seed by seed. Ours:
    no table of the paper could be read.
    """
    rows = []
    for shift in domains.settings["shifts"]:
        names, rates = domains[f"{shift}/names"], domains[f"{shift}/rates"]
        ends = 100 * domains[f"{shift}/accuracy"][..., -1]
        rows.append((shift, None, _mean(ends[names == "source only"][0]), None, None))
        for rate in domains.settings["rates"]:
            constant, aware = (
                ends[(names == kind) & np.isclose(rates, rate)][0]
                for kind in ("constant", "gap-aware")
            )
            gain = _mean(aware - constant)
            rows.append((shift, float(rate), _mean(constant), _mean(aware), gain))
    columns = ("shift", "rate of D", "constant (source only)", "gap-aware", "difference")
    return Table(columns, rows)


def ring_modes(gap_ring):
    """Modes of eight reached at the end and share of samples near one, mean over sixteen seeds, by
    how many times the discriminator's rate is the generator's. A tenth and the own mean are
    constant rates. Ours.
    """
    from minimax_lab import adversarial as adv

    arms, rows = ("baseline", "gap-aware", "tenth", "own mean"), []
    for j, times in enumerate(gap_ring["mistuned"]):
        row = [float(times)]
        for arm in arms:
            late = gap_ring[f"{arm}/counts"][j][:, -10:]
            row += [float(adv.covered(late, 1024).mean()), float(late.sum(-1).mean() / 1024)]
        rows.append(tuple(row))
    columns = [f"{arm}, {what}" for arm in arms for what in ("modes", "share")]
    return Table(("D's rate / G's", *columns), rows)


def _mean(values):
    return f"{values.mean():.1f} ± {values.std(ddof=1) / np.sqrt(len(values)):.1f}"
