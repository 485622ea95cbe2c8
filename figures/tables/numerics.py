"""Tables of consensus and of the Dirac-GAN, and of what rules cost."""

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


def shape_distances(shapes):
    """Data on a line, a circle and four lines, and a Gaussian, by regulariser and rate: W_1 between
    512 samples and 512 fresh points by exact pairing, mean of five seeds over the last fifth of
    5000 updates with its deviation over seeds, and how much a run still moves there. Fresh: what
    two clouds of fresh samples have between them, mean of fifty pairs. Ours: the paper is
    remembered to have such a table.
    """
    rows = []
    for name in map(str, shapes["names"]):
        for kind in map(str, shapes["kinds"]):
            row = [name, kind]
            for far in shapes[f"{name}/{kind}"].astype(float):
                row += [
                    f"{far.mean():.3f} ({far.mean(-1).std():.3f})",
                    f"{far.std(-1).mean():.3f}",
                ]
            rows.append((*row, float(shapes[f"{name}/fresh"].mean())))
    columns = [
        f"{word} at rate {rate:g}" for rate in shapes["rates"] for word in ("distance", "moves")
    ]
    return Table(("data", "regulariser", *columns, "fresh"), rows)


def costs_to_accuracy(accuracy_costs):
    """Every rule at the best of seventeen steps: gradients of single players (a product as two
    whole fields) and processor seconds until the field is at 1e-6 of the first, by the angle of the
    eigenvalues to the real axis. Fifty numbers a player, moduli from a tenth to one, one thread.
    Empty: 20 000 updates did not suffice at any step. Ours.
    """
    r, rows = accuracy_costs, []
    updates, _, gradients, products, seconds = np.moveaxis(r["table"], -1, 0)
    blocks, spent = updates * (gradients + 4 * products), updates * seconds
    for j, name in enumerate(map(str, r["names"])):
        pairs = [
            None if np.isnan(value) else float(value)
            for i in range(len(r["angles"]))
            for value in (blocks[i, j], spent[i, j])
        ]
        rows.append((name, *pairs))
    columns = [
        f"{word}, {angle:g} degrees" for angle in r["angles"] for word in ("gradients", "seconds")
    ]
    return Table(("rule", *columns), rows)
