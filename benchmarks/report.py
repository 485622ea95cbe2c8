"""What the races found, on one page with one picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from minimax_lab.draw.saving import save
from minimax_lab.draw.style import Look, style
from minimax_lab.files import put

from .results import Outcome, curves, exponent, ratios, table

Found = Mapping[str, Sequence[Outcome]]


def targets(found: Found) -> str:
    """The targets beside what was found, as a table in Markdown; nothing where there are none."""
    rows = [
        f"| {name} | {outcome.name} | {outcome.aim(target)} "
        f"| {'' if value is None else f'{value:.3g}'} | {said} |"
        for name, outcomes in found.items()
        for outcome in outcomes
        for target, value, said in outcome.verdicts()
    ]
    head = ["| workload | of | target | found | |", "|---|---|---|---:|---|"]
    return "\n".join([*head, *rows]) if rows else ""


def growth(found: Found) -> str:
    """How cost grows, as a table in Markdown: the exponent of a straight line, and those between
    neighbouring sizes.
    """
    rows = ["| workload | contender | exponent | from size to size |", "|---|---|---:|---|"]
    for name, outcomes in found.items():
        for (series, who), points in curves(outcomes).items():
            between = ", ".join(f"{exponent([*two]):.2f}" for two in itertools.pairwise(points))
            what = f"{name}, {series}" if series else name
            rows.append(f"| {what} | {who} | {exponent(points):.2f} | {between} |")
    return "\n".join(rows) if len(rows) > 2 else ""


def write(found: Found, folder: Path) -> Path:
    """report.md, and ratios.png beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    picture(found, folder / "ratios.png")
    tables = (f"### {name}\n\n```\n{told(outcomes)}\n```" for name, outcomes in found.items())
    parts = [
        "# Ours, peers and limits",
        "![Ratios with their spread; cost against size](ratios.png)",
    ]
    parts += ["## Targets", targets(found), "## How cost grows", growth(found), "## Times", *tables]
    put(folder / "report.md", "\n\n".join(parts) + "\n")
    return folder / "report.md"


def told(outcomes: Sequence[Outcome]) -> str:
    """The groups of a workload as text."""
    return "\n\n".join(map(table, outcomes))


def picture(found: Found, path: Path) -> None:
    """Left every ratio with its spread, limits hollow, targets as bars; right cost against size."""
    from matplotlib.figure import Figure

    bars = list(_bars(found))
    grown = {name: curves(outcomes) for name, outcomes in found.items()}
    grown = {name: drawn for name, drawn in grown.items() if drawn}
    with style():
        page = Figure(figsize=(9, max(3.0, 0.16 * len(bars) + 0.8, 2.4 * len(grown))))
        left, right = page.add_gridspec(1, 2, width_ratios=(1.2, 1), wspace=0.25)
        axis = page.add_subplot(left)
        for place, (_, (ratio, low, high), limit, target) in enumerate(bars):
            colour = Look.of(1 if limit else 0).colour
            axis.plot([low, high], [place, place], color=colour, lw=1)
            axis.plot(ratio, place, "o", color=colour, mfc="white" if limit else colour, ms=3)
            if target:
                axis.plot(target, place, "|", color=Look.of(2).colour, ms=8, mew=1.5)
        axis.axvline(1, color="0.6", lw=0.6)
        axis.set(xscale="log", ylim=(len(bars) - 0.5, -0.5), xlabel="times longer than ours")
        axis.set_yticks(range(len(bars)), [label for label, *_ in bars], fontsize=5.5)
        columns = right.subgridspec(max(len(grown), 1), 1, hspace=0.45)
        for place, (name, drawn) in enumerate(grown.items()):
            panel = page.add_subplot(columns[place])
            for number, ((series, who), points) in enumerate(drawn.items()):
                look = Look.of(number)
                dashes = (0, (1, 2)) if who.startswith("limit") else look.dashes
                text = f"{who}{', ' * bool(series)}{series}: {exponent(points):.2f}"
                panel.plot(*zip(*points, strict=True), color=look.colour, ls=dashes, label=text)
            unit = found[name][0].unit
            panel.set(xscale="log", yscale="log", title=name, ylabel=f"seconds a {unit}")
            panel.legend(fontsize=4.5, loc="center left", bbox_to_anchor=(1, 0.5))
        save(page, path)


def _bars(found: Found) -> Iterator[tuple[str, tuple[float, float, float], bool, float | None]]:
    """A label, the ratio with its spread, whether it is a limit, and its target."""
    for name, outcomes in found.items():
        for outcome in outcomes:
            ours = next(iter(outcome.timings))
            aims = {t.what: t.least for t in outcome.targets if t.over == ours and t.least}
            for who, ratio in ratios(outcome).items():
                label = f"{', '.join(filter(None, (name, outcome.name)))}: {who}"
                yield label, ratio, who.startswith("limit"), aims.get(who)
