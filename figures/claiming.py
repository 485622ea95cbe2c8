"""Finds the claims, decides them, and keeps what was decided in `claims/ledger.json`.

The ledger is committed, as the records are: it has for every claim the verdict, the number, and the
digests of the results it was decided by; for every theorem what the last `make verify` said. So
README, the pages and the site need no experiment and no theorem to be run.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from . import results, told
from .declare import DeclarationError, Experiment, functions, meant, plots, read_by, tables
from .jobs import Folders
from .verdicts import TRUST, Ruling, Theorem, proved

MARKED = ("trust", "shows", "theorems", "against", "where")


class Claim(NamedTuple):
    """A claim of a paper, as its file declares it."""

    name: str
    paper: str
    says: str
    reads: tuple[str, ...]
    trust: str
    shows: tuple[str, ...]
    theorems: tuple[str, ...]
    against: tuple[str, ...]
    where: str


class Paper(NamedTuple):
    """A file of claims: the first line of its docstring is the title, the rest says what was left
    out.
    """

    name: str
    title: str
    about: str
    claims: dict[str, Claim]


def papers(root: Path, known: Mapping[str, Experiment]) -> dict[str, Paper]:
    """All papers with their claims, read from the sources without running them."""
    shown = {**plots(root, known), **tables(root, known)}
    found = {}
    for path in sorted((root / "figures" / "claims").glob("[!_]*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem
        title, _, about = text.partition("\n")
        own = [_claim(p, f, known, shown) for p, f in functions(path.parent) if p == path]
        claims = {one.name: one for one in own if one}
        found[path.stem] = Paper(path.stem, title.rstrip("."), " ".join(about.split()), claims)
    return found


def _claim(
    path: Path, function: ast.FunctionDef, known: Mapping[str, Experiment], shown: Mapping[str, Any]
) -> Claim | None:
    if function.name.startswith("_"):
        return None
    at, says = f"{path}:{function.lineno}: {function.name}", ast.get_docstring(function)
    marks = [
        mark
        for mark in function.decorator_list
        if isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Name)
        and mark.func.id == "claim"
    ]
    if len(marks) != 1 or not says:
        raise DeclarationError(f"{at} is no claim: it needs one @claim(...) and a sentence")
    given = dict(zip(MARKED, map(ast.literal_eval, marks[0].args), strict=False))
    given |= {k.arg: ast.literal_eval(k.value) for k in marks[0].keywords if k.arg}
    if given["trust"] not in TRUST:
        raise DeclarationError(f"{at}: trust must be one of {', '.join(TRUST)}")
    lists = {name: tuple(given.get(name, ())) for name in ("shows", "theorems", "against")}
    for name in lists["shows"]:
        if name not in shown:
            raise DeclarationError(f"{at} shows {name}, which is not drawn{meant(name, shown)}")
    reads = read_by(path, function, known)
    return Claim(
        function.name,
        path.stem,
        " ".join(says.split()),
        reads,
        given["trust"],
        where=given.get("where", ""),
        **lists,
    )


def read(root: Path, known: Mapping[str, Experiment]) -> list[str]:
    """The experiments that any claim reads."""
    every = (claim for paper in papers(root, known).values() for claim in paper.claims.values())
    return list(dict.fromkeys(name for claim in every for name in claim.reads))


def ruled(
    claim: Claim, found: Mapping[str, Mapping[str, Any]], theorems: Mapping[str, Theorem]
) -> Ruling:
    """The verdict on one claim, from the results it reads or the theorems it names."""
    function = getattr(importlib.import_module(f"figures.claims.{claim.paper}"), claim.name)
    if claim.reads:
        return function(**{name: found[name] for name in claim.reads})
    if claim.theorems or claim.against:
        return proved(theorems, claim.theorems, claim.against, claim.where)
    return function()


def ledger(root: Path) -> dict[str, Any]:
    """What was decided before."""
    path = root / "figures" / "claims" / "ledger.json"
    if not path.exists():
        return {"theorems": {}, "claims": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def decide(known: Mapping[str, Experiment], folders: Folders) -> Iterator[str]:
    """Decide all claims, keep it, write the pages and README's counts; gives lines to be told.

    What is decided by reduced results is written beside them and not kept.
    """
    from minimax_lab.files import put

    root = folders.root
    theorems = {name: Theorem(*pair) for name, pair in ledger(root)["theorems"].items()}
    told_now = verified(folders.build / "theory" / "report.json")
    theorems |= {name: one for name, one in told_now.items() if one.status != "not run"}
    found: dict[str, results.Result] = {}
    for name in read(root, known):
        path = folders.result(known[name])
        if path.exists():
            found[name] = results.load(path)
    every, decided = papers(root, known), {}
    named = {
        t for p in every.values() for c in p.claims.values() for t in (*c.theorems, *c.against)
    }
    for paper in every.values():
        decided[paper.name] = {
            claim.name: _entry(claim, found, theorems) for claim in paper.claims.values()
        }
    kept = {
        "theorems": {n: list(theorems[n]) for n in sorted(named & theorems.keys(), key=_by_number)},
        "claims": decided,
    }
    for name, text in told.pages(every, kept, known).items():
        put(folders.build / ("quick" if folders.quick else "") / "claims" / name, text)
    if not folders.quick:
        text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=False)
        put(root / "figures" / "claims" / "ledger.json", text + "\n")
        told.into_readme(root, told.counts(every, kept))
    yield told.counts(every, kept)


def _entry(
    claim: Claim, found: Mapping[str, results.Result], theorems: Mapping[str, Theorem]
) -> dict[str, Any]:
    if missing := [name for name in claim.reads if name not in found]:
        raise SystemExit(f"{claim.name} reads {', '.join(missing)}; make claims computes it")
    ruling = ruled(claim, found, theorems)
    by = {name: found[name].header["data"] for name in claim.reads}
    return {**ruling._asdict(), **({"by": by} if by else {})}


def verified(report: Path) -> dict[str, Theorem]:
    """What the last `make verify` in this checkout said, if there was one."""
    if not report.exists():
        return {}
    facts = json.loads(report.read_text(encoding="utf-8"))
    return {one["id"]: Theorem(_status(one), _said(one)) for one in facts["theorems"]}


def _status(theorem: Mapping[str, Any]) -> str:
    """Held only if all of it that was tried did; nothing is known of one that was skipped whole."""
    if theorem["status"] == "skipped":
        return "not run"
    if any(check["status"] == "violated" for check in theorem["checks"]):
        return "violated"
    return "held" if theorem["passed"] else "not run"


def _said(theorem: Mapping[str, Any]) -> str:
    """What was reached, and the first numbers of the first check that has any."""
    for check in theorem["checks"]:
        parts = re.split(r", (?=[a-z\d])", check["summary"])
        numbers = [p for p in parts if re.search(r"\d", p) and "controls violated" not in p]
        if numbers:
            return f"{theorem['status']}; {', '.join(numbers[:2])}"
    return str(theorem["status"])


def _by_number(name: str) -> tuple[str, int]:
    prefix, _, number = name.partition("-")
    return prefix, int(number)
