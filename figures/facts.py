"""What is known of a figure without drawing it: the paper it answers, the question it belongs to,
the rules and games that its experiments use, what made its data.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .declare import Experiment, Plot

OURS = "Ours"
ROW = re.compile(r"^\| (?!paper \||---)(.+) \|$", re.M)
NETWORKS = "networks"


class Paper(NamedTuple):
    """A row of the table of figures: whose figure it is, which one, and how far it is to be
    trusted.
    """

    paper: str
    theirs: str
    nearest: bool
    source: str


def papers(table: Path) -> dict[str, Paper]:
    """Of every figure the row that names it; `the same` is the paper of the row above."""
    found, last = {}, OURS
    text = table.read_text(encoding="utf-8") if table.exists() else ""
    for row in ROW.findall(text.partition("## From paper to figure")[2]):
        cells = [cell.strip() for cell in row.split(" | ")]
        if len(cells) != 5:
            continue
        paper, theirs, ours, _, source = cells
        if paper == "none":
            last = OURS
        elif not paper.startswith("the "):
            last = plain(paper)
        asked = "" if theirs.startswith("none") and ":" not in theirs else plain(theirs)
        for name in re.findall(r"`(\w+)`", ours):
            own = Paper(last, asked.removeprefix("none: "), ours.startswith("nearest"), source)
            found[name] = own._replace(source=plain(own.source))
    return found


def plain(text: str) -> str:
    """Without the marks of emphasis and code."""
    return re.sub(r"[*`]", "", text)


def question(plot: Plot) -> str:
    """What the file of a plot is about: its first sentence."""
    if not plot.path.is_file():
        return OURS
    said = ast.get_docstring(ast.parse(plot.path.read_text(encoding="utf-8"))) or plot.path.stem
    return re.split(r"[.;]( |$)", " ".join(said.split()))[0]


def uses(experiment: Experiment) -> tuple[set[str], set[str]]:
    """The rules and directions, and the games, that an experiment names, itself or through what
    else is in its file.
    """
    tree = ast.parse(experiment.path.read_text(encoding="utf-8"))
    own = {name: node for node in tree.body for name in _names(node)}
    waiting, seen, said = [experiment.name], set(), set()
    while waiting:
        name = waiting.pop()
        if name in own and name not in seen:
            seen.add(name)
            for node in ast.walk(own[name]):
                word = getattr(node, "id", None) or getattr(node, "attr", None)
                words = {word, node.value} if isinstance(node, ast.Constant) else {word}
                named = {w for w in words if isinstance(w, str)}
                said |= named
                waiting += named
    methods, games = _known()
    found = {name for name in (word.removesuffix("_value") for word in said) if name in games}
    if {"adv", "adversarial", "plane_gan", "networks"} & said:
        found.add(NETWORKS)
    return said & methods, found


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def _known() -> tuple[set[str], set[str]]:
    import minimax_lab as mm

    bases = mm.UpdateRule, mm.Direction
    methods = {
        name
        for name in dir(mm)
        if inspect.isclass(made := getattr(mm, name, None)) and issubclass(made, bases)
    }
    made = {name for name, one in vars(mm.games).items() if inspect.isfunction(one)}
    return methods - {"UpdateRule", "Direction", "Gradient"}, (made | set(mm.games.catalogue())) - {
        "catalogue",
        "entry",
        "alignment",
        "coverage",
        "lead",
    }


def header(path: Path) -> Mapping[str, Any]:
    """What made a result, without reading its arrays; nothing where there is none."""
    if not path.exists():
        return {}
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("header.json"))
