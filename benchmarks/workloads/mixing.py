"""How many evaluations Anderson mixing needs.

Ours on the bilinear and quadratic games of the GDA-AM study against a plain prototype, five draws
of each; and ours against SciPy's and jaxopt's on the same maps. Not a race but two tables: the
first update at which the squared distance is a 1e-10th of the first, or what was left of it;
evaluations until the residual is a 1e-8th, and digits after equally many. Long runs hang on
rounding, so the first table's counts with the study's depths are medians over starts that differ in
their last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab.games.mixing_study import CASES, drawn

from .anderson import Map, blocks, by_jaxopt, by_scipy

SETTINGS = {
    "draws": 5,
    "size": 100,
    "most": 1500,
    "ratio": 1e-10,
    "memories": (10, 50),
    "roundings": 3,
}


def report() -> dict[str, Any]:
    """Both tables."""
    return {"games": dict(games()), "maps": dict(maps())}


def check(tables: dict[str, Any]) -> None:
    """At least as good as the prototype within 5 %; at most half a digit behind the peers, and as
    soon at 1e-8 within 5 %.
    """
    for name, rows in tables["games"].items():
        for way in ("simultaneous", "alternating"):
            for ours, plain in zip(rows[way], rows[f"{way}, prototype"], strict=True):
                assert _updates(ours) <= np.ceil(1.05 * _updates(plain)), (name, way, ours, plain)
    for name, rows in tables["maps"].items():
        for peer in ("jaxopt", "jaxopt, no ridge", "SciPy"):
            assert rows["ours"]["digits"] >= rows[peer]["digits"] - 0.5, (name, peer)
            assert _updates(rows["ours"]["to 1e-8"]) <= np.ceil(
                1.05 * _updates(rows[peer]["to 1e-8"])
            ), (name, peer)


def games() -> Iterator[tuple[str, Any]]:
    """Updates to the ratio, a row a method, a column a draw; a text says what was left when the
    updates had run out.
    """
    for name, case in CASES.items():
        (deep, step), (other, turn) = case.simultaneous, case.alternating
        rules: dict[str, mm.UpdateRule] = {
            "simultaneous": mm.Anderson(mm.Simultaneous(step), deep),
            "alternating": mm.Anderson(mm.Alternating(turn), other),
        }
        for memory in SETTINGS["memories"]:
            rules[f"simultaneous, {memory} columns"] = mm.Anderson(mm.Simultaneous(step), memory)
            rules[f"simultaneous, {memory} columns, no remedy"] = mm.Anderson(
                mm.Simultaneous(step), memory, remedy=None
            )
        rows: dict[str, list[Any]] = {
            f"{way}, prototype": [] for way in ("simultaneous", "alternating")
        } | {r: [] for r in rules}
        for seed in range(SETTINGS["draws"]):
            game, w = drawn(name, seed, SETTINGS["size"])
            start = mm.Profile(w.reshape(2, -1))
            goal = mm.games.saddle(game)
            nudged = [
                w * (1 + 1e-15 * np.random.default_rng(n).normal(size=w.size) * (n > 0))
                for n in range(SETTINGS["roundings"])
            ]
            for way, rule, memory in (
                ("simultaneous", mm.Simultaneous(step), deep),
                ("alternating", mm.Alternating(turn), other),
            ):
                image = eqx.filter_jit(Map(game, rule, start.ravel()[1]))
                rows[f"{way}, prototype"].append(
                    _median(
                        prototype(image, v, np.asarray(goal.ravel()[0]), memory) for v in nudged
                    )
                )
                rows[way].append(
                    _median(
                        reached(game, rules[way], mm.Profile(v.reshape(2, -1)), goal)
                        for v in nudged
                    )
                )
            for label, rule in rules.items():
                if "columns" in label:
                    rows[label].append(reached(game, rule, start, goal))
            print(
                f"  {name}, draw {seed}: "
                + ", ".join(f"{label} {row[-1]}" for label, row in rows.items()),
                flush=True,
            )
        yield name, rows


def _median(counts: Iterable[Any]) -> Any:
    return sorted(counts, key=_updates)[SETTINGS["roundings"] // 2]


def reached(
    game: mm.Game, rule: mm.UpdateRule, start: mm.Profile, goal: mm.Profile, block: int = 50
) -> Any:
    """The first update within the ratio, block after block of one compiled program."""
    first, state = float((start - goal) @ (start - goal)), None
    judge, watch = mm.Judge(tolerance=1e-300, bound=1e12), {"distance": mm.distance_to(goal)}
    for done in range(0, SETTINGS["most"], block):
        run = mm.run(game, rule, start, block, observe=watch, judge=judge, state=state)
        ratios = np.asarray(run.observed["distance"]) ** 2 / first
        if np.any(ratios <= SETTINGS["ratio"]):
            return done + int(np.argmax(ratios <= SETTINGS["ratio"]))
        if run.verdict.kind == "diverged":
            return "diverged"
        start, state = run.final, run.state
    return f"{ratios[-1]:.1e}"


def prototype(
    image: Callable[[jax.Array], jax.Array], w: np.ndarray, goal: np.ndarray, memory: int
) -> Any:
    """The textbook: singular values of the scaled columns, a sliding window, nothing else."""
    first, df, dg, past = np.sum((w - goal) ** 2), [], [], None
    for count in range(1, SETTINGS["most"] + 1):
        g = np.asarray(image(jnp.asarray(w)))
        f = g - w
        if past is not None:
            df, dg = [*df, f - past[0]][-memory:], [*dg, g - past[1]][-memory:]
        past, w = (f, g), g
        if df:
            norms = np.linalg.norm(df, axis=1)
            norms[norms == 0] = 1
            w = g - (np.linalg.lstsq((np.array(df) / norms[:, None]).T, f)[0] / norms) @ np.array(
                dg
            )
        ratio = np.sum((w - goal) ** 2) / first
        if ratio <= SETTINGS["ratio"]:
            return count
        if not ratio < 1e24:
            return "diverged"
    return f"{ratio:.1e}"


def maps() -> Iterator[tuple[str, Any]]:
    """Digits gained and evaluations to 1e-8, after equally many evaluations of the same map."""
    import jaxopt

    random = np.random.default_rng(3)
    left, right = (np.linalg.qr(random.normal(size=(20, 20)))[0] for _ in "AB")
    A = left * np.linspace(0.2, 1, 20) @ right.T
    curved = [
        (lambda Q: Q * np.geomspace(0.2, 5, 20) @ Q.T)(
            np.linalg.qr(random.normal(size=(20, 20)))[0]
        )
        for _ in "BC"
    ]
    offsets = random.normal(size=(2, 20))
    cases = {
        "bilinear, alternating": (mm.games.bilinear(A, *offsets), mm.Alternating(1.0), 40, 30, 100),
        "bilinear in the plane, simultaneous": (
            mm.games.bilinear(np.eye(1)),
            mm.Simultaneous(0.5),
            2,
            5,
            30,
        ),
        "quadratic, simultaneous": (
            mm.games.quadratic(curved[0], A, curved[1], *offsets),
            mm.Simultaneous(0.2),
            40,
            10,
            120,
        ),
        "20,000 numbers in blocks, alternating": (
            blocks(20_000, 5.0, 0),
            mm.Alternating(0.4),
            20_000,
            10,
            300,
        ),
    }
    for name, (game, rule, size, memory, count) in cases.items():
        start = mm.Profile(np.random.default_rng(1).normal(size=(2, size // 2)))
        flat, unravel = start.ravel()
        image, w = eqx.filter_jit(Map(game, rule, unravel)), np.asarray(flat)
        watch = {"mixing": mm.mixing}
        ours = mm.run(
            game,
            mm.Anderson(rule, memory),
            start,
            count,
            observe=watch,
            judge=mm.Judge(tolerance=1e-300),
        )
        rows = {"ours": _row(np.asarray(ours.observed["mixing"].residual)[1:])}
        rows["SciPy"] = _row(_residuals(image, by_scipy(image, w, memory, count)))
        for label, ridge in (("jaxopt", 1e-5), ("jaxopt, no ridge", 0.0)):
            begin, update = by_jaxopt(jaxopt, image, memory, ridge)
            update, pair, points = jax.jit(update), (flat, begin(flat)), [w]
            for _ in range(count - 1):
                pair = update(pair)
                points.append(np.asarray(pair[0]))
            rows[label] = _row(_residuals(image, points))
        print(
            f"  {name}: " + ", ".join(f"{label} {row}" for label, row in rows.items()), flush=True
        )
        yield name, rows


def _residuals(image: Callable[[jax.Array], jax.Array], points: list[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(np.asarray(image(jnp.asarray(w))) - w) for w in points])


def _row(residuals: np.ndarray) -> dict[str, Any]:
    """Evaluations until the residual is a 1e-8th of the first, and the digits it has lost at the
    end, at most sixteen.
    """
    ratios = np.nan_to_num(residuals / residuals[0], nan=1e300)
    hit, digits = np.flatnonzero(ratios <= 1e-8), -float(np.log10(max(ratios[-1], 1e-16)))
    return {"to 1e-8": int(hit[0]) + 1 if len(hit) else None, "digits": round(min(16.0, digits), 2)}


def _updates(given: Any) -> float:
    """A count; what never arrived counts as endless."""
    return given if isinstance(given, int) else np.inf
