"""Gap-aware steps: the schedule at the ideal losses of the common objectives, and what it does to
the Dirac-GAN.
"""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from minimax_lab import objectives
from minimax_lab.directions.gap_aware import schedule

OBJECTIVES = {
    "GAN, non-saturating": objectives.NonSaturating(),
    "their mean, not sum": objectives.Weighted(objectives.NonSaturating(), discriminator=0.5),
    "least squares, labels 0, 1": objectives.LeastSquares(),
    "least squares, labels ±1": objectives.LeastSquares(-1.0, 1.0, 1.0),
    "hinge": objectives.Hinge(),
    "relativistic": objectives.Relativistic(),
    "real labels 0.9": objectives.NonSaturating(smoothing=0.1),
    "two domains, shares 0.8, 0.2": objectives.DomainConfusion(0.8),
    "ten domains": objectives.Domains(10),
    "Wasserstein, widths 0.1": objectives.Wasserstein(),
}
DIRAC = mm.games.dirac_gan()
INSTANT = mm.GapAware(decay=0.0)  # the loss of the moment
PLAIN = mm.GapAware(low=1.0, high=1.0, decay=0.0)


@experiment()
def gap_scale(
    points: int = 401,
    low: float = 0.1,
    high: float = 2.0,
    width: float = 0.1,
    farthest: float = 3.0,
):
    """s over the loss for every objective, widths a tenth of the ideal loss; and at the best
    discriminator of two normals.

    The normals have unit variance and means apart by 0 to `farthest`; the three losses are by
    quadrature.
    """
    ideals = np.array([objective.ideal[1] for objective in OBJECTIVES.values()])
    widths = np.where(ideals > 0, 0.1 * ideals, width)
    gaps = np.linspace(-1.5, 1.5, points) * widths[:, None]
    apart = np.linspace(0, farthest, points)
    losses = {
        name: best(name, apart)
        for name in ("GAN, non-saturating", "least squares, labels 0, 1", "hinge")
    }
    told = {f"{name}/best": loss - OBJECTIVES[name].ideal[1] for name, loss in losses.items()}
    of = {name: 0.1 * OBJECTIVES[name].ideal[1] for name in losses}
    scales = {
        f"{name}/scale": schedule(told[f"{name}/best"], low, high, of[name], of[name])
        for name in losses
    }
    return {
        "names": np.array(list(OBJECTIVES)),
        "ideals": ideals,
        "widths": widths,
        "losses": ideals[:, None] + gaps,
        "scales": schedule(gaps, low, high, widths[:, None], widths[:, None]),
        "apart": apart,
        "told": np.array(list(losses)),
        **told,
        **scales,
    }


def best(name: str, apart: np.ndarray) -> np.ndarray:
    """The least loss of any discriminator between N(-a/2, 1) and N(a/2, 1): by its density, point
    by point.
    """
    t = np.linspace(-12, 12, 4001)
    p, q = (
        np.exp(-((t + sign * apart[:, None] / 2) ** 2) / 2) / math.sqrt(2 * math.pi)
        for sign in (1, -1)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        density = {
            "GAN, non-saturating": p * np.log1p(q / p) + q * np.log1p(p / q),
            "least squares, labels 0, 1": p * q / (p + q),
            "hinge": 2 * np.minimum(p, q),
        }[name]
    return np.trapezoid(np.nan_to_num(density), t, axis=1)


def arms(step: float) -> dict[str, tuple[mm.Direction, tuple[float, float]]]:
    """Every control's direction and steps of both players; the last two scale the generator."""
    slow, swapped = (eqx.tree_at(lambda d: d.decay, INSTANT, 0.999), bounds(INSTANT, 10.0, 0.5))
    both = (step, step)
    return {
        "constant steps": (PLAIN, both),
        "gap-aware": (INSTANT, both),
        "average 0.95": (mm.GapAware(decay=0.95), both),
        "average 0.999": (slow, both),
        "branches swapped": (swapped, both),
        "ideal log 2": (mm.GapAware(ideal=math.log(2), decay=0.0), both),
        "0.1 of D's step": (PLAIN, (step, 0.1 * step)),
        "s on the generator": (bounds(mm.GapAware(adversary=0, decay=0.0), 2.0, 0.1), both),
        "G by its own gap": (mm.GapAware(adversary=0, decay=0.0), both),
    }


def bounds(direction: mm.GapAware, low: float, high: float) -> mm.GapAware:
    """The two branches at will, also where the constructor refuses them."""
    return eqx.tree_at(lambda d: (d.low, d.high), direction, (low, high))


@experiment(quick={"time": 60, "long": 2000, "steps": (0.05, 0.1, 0.2)})
def gap_dirac(
    step: float = 0.1,
    time: int = 300,
    start: tuple[float, float] = (0.3, 0.0),
    steps: tuple[float, ...] = (0.025, 0.05, 0.1, 0.2),
    decays: tuple[float, ...] = (0.0, 0.8, 0.9, 0.95, 0.98),
    ratios: tuple[float, ...] = (1.0, 4.0),
    long: int = 40_000,
):
    """Walks of the scheduled game and of its controls, all simultaneous; and the orbit left after
    `long` updates, by step, decay of the average and ratio of the rates. The orbits start at one
    and a half times the predicted energy, 0.5 at most.
    """
    found: dict[str, np.ndarray] = {}
    named, updates = arms(step), round(time / step)
    for player in (1, 0):
        chosen = {name: arm for name, arm in named.items() if arm[0].adversary == player}
        rules = mm.stack(
            [mm.Simultaneous(rates, scalars(direction)) for direction, rates in chosen.values()]
        )
        seen = {"x": mm.position, "scale": mm.step_scale}
        run = mm.sweep(DIRAC, rules, start, updates, observe=seen, judge=mm.Judge(bound=1e3))
        for i, name in enumerate(chosen):
            found[f"{name}/x"] = np.stack([part[i] for part in run.observed["x"]], axis=1)
            found[f"{name}/scale"] = run.observed["scale"][i]
    values = mm.grid(step=steps, decay=decays, ratio=ratios)
    slopes = float((math.log(2.0) + math.log(10.0)) / (0.1 * math.log(4)))
    lag = values["step"] * values["decay"] / (1 - values["decay"])
    wanted = 8 * values["step"] * (1 + lag**2 * values["ratio"]) / slopes
    rules = mm.Simultaneous(
        (values["step"], values["ratio"] * values["step"]),
        eqx.tree_at(lambda d: d.decay, INSTANT, values["decay"]),
    )
    starts = mm.Profile((jnp.sqrt(jnp.minimum(1.5 * wanted, 0.5)), jnp.zeros_like(wanted)))
    every = 20
    run = mm.sweep(
        DIRAC, rules, starts, long, over=("rule", "start"), observe={"x": mm.position}, every=every
    )
    theta, psi = (np.asarray(part) for part in run.observed["x"])
    energy = theta**2 + psi**2 / np.asarray(values["ratio"])[:, None]
    return found | {
        "arms": np.array(list(named)),
        "rates": np.array([rates for _, rates in named.values()]),
        "updates": np.arange(updates + 1),
        "slopes": np.array(slopes),
        **{f"orbit/{name}": np.asarray(value) for name, value in values.items()},
        "orbit/lag": np.asarray(lag * jnp.sqrt(values["ratio"])),
        "orbit/wanted": np.asarray(wanted),
        "orbit/measured": energy[:, -energy.shape[1] // 4 :].mean(axis=1),
        "orbit/before": energy[:, energy.shape[1] // 2 : -energy.shape[1] // 4].mean(axis=1),
        "orbit/diverged": run.verdict.kind == mm.Outcome.DIVERGED,
    }


def scalars(direction: mm.GapAware) -> mm.GapAware:
    """The ideal loss and both widths written out, so that all arms have one structure."""
    ideal = DIRAC.ideal[direction.adversary] if direction.ideal is None else direction.ideal
    width = 0.1 * abs(ideal)
    return eqx.tree_at(
        lambda d: (d.ideal, d.width_low, d.width_high),
        direction,
        (ideal, width, width),
        is_leaf=lambda leaf: leaf is None,
    )
