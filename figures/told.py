"""The claims as pages: Markdown for the site, HTML in build/claims, and the counts in README.

All is written from the declarations and the ledger.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .declare import Experiment, tables
from .verdicts import TRUST, VERDICTS, Ruling, count

if TYPE_CHECKING:
    from .claiming import Claim, Paper

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- claims: written by make claims -->", "<!-- end of claims -->"
COLUMNS = ("claim", "verdict", "what decides it", "shown by", "again")
STYLE = (
    "body{font:15px/1.5 serif;max-width:76rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border-bottom:1px solid #ddd;padding:.45rem .6rem}"
    "td,th{vertical-align:top;text-align:left}code{font-size:.85em}.t{color:#666;font-size:.85em}td:nth-child(2){white-space:nowrap}"
    ".holds{color:#1b6e3c}.where{color:#8a5a00}.does{color:#a1261d}.not{color:#555}"
    "td{overflow-wrap:anywhere}@media(max-width:50rem){tr{border-bottom:1px solid #bbb}"
    "tr,td{display:block}td{border:0;padding:.15rem .3rem}tr:first-child{display:none}}"
)
CLASS = dict(zip(VERDICTS, ("holds", "where", "does", "not"), strict=True))


def rulings(paper: Paper, kept: Mapping[str, Any]) -> dict[str, Ruling]:
    """What the ledger says of a paper's claims; one it does not know is not decided yet."""
    decided = kept["claims"].get(paper.name, {})
    undecided = {"verdict": VERDICTS[-1], "number": "", "where": "make claims decides it"}
    return {
        name: Ruling(*(decided.get(name, undecided)[field] for field in Ruling._fields))
        for name in paper.claims
    }


def counts(papers: Mapping[str, Paper], kept: Mapping[str, Any]) -> str:
    """A row a paper, a column a verdict."""
    lines = [f"| paper | {' | '.join(VERDICTS)} |", f"|---|{'---:|' * len(VERDICTS)}"]
    for paper in papers.values():
        found = count(rulings(paper, kept))
        lines.append(f"| {paper.title} | {' | '.join(str(found[v]) for v in VERDICTS)} |")
    return "\n".join(lines)


def into_readme(root: Path, table: str) -> None:
    """Put the counts between their marks."""
    from minimax_lab.files import put

    path = root / "README.md"
    text = path.read_text(encoding="utf-8")
    put(path, re.sub(f"{BEGIN}.*?{END}", f"{BEGIN}\n{table}\n{END}", text, flags=re.DOTALL))


def command(claim: Claim, known: Mapping[str, Experiment]) -> str:
    """What makes its numbers again."""
    slow = [name for name in claim.reads if known[name].cost != "cheap"]
    made = [f"record-{name}" for name in slow]
    made += ["claims"] if claim.reads else []
    made += [f"verify-{name}" for name in (*claim.theorems, *claim.against)]
    return f"make {' '.join(made)}" if made else ""


def rows(
    paper: Paper, kept: Mapping[str, Any], known: Mapping[str, Experiment]
) -> Iterable[tuple[Claim, Ruling, str]]:
    """Every claim with its verdict and its command."""
    for name, ruling in rulings(paper, kept).items():
        yield paper.claims[name], ruling, command(paper.claims[name], known)


def markdown(
    paper: Paper, kept: Mapping[str, Any], known: Mapping[str, Experiment], figures: str
) -> str:
    """The page of a paper for the site; `figures` is where its pictures are told of."""
    written = tables(ROOT, known)
    lines = [
        f"# {paper.title}",
        "",
        paper.about,
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * 5 + "|",
    ]
    for claim, ruling, again in rows(paper, kept, known):
        shown = [
            f"`{name}`" if name in written else f"[`{name}`]({figures}#{name})"
            for name in claim.shows
        ]
        theorems = ", ".join((*claim.theorems, *claim.against))
        cells = (
            f"{_safe(claim.says)} *{TRUST[claim.trust]}*",
            f"**{ruling.verdict}**",
            _safe(". ".join(part for part in (ruling.number, _where(ruling)) if part)),
            "; ".join(part for part in (", ".join(shown), theorems) if part),
            f"`{again}`" if again else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def pages(
    papers: Mapping[str, Paper], kept: Mapping[str, Any], known: Mapping[str, Experiment]
) -> dict[str, str]:
    """The same as HTML, by the names of the files; they link to build/figures and build/tables."""
    written = tables(ROOT, known)
    found = {f"{paper.name}.html": _page(paper, kept, known, written) for paper in papers.values()}
    items = "".join(
        f'<li><a href="{paper.name}.html">{html.escape(paper.title)}</a>: '
        f"{_counted(paper, kept)}</li>"
        for paper in papers.values()
    )
    return found | {"index.html": _html("What six papers claim", f"<ul>{items}</ul>")}


def _page(
    paper: Paper, kept: Mapping[str, Any], known: Mapping[str, Experiment], written: Iterable[str]
) -> str:
    body = [f"<p>{_code(paper.about)}</p><p>{_counted(paper, kept)}.</p>", "<table><tr>"]
    body += [f"<th>{column}</th>" for column in COLUMNS] + ["</tr>"]
    for claim, ruling, again in rows(paper, kept, known):
        shown = [
            f'<a href="../tables/{name}.md">{name}</a>'
            if name in written
            else f'<a href="../figures/{name}.png">{name}</a>'
            for name in claim.shows
        ]
        report = (ROOT / "build" / "theory" / "report.html").exists()
        theorems = [
            f'<a href="../theory/report.html#{name}">{name}</a>' if report else name
            for name in (*claim.theorems, *claim.against)
        ]
        decides = "<br>".join(_code(part) for part in (ruling.number, _where(ruling)) if part)
        body.append(
            f'<tr id="{claim.name}"><td>{_code(claim.says)}<br><span class="t">'
            f'{TRUST[claim.trust]}</span></td><td class="{CLASS[ruling.verdict]}">{ruling.verdict}'
            f"</td><td>{decides}</td><td>{'<br>'.join(shown + theorems)}</td>"
            f"<td>{f'<code>{again}</code>' if again else ''}</td></tr>"
        )
    return _html(paper.title, "".join([*body, "</table>"]))


def _where(ruling: Ruling) -> str:
    if not ruling.where:
        return ""
    return f"{'Where' if ruling.verdict == VERDICTS[1] else 'Why'}: {ruling.where}"


def _counted(paper: Paper, kept: Mapping[str, Any]) -> str:
    found = count(rulings(paper, kept))
    many = {"holds": "hold", "holds where": "hold where", "does not reproduce": "do not reproduce"}
    return ", ".join(
        f"{number} {many.get(verdict, verdict) if number > 1 else verdict}"
        for verdict, number in found.items()
        if number
    )


def _html(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{html.escape(title)}</h1>{body}</html>\n"
    )


def _code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _safe(text: str) -> str:
    """As `docs/made/plain.py`, but code between backticks stays."""
    parts = re.split(r"(`[^`]+`)", text)
    parts[::2] = [re.sub(r"([|*_\\<$\[\]])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)
