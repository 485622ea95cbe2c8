"""Tables of consensus and of the Dirac-GAN."""

import numpy as np

from figures.tabular import Table


def dirac_convergence(dirac_rules):
    """Which method converges on the Dirac-GAN with which objective and regulariser? Step 0.2, from
    (1, 1), 2000 updates: c, converges (within 1e-6); the distance at the end where it does not; d,
    diverges (beyond 1000). In brackets the largest modulus of an eigenvalue of the update at the
    origin, where there is one: below one means local convergence. Extends the paper's table of
    which methods converge, as remembered, by objectives and rules of ours.
    """
    rules = [str(name) for name in dirac_rules["rules"]]
    rows = []
    for i, game in enumerate(map(str, dirac_rules["names"])):
        row = []
        for j in range(len(rules)):
            end, radius = dirac_rules["distance"][i, j], dirac_rules["radius"][i, j]
            word = (
                "d"
                if not end < 1e3
                else "c"
                if end < dirac_rules.settings["near"]
                else f"{end:.2g}"
            )
            row.append(word if np.isnan(radius) else f"{word} ({radius:.3f})")
        rows.append((game, *row))
    return Table(("objective and regulariser", *rules), rows)


def consensus_scores(picture_consensus):
    """Distance of Frechet (by a classifier's features) on digits at the end, by method: mean and
    deviation of four seeds, classes covered, updates made for equal gradients, and how much the
    losses moved over the second half. Ours, on MNIST: the paper is not known to have a table.
    """
    rows = []
    for name in map(str, picture_consensus["names"]):
        ends = picture_consensus[f"{name}/distance"][:, -1].astype(float)
        losses = picture_consensus[f"{name}/losses"].astype(float)
        moved = np.median(losses[:, losses.shape[1] // 2 :].std(1), axis=0)
        covered = float(picture_consensus[f"{name}/covered"][:, -1].mean())
        updates = int(picture_consensus[f"{name}/indices"][-1])
        numbers = (float(ends.mean()), float(ends.std(ddof=1)), covered, updates)
        rows.append((name, *numbers, *(float(v) for v in moved)))
    columns = ("method", "distance", "deviation", "classes", "updates", "G moves", "D moves")
    return Table(columns, rows)


def ring_coverage(mixtures):
    """Eight Gaussians after the record's updates, by method: modes within 0.1 and within three
    deviations (mean, least and greatest of eight seeds), share of samples within 0.1, and the
    maximum mean discrepancy. Ours: the paper is remembered to show densities.
    """
    from minimax_lab import adversarial as adv

    rows = []
    for name in map(str, mixtures["names"]):
        row = [name]
        for radius in ("wide", "narrow"):
            modes = adv.covered(mixtures[f"{name}/{radius}"][:, -1], 2560)
            row += [float(modes.mean()), f"{int(modes.min())} to {int(modes.max())}"]
        share = mixtures[f"{name}/wide"][:, -1].sum(-1).mean() / 2560
        rows.append((*row, float(share), float(mixtures[f"{name}/distance"][:, -1].mean())))
    columns = (
        "method",
        "modes, 0.1",
        "from, to",
        "modes, 0.03",
        "from, to ",
        "share",
        "discrepancy",
    )
    return Table(columns, rows)
