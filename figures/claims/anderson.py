"""GDA-AM: Solve Minimax Optimization by Anderson Acceleration.

He, Zhao, Xi, Ho, Saad 2022. The abstract, the introduction and the released code could be read;
theorems and the results on pictures are remembered.
"""

import numpy as np

from figures.verdicts import claim, judged, untried

REACHED = 1e-10  # of the squared distance at the start
PLAIN = ("simultaneous", "alternating", "extragradient", "optimistic")


@claim(
    "abstract",
    shows=("anderson_stagnation", "anderson_games"),
    theorems=("AM-11", "AM-14"),
    against=("AM-2", "AM-9"),
    where="alternating steps are mixed, or simultaneous ones whose cycles land at the combination "
    "of the points; as published the second update of mixed simultaneous steps is the first again",
)
def converges_on_bilinear():
    """Descent-ascent with Anderson mixing converges on every bilinear game, under mild
    conditions.
    """


@claim(
    "memory",
    theorems=("AM-4",),
    against=("AM-3",),
    where="read for the residual of GMRES and with half the degree: every other step gains nothing",
)
def simultaneous_rate():
    """A window of p contracts simultaneous steps by one over a Chebyshev polynomial of degree p of
    the condition number, at any step.
    """


@claim(
    "memory",
    theorems=("AM-5", "AM-6", "AM-7"),
    where="as a bound on the residual of GMRES; at step 1 and condition number 10 it says nothing "
    "before 439 steps",
)
def alternating_rate():
    """Alternating steps have their eigenvalues in a disc that leaves out zero, which bounds the
    rate of their mixing.
    """


@claim("memory", theorems=("AM-1",))
def mixing_is_gmres():
    """Mixing an affine map is GMRES, mapped once more."""


@claim("memory", theorems=("AM-12",))
def curved_games():
    """Where both players are strongly curved, mixing of any window contracts, by the field of
    values.
    """


@claim("memory", theorems=("AM-18",))
def baselines_fail():
    """On bilinear games simultaneous steps diverge and alternating ones cycle."""


@claim("memory", shows=("anderson_games", "anderson_numbers"))
def faster_than_plain(anderson_games):
    """On the bilinear and quadratic games of the study mixing needs far fewer updates than every
    method without it.
    """
    parts, told = {}, []
    for name in map(str, anderson_games["names"]):
        need = {
            rule: _updates(anderson_games[f"{name}/{rule}"])
            for rule in (*PLAIN, "mixed simultaneous", "mixed alternating")
        }
        best, mixed = (
            min(need[r] for r in PLAIN),
            [need["mixed simultaneous"], need["mixed alternating"]],
        )
        parts[f"{name}: both half as many as the best without"] = max(mixed) <= best / 2
        told.append(f"{name} {mixed[0]:g}, {mixed[1]:g} ({best if best < np.inf else 'never'})")
    return judged(
        f"Updates to a relative squared distance of 1e-10, mixed simultaneous and alternating, in "
        f"brackets the best without: {'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("anderson_compared",))
def faster_on_a_stiff_game(anderson_stiff):
    """On the game of its main comparison mixed simultaneous and alternating steps reach the
    solution, where optimistic steps and extragradient hardly move.
    """
    end = {
        name: anderson_stiff[f"compared/{name}"][-1]
        for name in ("mixed simultaneous", "mixed alternating", "extragradient", "optimistic")
    }
    told = ", ".join(f"{name} {value:.2g}" for name, value in end.items())
    return judged(
        f"Distance after {anderson_stiff.settings['long']:,} updates, "
        f"{anderson_stiff['compared/optimistic'][0]:.0f} at first: {told}",
        {
            "alternating within 0.001": end["mixed alternating"] < 1e-3,
            "simultaneous, with landing restarts, within 0.001": end["mixed simultaneous"] < 1e-3,
            "both a tenth of extragradient's": max(list(end.values())[:2])
            < 0.1 * end["extragradient"],
        },
    )


@claim("memory", shows=("anderson_depths",))
def deeper_is_faster(anderson_stiff):
    """The deeper the window, the fewer updates: both maps, both steps of the released picture."""
    depths = anderson_stiff.settings["depths"]
    parts, told = {}, []
    for kind in ("simultaneous", "alternating"):
        for step in ("1", "0.01"):
            ends = [anderson_stiff[f"deep/{kind}, {depth}, {step}"][-1] for depth in depths]
            parts[f"{kind}, step {step}"] = all(np.diff(ends) < 0) and ends[-1] < 0.1 * ends[0]
            told.append(f"{kind}, step {step}: {', '.join(f'{end:.2g}' for end in ends)}")
    return judged(
        f"Distance after {anderson_stiff.settings['steps']:,} updates at depths "
        f"{', '.join(map(str, depths))}: {'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("anderson_rates",))
def any_learning_rate(anderson_stiff):
    """Mixing does not mind the learning rate."""
    rates = ("0.1", "1", "2")
    parts, told = {}, []
    for kind in ("simultaneous", "alternating"):
        ends = [anderson_stiff[f"paced/{kind}, {rate}"][-1] for rate in rates]
        parts[kind] = max(ends) < 1.5 * min(ends)
        told.append(f"{kind} {', '.join(f'{end:.2g}' for end in ends)}")
    return judged(
        f"Distance after {anderson_stiff.settings['steps']:,} updates at steps 0.1, 1, 2: "
        f"{'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("anderson_conditions",))
def any_condition(anderson_conditions):
    """Mixing converges at every condition number, with little more updates."""
    parts, told = {}, []
    for depth in anderson_conditions.settings["depths"]:
        need = anderson_conditions[f"{depth}/mixed simultaneous"]
        parts[f"window {depth}"] = (need > 0).all() and need.max() < 3 * need.min()
        told.append(f"{depth}: {', '.join(f'{n:g}' if n > 0 else 'more' for n in need)}")
    numbers = ", ".join(f"{c:g}" for c in anderson_conditions["conditions"])
    return judged(
        f"Updates of mixed simultaneous steps at condition numbers {numbers}, of at most "
        f"{anderson_conditions.settings['most']}, by window: {'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("anderson_dimensions",))
def any_dimension(anderson_dimensions):
    """Mixing carries over to thousands of dimensions, at little cost an update."""
    sizes = anderson_dimensions["sizes"]
    need = {
        kind: np.array([anderson_dimensions[f"{size}/mixed {kind}"][0] for size in sizes])
        for kind in ("simultaneous", "alternating")
    }
    cost = np.array(
        [
            anderson_dimensions[f"{size}/mixed simultaneous/seconds"]
            / anderson_dimensions[f"{size}/extragradient/seconds"]
            for size in sizes
        ]
    )
    told = "; ".join(f"{kind} {_listed(values)}" for kind, values in need.items())
    return judged(
        f"Updates at {_listed(sizes)} numbers a player: {told}; an update costs {cost[0]:.1f} to "
        f"{cost[-1]:.1f} of extragradient's, from the smallest to the largest",
        {
            "as many updates in all dimensions": all(
                (values > 0).all() and values.max() < 1.2 * values.min() for values in need.values()
            ),
            "cheaper than extragradient in large dimensions": cost[-1] < 1,
            "cheaper in small ones": cost[0] < 1,
        },
    )


@claim("ours", shows=("anderson_spent",))
def in_gradients_and_seconds(anderson_spent):
    """It is faster in gradients and in seconds, too, not in updates alone: critics' question."""
    parts, told = {}, []
    for unit in ("updates", "gradients", "seconds"):
        spent = {
            name: _spent(anderson_spent, name, unit) for name in map(str, anderson_spent["names"])
        }
        mixed = {name: value for name, value in spent.items() if name.startswith("mixed")}
        best = min(mixed, key=mixed.__getitem__)
        plain = min(spent["optimistic"], spent["extragradient"])
        parts[unit] = mixed[best] < plain
        against = f"{plain:.3g}" if np.isfinite(plain) else "more than was tried"
        told.append(f"{unit} {mixed[best]:.3g} ({best}) against {against}")
    return judged(
        f"To a relative field of 1e-6, best mixed against best plain, n = 100: {'; '.join(told)}",
        parts,
    )


@claim("code", shows=("anderson_toys", "anderson_toys_more", "planar_distances"))
def toys_are_solved(anderson_toys):
    """On the planar games of its code mixing reaches the minimax points where plain methods cycle
    or diverge.
    """
    from figures.experiments.anderson_toys import PAGES
    from figures.experiments.planar import GAMES

    parts, told = {}, []
    for page, (game, *_) in PAGES.items():
        aim = np.array(GAMES[game][1])
        end = {
            rule: float(np.linalg.norm(anderson_toys[f"{page}/{rule}/points"][-1] - aim))
            for rule in (*PLAIN, "mixed simultaneous", "mixed alternating")
        }
        mixed = max(end["mixed simultaneous"], end["mixed alternating"])
        parts[page] = mixed < 1e-6
        told.append(f"{page} {mixed:.1g} ({min(end[rule] for rule in PLAIN):.1g})")
    return judged(
        f"Distance to the point aimed at, the worse of both mixed (best plain): {'; '.join(told)}. "
        f"The aim of `false_minimax` is a source, that of `flat_centre` degenerate",
        parts,
    )


@claim("code", theorems=("AM-16",), shows=("anderson_toys_more",))
def finds_any_zero():
    """Mixing finds zeros of the field, sources and maxima included."""


@claim("code", shows=("anderson_gans",))
def mixtures_are_learnt(anderson_gans):
    """Around Adam it helps the released GAN on mixtures of Gaussians: the distance to the data is
    lower than Adam's.
    """
    parts, told = {}, []
    for source in map(str, anderson_gans["sources"]):
        end = {
            rule: anderson_gans[f"{source}/{rule}/distance"][:, -1].mean()
            for rule in ("Adam", "mixed", "mixed, ridge 1")
        }
        parts[f"{source}: by a tenth, mixed"] = end["mixed"] < 0.9 * end["Adam"]
        parts[f"{source}: by a tenth, with the released ridge"] = (
            end["mixed, ridge 1"] < 0.9 * end["Adam"]
        )
        told.append(f"{source} {', '.join(f'{value:.2g}' for value in end.values())}")
    return judged(
        f"Sliced Wasserstein distance of Adam, mixed, mixed with the released ridge of 1: "
        f"{'; '.join(told)}",
        parts,
    )


@claim("memory", shows=("picture_anderson",))
def pictures_are_learnt(picture_anderson):
    """On pictures mixed Adam and mixed extragradient do better than Adam and extragradient."""
    end = {
        name: np.median(picture_anderson[f"{name}/distance"][:, -1])
        for name in map(str, picture_anderson["names"])
    }
    parts = {
        name: value < end[name.split(",")[0].split(" mixed")[0]]
        for name, value in end.items()
        if "mixed" in name
    }
    told = ", ".join(f"{name} {value:.0f}" for name, value in end.items())
    return judged(f"Median distance of Frechet on digits, equal gradients: {told}", parts)


@claim("memory", shows=("picture_robust",))
def robust_training(picture_robust):
    """Mixing gains robustness of a classifier of digits that is trained against disturbances."""
    boxes = picture_robust.settings["boxes"]
    right = {n: picture_robust[f"{n}/right"].mean(0) for n in ("in turn", "in turn, mixed")}
    plain, mixed = right.values()
    told = ", ".join(
        f"{box:g}: {100 * p:.0f} and {100 * m:.0f}"
        for box, p, m in zip(boxes, plain, mixed, strict=True)
    )
    return judged(
        f"Per cent right under attack by box, plain and mixed: {told}",
        {
            f"box {box:g}, by more than a point": m > p + 0.01
            for box, p, m in zip(boxes, plain, mixed, strict=True)
            if box > 0
        },
    )


@claim("code", shows=("anderson_momentum",))
def momentum_on_extragradient(anderson_momentum):
    """On a stiff bilinear game extragradient with positive momentum stays behind extragradient
    without, and that with negative momentum ahead of it.
    """
    parts, told = {}, []
    for rate in anderson_momentum.settings["rates"]:
        ends = {
            momentum: float(anderson_momentum[f"{rate:g}, {momentum:g}"][-1])
            for momentum in (0.0, *anderson_momentum.settings["momenta"])
        }
        for momentum, end in ends.items():
            if momentum > 0:
                parts[f"step {rate:g}, momentum {momentum:g}"] = end > ends[0.0]
            elif momentum < 0:
                parts[f"step {rate:g}, momentum {momentum:g}"] = end < ends[0.0]
        told.append(f"{rate:g}: " + ", ".join(f"{m:g} {end:.3g}" for m, end in ends.items()))
    return judged(f"Distance at the end by step and momentum: {'; '.join(told)}", parts)


@claim("memory")
def published_scores():
    """Inception scores and Frechet distances on CIFAR-10 and CelebA are better than those of Adam
    and of extragradient.
    """
    return untried("no code, no weights and no table could be had; digits stand in for them above")


def _updates(row):
    """The first update from which on the squared distance is below the goal; infinite if none."""
    above = np.flatnonzero(~(row <= REACHED * row[0]))
    return above[-1] + 1 if len(above) and above[-1] + 1 < len(row) else np.inf


def _spent(record, name, unit, accuracy=1e-6):
    """Updates, gradients of one player, or seconds, to a relative field of this accuracy."""
    inside = np.flatnonzero(record[f"{name}/residual"] <= accuracy)
    updates = record["indices"][inside[0]] if len(inside) else np.inf
    each = {"updates": 1, "gradients": "blocks", "seconds": "seconds"}[unit]
    return updates * (each if isinstance(each, int) else float(record[f"{name}/{each}"]))


def _listed(values):
    return ", ".join(f"{value:g}" for value in values)
