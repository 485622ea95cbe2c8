"""Tables of the GDA-AM study."""

import numpy as np

from figures.tabular import Table

RULES = (
    "simultaneous",
    "alternating",
    "extragradient",
    "optimistic",
    "mixed simultaneous",
    "mixed alternating",
)
# What the released accelerator needed when it was executed, mixed simultaneous and alternating;
# nothing where it did not arrive.
RELEASED = {
    "1a": (131, 113),
    "1b": (696, 796),
    "1c": (None, 508),
    "2b": (91, 53),
    "2c": (None, 348),
}


def anderson_numbers(anderson_games):
    """Updates to a relative squared distance of 1e-10 on the five games of the study's code (its
    own draws, steps and depths); a dash where they do not suffice. Last two columns: what the
    released accelerator needs, executed on the same games.
    """
    rows = []
    for name in map(str, anderson_games["names"]):
        need = [_updates(anderson_games[f"{name}/{rule}"]) for rule in RULES]
        rows.append((name, *need, *RELEASED[name]))
    columns = ("game", *RULES, "released, simultaneous", "released, alternating")
    return Table(columns, rows)


def anderson_stiff_numbers(anderson_stiff):
    """Distance to the solution of the stiff bilinear game after the record's updates, by window and
    step, for both mixed maps; 172 at the start. Ours: the released curves are of another matrix,
    and those of simultaneous mixing are missing from its files.
    """
    rows = []
    for step in ("1", "0.01"):
        for depth in anderson_stiff.settings["depths"]:
            ends = [
                float(anderson_stiff[f"deep/{kind}, {depth}, {step}"][-1])
                for kind in ("simultaneous", "alternating")
            ]
            rows.append((float(step), int(depth), *ends))
    return Table(("step", "window", "mixed simultaneous", "mixed alternating"), rows)


def anderson_condition_numbers(anderson_conditions):
    """Updates to a relative field of 1e-6 on a bilinear game (n = 50) by condition number, window
    and map; a dash where 5000 do not suffice.
    """
    maps = ("mixed simultaneous", "mixed two steps", "mixed alternating", "mixed extragradient")
    rows = []
    for depth in anderson_conditions.settings["depths"]:
        for k, condition in enumerate(anderson_conditions["conditions"]):
            need = [int(anderson_conditions[f"{depth}/{name}"][k]) for name in maps]
            rows.append((int(depth), float(condition), *(n if n >= 0 else None for n in need)))
    return Table(("window", "condition number", *maps), rows)


def anderson_picture_scores(picture_anderson):
    """Distance of Frechet (by a classifier's features) on digits at the end, least, median and
    greatest of three seeds, at equal numbers of gradients. Ours, on MNIST: no table of the paper
    could be read.
    """
    rows = []
    for name in map(str, picture_anderson["names"]):
        ends = np.sort(picture_anderson[f"{name}/distance"][:, -1].astype(float))
        rows.append((name, *(float(v) for v in (ends[0], np.median(ends), ends[-1]))))
    return Table(("method", "least", "median", "greatest"), rows)


def robust_accuracies(picture_robust):
    """Per cent of unseen digits that are right under an attack of projected signs, by its box; mean
    of three seeds. Ours, on 1,000 digits of MNIST: no table of the paper could be read.
    """
    boxes = picture_robust.settings["boxes"]
    rows = [
        (name, *(float(v) for v in 100 * picture_robust[f"{name}/right"].mean(0)))
        for name in map(str, picture_robust["names"])
    ]
    return Table(("trained", *(f"box {box:g}" for box in boxes)), rows)


def _updates(row, accuracy=1e-10):
    """The first update from which on the squared distance is below the goal; nothing if none."""
    above = np.flatnonzero(~(row <= accuracy * row[0]))
    return int(above[-1]) + 1 if len(above) and above[-1] + 1 < len(row) else None
