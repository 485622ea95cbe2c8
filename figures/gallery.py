"""A folder to browse all figures in: small ones by paper and by question, and a page for each with
its caption, command, data and what made them. Nothing on a page comes from elsewhere.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from . import facts, prints
from .declare import Experiment, Plot
from .jobs import Folders

SHOWING = Path(__file__).resolve().parent / "showing"
EAGER = 6  # small pictures that are there at once


class Shown(NamedTuple):
    """A figure as the pages show it."""

    plot: Plot
    size: tuple[int, int]
    paper: facts.Paper
    question: str
    rules: tuple[str, ...]
    games: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name in words."""
        return self.plot.name.replace("_", " ")


def write(drawn: Mapping[str, Plot], known: Mapping[str, Experiment], folders: Folders) -> Path:
    """Write build/gallery; figures that were not drawn are named."""
    from minimax_lab.files import put

    folder = folders.build / "gallery"
    table = facts.papers(folders.root / "figures" / "README.md")
    shown, missing = [], []
    for name, plot in drawn.items():
        image = folders.figure(plot)
        if not image.exists():
            missing.append(name)
            continue
        used = [facts.uses(known[read]) for read in plot.reads if read in known]
        rules, games = (
            tuple(sorted(set[str]().union(*(part[i] for part in used)))) for i in (0, 1)
        )
        own = table.get(name, facts.Paper(facts.OURS, "", False, ""))
        size = prints.prints(image, folder)
        shown.append(Shown(plot, size, own, facts.question(plot), rules, games))
        for path in (image, image.with_suffix(".pdf")):
            _copied(path, folder / path.name)
    order = {paper: i for i, paper in enumerate(dict.fromkeys(row.paper for row in table.values()))}
    shown.sort(key=lambda one: (order.get(one.paper.paper, len(order)), one.plot.path))
    for before, one, after in zip([None, *shown], shown, [*shown[1:], None], strict=False):
        put(folder / f"{one.plot.name}.html", _page(one, before, after, known, folders))
    page = folder / "index.html"
    put(page, _index(shown, missing, films(folders, folder), folder))
    return page


def films(folders: Folders, folder: Path) -> list[Path]:
    """The films that `make films` has made, copied beside the pages."""
    made = sorted((folders.build / "films").glob("*"))
    for path in made:
        _copied(path, folder / path.name)
    return made


def _copied(path: Path, to: Path) -> None:
    if path.exists() and prints.older(to, path):
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)


def document(title: str, body: str, *scripts: str) -> str:
    """A whole page; its style and scripts are inside."""
    style = (SHOWING / "gallery.css").read_text(encoding="utf-8")
    told = "".join(f"<script>{(SHOWING / name).read_text('utf-8')}</script>" for name in scripts)
    return (
        '<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escaped(title)}</title><style>{style}</style>'
        f"{told}</head><body>{body}</body></html>\n"
    )


def _index(shown: Sequence[Shown], missing: Sequence[str], made: list[Path], folder: Path) -> str:
    shelves, place = [], 0
    for paper in dict.fromkeys(one.paper.paper for one in shown):
        own = [one for one in shown if one.paper.paper == paper]
        cards = "".join(_card(one, place + i < EAGER) for i, one in enumerate(own))
        place += len(own)
        shelves.append(
            f"<section><h2>{escaped(paper)} <small>{len(own)}</small></h2>"
            f'<div class="cards">{cards}</div></section>'
        )
    pick = {
        "paper": ("every paper", dict.fromkeys(one.paper.paper for one in shown)),
        "rule": ("every rule", sorted({rule for one in shown for rule in one.rules})),
        "game": ("every game", sorted({game for one in shown for game in one.games})),
    }
    picks = "".join(_select(name, first, names) for name, (first, names) in pick.items())
    by = (
        '<select data-part="by" aria-label="order"><option value="paper">by paper</option>'
        '<option value="question">by question</option></select>'
    )
    lacking = f"<p>Not drawn, for want of a record: {', '.join(missing)}.</p>" if missing else ""
    search = '<input type="search" data-part="q" placeholder="Search" aria-label="Search">'
    body = (
        "<header><h1>Figures of minimax_lab</h1>"
        f'<p class="soft"><span data-part="count">{len(shown)} figures</span>, each with its '
        "command, its data and what made them.</p>"
        f'<div class="bar">{search}{by}{picks}{THEME}</div></header>'
        f'<main>{_moving(made)}{_pages(folder)}<div data-part="shelves">{"".join(shelves)}</div>'
        f"</main><footer>{lacking}<p>Built by <code>make gallery</code>.</p></footer>"
    )
    return document("minimax_lab: figures", body, "theme.js", "gallery.js")


THEME = '<button type="button" data-part="theme">light / dark</button>'


def _select(name: str, first: str, values: Iterable[str]) -> str:
    rest = "".join(f"<option>{escaped(value)}</option>" for value in values)
    options = f'<option value="">{first}</option>{rest}'
    return f'<select data-part="{name}" aria-label="{name}">{options}</select>'


def _card(one: Shown, eager: bool) -> str:
    name, caption = one.plot.name, one.plot.caption
    words = " ".join(
        [name, one.title, caption, one.question, *one.paper[:2], *one.rules, *one.games]
    )
    data = {
        "words": words.lower(),
        "paper": one.paper.paper,
        "question": one.question,
        "rule": "|".join(one.rules),
        "game": "|".join(one.games),
    }
    badge = ' <span class="badge">nearest</span>' if one.paper.nearest else ""
    return (
        f'<a class="card" href="{name}.html" {_attributes(data)}>'
        f'<img src="small/{name}.webp" data-dark="small/{name}-dark.webp" alt="" '
        f'width="{one.size[0]}" height="{one.size[1]}"{"" if eager else LAZY}>'
        f"<h3>{escaped(one.title)}{badge}</h3><p>{escaped(_first(caption))}</p></a>"
    )


LAZY = ' loading="lazy"'


def _moving(made: Iterable[Path]) -> str:
    named: dict[str, list[str]] = {}
    for path in made:
        named.setdefault(path.stem, []).append(path.suffix[1:])
    cards = ""
    for name, endings in named.items():
        if "gif" in endings:
            files = " ".join(f'<a href="{name}.{end}">{end.upper()}</a>' for end in endings)
            cards += (
                f'<figure class="plate"><img src="{name}.gif" alt="{name}"{LAZY}>'
                f"<figcaption><small>{escaped(name.replace('_', ' '))}: {files}; "
                f"<code>make films</code></small></figcaption></figure>"
            )
    return f"<details><summary>Films ({len(named)})</summary>{cards}</details>" if cards else ""


def _pages(folder: Path) -> str:
    if not (folder / "matrix.html").exists():
        return ""
    return (
        '<p><a href="matrix.html">Every rule against every game: a table of verdicts, each cell '
        "opens its walk</a></p>"
    )


def _page(
    one: Shown,
    before: Shown | None,
    after: Shown | None,
    known: Mapping[str, Experiment],
    folders: Folders,
) -> str:
    name, command = one.plot.name, f"make figure-{one.plot.name}"
    steps = "".join(
        f'<a href="{other.plot.name}.html">{arrow.format(escaped(other.title))}</a>'
        for other, arrow in ((before, "← {}"), (after, "{} →"))
        if other
    )
    files = f'<a href="{name}.pdf" download>PDF</a><a href="{name}.png" download>PNG</a>'
    files += f'<a href="dark/{name}.png" download="{name}-dark.png">PNG, dark</a>'
    facts_ = {
        "paper": _linked("paper", one.paper.paper),
        "its figure": escaped(one.paper.theirs),
        "": "nearest: on other data than the paper's, or with networks of another kind"
        if one.paper.nearest
        else "",
        "source": escaped(one.paper.source),
        "question": escaped(one.question),
        "rules": ", ".join(_linked("rule", rule) for rule in one.rules),
        "games": ", ".join(_linked("game", game) for game in one.games),
        "drawn by": f"<code>{_within(one.plot.path, folders)}</code>",
    }
    made = []
    for read in one.plot.reads:
        if read in known:
            told, link = _data(known[read], folders)
            made.append(f"<h2>Data: {read}</h2>{_list(told)}")
            files += link
    width, height = one.size
    body = (
        f'<header><nav><a href="index.html">All figures</a>{steps}<span class="push">{THEME}</span>'
        f"</nav><h1>{escaped(one.title)}</h1></header><main><figure>"
        f'<div class="plate"><img src="{name}.png" data-dark="dark/{name}.png" alt="{name}" '
        f'width="{width}" height="{height}"></div>'
        f"<figcaption><p>{escaped(one.plot.caption)}</p></figcaption></figure>"
        f'<p class="files">{files}</p><p><code>{command}</code> '
        f'<button type="button" data-copy="{command}">copy</button></p>'
        f"{_list(facts_)}{''.join(made)}</main>"
    )
    return document(f"{one.title}: minimax_lab", body, "theme.js")


def _data(experiment: Experiment, folders: Folders) -> tuple[dict[str, str], str]:
    """What made a result, and a link to a copy of it."""
    from . import results

    path = folders.result(experiment)
    header = facts.header(path)
    if not header:
        return {"": "There is no result yet."}, ""
    _copied(path, folders.build / "gallery" / "data" / path.name)
    reasons = [] if header["reduced"] else results.outdated(header, experiment, folders.root)
    versions = ", ".join(f"{name} {value}" for name, value in header.get("versions", {}).items())
    settings = ", ".join(f"{name} = {value}" for name, value in header["settings"].items())
    state = (
        "reduced"
        if header["reduced"]
        else "stale: " + "; ".join(reasons)
        if reasons
        else ("what this code makes")
    )
    seconds = header.get("seconds")
    told = {
        "file": f"<code>{_within(path, folders)}</code>, {path.stat().st_size / 1024:.0f} kB",
        "made by": f"<code>{_within(experiment.path, folders)}</code>"
        + (f", <code>make record-{experiment.name}</code>" if experiment.cost != "cheap" else ""),
        "settings": f"<code>{escaped(settings)}</code>" if settings else "",
        "state": escaped(state),
        "when": escaped(f"{header.get('when', '')}" + (f", {seconds:g} s" if seconds else "")),
        "on": escaped(header.get("device", "")),
        "with": escaped(versions),
        "carried over": f"{len(header['carried'])} times to code that changes no number"
        if header.get("carried")
        else "",
        "digest": f"<code>{header['data']}</code> of the arrays; {len(header['code'])} files of "
        "code are known by theirs",
    }
    return told, f'<a href="data/{path.name}" download>data, {path.name}</a>'


def _list(told: Mapping[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{k}</dt><dd>{v}</dd>' for k, v in told.items() if v)}</dl>"


def _linked(kind: str, value: str) -> str:
    return f'<a href="index.html#{kind}={quote(value)}">{escaped(value)}</a>'


def _within(path: Path, folders: Folders) -> str:
    return escaped(str(path.relative_to(folders.root)) if path.is_relative_to(folders.root) else "")


def _first(caption: str) -> str:
    """The first sentence, which "et al." does not end, without the backticks of code."""
    return re.split(r"(?<=[.?])(?<!al\.) ", caption)[0].replace("`", "")


def _attributes(data: Mapping[str, Any]) -> str:
    return " ".join(f'data-{name}="{escaped(str(value))}"' for name, value in data.items())


def escaped(text: str) -> str:
    """For HTML, in an attribute too."""
    return html.escape(text, quote=True)
