"""The report as one HTML file that needs nothing else: no script, no network, no font."""

from __future__ import annotations

import html
from typing import Any

from .mathematics import rendered
from .words import SLACK, headline, slacks, tested

STYLE = """
body { font: 16px/1.55 Georgia, 'Times New Roman', serif; color: #1b1b1b; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0 0 .3rem; }
math { font-family: 'STIX Two Math', 'Cambria Math', 'Latin Modern Math',
  'DejaVu Math TeX Gyre', math; }
math[display="block"] { margin: .9rem 0; overflow: auto hidden; }
sup { line-height: 0; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
table { font-size: .86rem; font-family: system-ui, sans-serif; }
th, td { text-align: left; vertical-align: top; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; }
th { border-bottom: 2px solid #888; }
td:has(> a:only-child) { white-space: nowrap; }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
article { border: 1px solid #ccc; border-radius: 6px; padding: 1rem 1.2rem; margin: 1.4rem 0; }
.source { color: #555; font-size: .9rem; } .note { color: #555; }
.status { font-family: system-ui, sans-serif; font-weight: 600; }
.good { color: #12632b; } .bad { color: #a4161a; } .open { color: #7a5900; } a { color: inherit; }
.banner { border: 2px solid #7a5900; padding: .6rem 1rem; border-radius: 6px; font-weight: 600; }
"""


def page(told: dict[str, Any]) -> str:
    """The facts of a report as a page."""
    lines = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width">',
        f"<title>Theorems verified</title><style>{STYLE}</style></head><body>",
        "<h1>Theorems, and what could not refute them</h1>",
    ]
    if told["partial"]:
        left = f"{len(told['pending'])} theorems were not reached: {', '.join(told['pending'])}."
        lines.append(f'<p class="banner">This report is partial. {html.escape(left)}</p>')
    lines.append(f"<p>{html.escape(headline(told))}</p>")
    lines.append(
        f"<p>{told['seconds']:.0f} s of work"
        f"{', long search, slow scenarios included' if told['full'] else ''}. A margin is "
        "relative, and not below zero exactly when the claim holds; beside the smallest one drawn "
        "stands the smallest one that a search against the claim could find. Each control breaks "
        "one hypothesis, and must then break the claim; that its code holds somewhere is shown, "
        "too.</p>"
    )
    lines += [_overview(told), *_slack(told), *(_article(theorem) for theorem in told["theorems"])]
    lines.append(
        f'<p class="note">minimax_lab {html.escape(told["version"])}, '
        f"{told['written']}.</p></body></html>"
    )
    return "\n".join(lines) + "\n"


def _overview(told: dict[str, Any]) -> str:
    rows = "".join(
        f'<tr><td><a href="#{t["id"]}">{t["id"]}</a></td>'
        f"<td>{html.escape(t['name'])}</td><td>{t['kind']}</td>"
        f"<td>{_status(t)}</td><td>{_worst(t)}</td><td class=n>{t['seconds']:.1f}</td></tr>"
        for t in told["theorems"]
    )
    head = (
        "<tr><th>id</th><th>statement</th><th>kind</th><th>result</th><th>worst drawn / "
        "found</th><th>s</th></tr>"
    )
    return f"<table>{head}{rows}</table>"


def _slack(told: dict[str, Any]) -> list[str]:
    """Every constant and how far it can be moved."""
    if not told["slack"]:
        return []
    head = "<tr><th>id</th><th>part</th><th>constant</th><th>value</th><th>fails below</th>"
    rows = (
        f'<tr><td><a href="#{row[0]}">{row[0]}</a></td>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in slacks(told)
    )
    table = f"<table>{head}<th>above</th><th></th></tr>{''.join(rows)}</table>"
    return ["<h2>Slack</h2>", f"<p>{html.escape(SLACK)}</p>", table]


def _article(theorem: dict[str, Any]) -> str:
    source = (
        f"{html.escape(theorem['citation'])}. Trust: {theorem['trust']} "
        f"({html.escape(theorem['trust_meaning'])})."
    )
    checks = "".join(_check(check) for check in theorem["checks"])
    return (
        f'<article id="{theorem["id"]}"><h2>{theorem["id"]}. {html.escape(theorem["name"])} '
        f"{_status(theorem)}</h2>"
        f'{rendered(theorem["statement"])}<p class="source">{source}</p>{checks}</article>'
    )


def _check(check: dict[str, Any]) -> str:
    title = (
        f"{check['kind']}{': ' + html.escape(check['part']) if check['part'] else ''}, "
        f"{check['seconds']:.1f} s"
    )
    rows = [f"<tr><th>{title}</th><th>{_status(check)}</th></tr>"]
    rows += [
        _row("derived" if ok else "not derived", html.escape(text)) for text, ok in check["claims"]
    ]
    if check["kind"] == "bound":
        rows.append(
            _row(
                "random instances",
                f"{check['instances']}, smallest margin {_number(check['worst'])}",
            )
        )
        searched = (
            f"smallest margin {_number(check['found'])} in {check['evaluations']} evaluations"
        )
        rows.append(
            _row("search against it", searched if check["evaluations"] else "nothing to search")
        )
        wanted = " (claimed sharp)" if check["sharp"] else ""
        rows.append(_row("distance from equality", _number(check["sharpness"]) + wanted))
    elif check["kind"] == "identity":
        told = (
            f"{check['instances']}, largest error {_number(check['worst'])}, allowed "
            f"{_number(check['tolerance'])}"
        )
        rows.append(_row("random instances", told))
    rows += [_row(html.escape(name), _number(value)) for name, value in check["numbers"].items()]
    if check["failed_at"]:
        rows.append(_row("violated at seed", ", ".join(map(str, check["failed_at"]))))
    if check["trial"]:
        rows.append(_row("test", html.escape(tested(check["trial"]))))
    if check["certificate"]:
        rows.append(_row("certificate", _certificate(check["certificate"])))
    rows += [
        _row("outside: " + html.escape(c["name"]), html.escape(c["said"]))
        for c in check["controls"]
    ]
    rows += [
        _row(f"{html.escape(one['name'])} = {_number(one['value'])}", html.escape(one["verdict"]))
        for one in check["slack"]
    ]
    if check["note"]:
        rows.append(_row("note", html.escape(check["note"])))
    return f"<table>{''.join(rows)}</table>"


def _certificate(told: dict[str, Any]) -> str:
    if told["value"] is None:
        return html.escape(told["checked"])
    said = f"at most {told['value']:.8g} by {told['solver']} ({told['checked']})"
    return html.escape(f"{said}; found from below {told['found']:.8g}, gap {told['gap']:.1e}")


def _row(name: str, value: str) -> str:
    return f"<tr><td>{name}</td><td>{value}</td></tr>"


def _worst(theorem: dict[str, Any]) -> str:
    """The worst of each check that has one."""
    said = []
    for check in theorem["checks"]:
        if check["kind"] == "bound" and check["worst"] is not None:
            said.append(f"{_number(check['worst'])} / {_number(check['found'])}")
        elif check["kind"] == "identity" and check["worst"] is not None:
            said.append(f"error {_number(check['worst'])}")
    return "; ".join(said)


def _status(told: dict[str, Any]) -> str:
    kind = "open" if told["status"] == "skipped" else "good" if told["passed"] else "bad"
    return f'<span class="status {kind}">{told["status"]}</span>'


def _number(value: float | None) -> str:
    """Three digits, powers of ten written as such."""
    if value is None:
        return "not a number"
    text = f"{value:.3g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{mantissa}\u202f×\u202f10<sup>{int(exponent)}</sup>".replace("-", "−")
