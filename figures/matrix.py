"""The table of verdicts: its colours, and the page of the gallery whose cells open a walk in the
explorer, which lies beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from . import results
from .declare import Experiment
from .gallery import THEME, document, escaped
from .jobs import Folders

# Full shades; the slower, the nearer to white.
INKS = {
    "converged": (0.0, 0.447, 0.698),
    "cycling": (0.8, 0.475, 0.655),
    "running": (0.45, 0.45, 0.45),
    "stalled": (0.902, 0.624, 0.0),
    "diverged": (0.835, 0.369, 0.0),
}
FASTEST, SLOWEST = 0.2, 1e-4  # changes of a logarithm an update, of full and of least shade
# The catalogue's Dirac-GANs, as figures and pages call them.
DIRAC = {
    "dirac_gan": "minimax",
    "dirac_nsgan": "non-saturating",
    "dirac_wgan_gp": "Wasserstein, penalty 0.7 at 1",
    "dirac_noise": "instance noise 0.7",
    "dirac_gp": "penalty 0.3",
    "dirac_gp_critical": "penalty 1",
    "dirac_nsgan_gp": "non-saturating, penalty 0.3",
}


def shade(kind: str, rate: float) -> tuple[float, float, float]:
    """The colour of a verdict; of what converges the deeper, the faster its residual shrinks, by
    order of magnitude.
    """
    size = abs(rate) if math.isfinite(rate) else FASTEST
    depth = math.log(max(size, SLOWEST) / SLOWEST) / math.log(FASTEST / SLOWEST)
    share = 0.25 + 0.65 * min(depth, 1.0) if kind == "converged" else 0.3
    red, green, blue = (1 - share * (1 - part) for part in INKS[kind])
    return red, green, blue


def short(rule: str) -> str:
    """A rule's label without the step that all have."""
    return (
        rule.replace(", step 0.1", "")
        .replace("averaged (decay 0.9)", "averaged, 0.9,")
        .replace("-", "−")
    )


def called(game: str, objectives: Iterable[object]) -> str:
    """What a reader is told a game of the table is."""
    dirac = game if game in set(objectives) else DIRAC.get(game)
    return f"Dirac-GAN, {dirac}" if dirac else game.replace("_", " ")


SIGNS = {"cycling": "○", "stalled": "–", "diverged": "×"}  # what has no pace to be told


def told(kind: str, rate: float) -> str:
    """The orders of magnitude lost in 100 updates, as narrow as a cell; else the verdict's sign,
    and nothing for what has converged before it was looked at twice.
    """
    if kind in SIGNS:
        return SIGNS[kind]
    if not math.isfinite(rate):
        return ""
    size = -100 * rate / math.log(10)
    shown = f"{size:.1f}" if abs(size) < 9.95 else f"{size:.0f}"
    return "0" if abs(size) < 0.05 else shown.replace("-", "−")


def write(experiment: Experiment, folders: Folders) -> Path | None:
    """Write matrix.html and explorer.html into the gallery, where there is a record."""
    from minimax_lab.files import put

    path = folders.result(experiment)
    if not path.exists():
        return None
    found = results.load(path)
    folder = folders.build / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    explorer = _explorer(found, folder / "explorer.html", folders.root)
    head = "".join(
        f'<th scope="col"><span>{escaped(short(str(rule)))}</span></th>' for rule in found["rules"]
    )
    rows = "".join(_row(found, i, explorer) for i in range(len(found["names"])))
    key = "".join(
        f'<span style="{_style(kind, 1.0)}">{SIGNS.get(kind, "")} {kind}</span>' for kind in INKS
    )
    body = (
        f'<header><nav><a href="index.html">All figures</a><span class="push">{THEME}</span></nav>'
        "<h1>Every rule against every game</h1>"
        f"<p>One run a cell: {found.settings['steps']} updates at most with step 0.1 from the "
        "game's own start. Converged: the deeper the colour, the faster. The numbers are powers of "
        "ten that the natural residual loses in 100 updates (−: gains), of what converged before "
        "it was looked at twice none. Running is what neither converged nor diverged, nor was seen "
        "to cycle or to rest where no equilibrium is (stalled). A cell opens its walk and its "
        "eigenvalues in the explorer. As a figure: "
        '<a href="verdict_matrix.html">verdict matrix</a>.</p>'
        f'<p class="key">{key}</p></header><main><div class="plate"><table class="matrix"><thead>'
        f"<tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table></div></main>"
    )
    page = folder / "matrix.html"
    put(page, document("Every rule against every game: minimax_lab", body, "theme.js"))
    return page


def _row(found: results.Result, i: int, explorer: dict[str, set[str]]) -> str:
    name = str(found["names"][i])
    game = called(name, found["objectives"])
    cells = ""
    for rule, kind, rate in zip(found["rules"], found["kinds"][i], found["rates"][i], strict=True):
        inner = told(str(kind), float(rate)) or "·"
        title = f"{game}, {rule}: {kind}"
        how = f'style="{_style(str(kind), float(rate))}" title="{escaped(title)}"'
        if name in explorer["games"] and str(rule) in explorer["rules"]:
            address = "explorer.html#" + urlencode({"game": name, "a": str(rule), "b": ""})
            cells += f'<td><a href="{escaped(address)}" {how}>{inner}</a></td>'
        else:
            cells += f"<td><span {how}>{inner}</span></td>"
    return f'<tr><th scope="row">{escaped(game)}</th>{cells}</tr>'


def _style(kind: str, rate: float) -> str:
    colour = shade(kind, rate)
    light = 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2] > 0.5
    numbers = ",".join(f"{round(255 * part)}" for part in colour)
    return f"background:rgb({numbers});color:{'#000' if light else '#fff'}"


def _explorer(found: results.Result, page: Path, root: Path) -> dict[str, set[str]]:
    """The explorer with the games and rules of the table, made again when the package is newer;
    which of them it has.
    """
    import jax.numpy as jnp

    import minimax_lab as mm
    from minimax_lab.explorer.bundle import Shown, planar
    from minimax_lab.explorer.verb import RULES, Exploration

    objectives: dict[str, Any] = _objectives(found)
    start, box = mm.Profile((jnp.asarray(1.0), jnp.asarray(1.0))), ((-2.0, 2.0), (-2.0, 2.0))
    own = [
        Shown(name, mm.games.dirac_gan(objective), start, box, f"Dirac-GAN: {name}")
        for name, objective in objectives.items()
    ]
    newest = max(path.stat().st_mtime for path in (root / "minimax_lab").rglob("*.*"))
    made = Exploration((*planar(), *own), RULES, strict=False)
    listed = page.with_suffix(".txt")
    if not page.exists() or not listed.exists() or page.stat().st_mtime < newest:
        made.save(page)
        listed.write_text("\n".join([*made.bundle.games, "", *made.bundle.rules]), encoding="utf-8")
    games, _, rules = listed.read_text(encoding="utf-8").partition("\n\n")
    return {"games": set(games.split("\n")), "rules": set(rules.split("\n"))}


def _objectives(found: results.Result) -> dict[str, Any]:
    from .experiments.verdicts import OBJECTIVES

    return {str(name): OBJECTIVES[str(name)] for name in found["objectives"]}
