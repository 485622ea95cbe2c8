"""Tables of normalised and grafted steps."""

import numpy as np

from figures.tabular import Table


def modes_counts(modes_recovery):
    """Runs of the game of two modes that recover both (15 % of the columns on each), by correlation
    of the modes and method, two sets of seeds together; the share with the exact 95 % interval, and
    runs that diverge. Population gradients and a slow generator are controls of normalised steps.
    The game as recalled, sizes and rates are ours.
    """
    names = [str(name).split("/") for name in modes_recovery["names"]]
    groups = list(dict.fromkeys((name[0], name[2]) for name in names))
    rows = []
    for correlation, method in groups:
        mine = [i for i, n in enumerate(names) if (n[0], n[2]) == (correlation, method)]
        hits, runs = (int(modes_recovery[w][mine].sum()) for w in ("recovered", "runs"))
        lost = int(modes_recovery["diverged"][np.isin(modes_recovery["group"], mine)].sum())
        rows.append((float(correlation), method, runs, hits, *_share(hits, runs), lost))
    columns = ("correlation", "method", "runs", "recover", "share", "from", "to", "diverge")
    return Table(columns, rows)


def modes_method_counts(modes_rates):
    """The same over four steps and five ratios of rates with four seeds each, by method."""
    rows = []
    for i, name in enumerate(map(str, modes_rates["names"])):
        hits, runs = int(modes_rates["recovered"][i]), int(modes_rates["runs"][i])
        lost = int(modes_rates["diverged"][modes_rates["group"] == i].sum())
        rows.append((name, runs, hits, *_share(hits, runs), lost))
    return Table(("method", "runs", "recover", "share", "from", "to", "diverge"), rows)


def modes_mechanism_counts(modes_mechanism):
    """What it is about normalising that recovers: by size of the batch (0 is the population), and
    with one player normalised alone. Ours.
    """
    rows = []
    for name, hits, runs in zip(
        map(str, modes_mechanism["names"]),
        modes_mechanism["recovered"],
        modes_mechanism["runs"],
        strict=True,
    ):
        rows.append((name, int(runs), int(hits), *_share(int(hits), int(runs))))
    return Table(("normalised", "runs", "recover", "share", "from", "to"), rows)


def graft_scores(picture_grafts):
    """Distance of Frechet (by a classifier's features) on digits, by loss and method at its best of
    five rates: median of three seeds, classes covered, and runs that diverge over all rates. Ours,
    on MNIST: no table of the paper could be read.
    """
    rows = []
    for loss in map(str, picture_grafts["losses"]):
        for method in map(str, picture_grafts["names"]):
            name = f"{loss}/{method}"
            values = picture_grafts[f"{name}/distance"].astype(float)
            middle = np.median(np.where(np.isfinite(values), values, np.inf), axis=1)
            at = int(middle.argmin())
            covered = float(np.median(picture_grafts[f"{name}/covered"][at]))
            lost = int((picture_grafts[f"{name}/outcomes"] == "diverged").sum())
            rate = float(picture_grafts[f"{name}/rates"][at])
            rows.append((loss, method, rate, float(middle[at]), covered, lost))
    columns = ("loss", "method", "best rate", "distance", "classes", "diverged")
    return Table(columns, rows)


def _share(hits, runs):
    from figures.common import interval

    low, high = interval(hits, runs)
    return hits / runs, float(low), float(high)
