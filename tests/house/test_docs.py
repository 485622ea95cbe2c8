"""The documentation site: it builds without a warning, asks nothing of a network, and every link in
it leads somewhere.
"""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import minimax_lab as mm

ROOT = Path(__file__).parents[2]
LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page loads, what it links to, and what can be linked to in it."""

    def __init__(self, path):
        super().__init__()
        self.loaded, self.linked, self.anchors = [], [], {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given.get("id") or "", given.get("name") or ""}
        if tag in LOADED and given.get(LOADED[tag]):
            self.loaded.append(given[LOADED[tag]])
        if tag == "a" and given.get("href"):
            self.linked.append(given["href"])


def test_the_site_is_built_and_whole(tmp_path):
    """One test, since processes side by side would build it once each."""
    site = built_into(tmp_path)
    asks_nothing_of_a_network(site)
    links_lead_somewhere(site)
    formulas_are_drawn_without_a_script(site)
    functions_are_shown_and_not_the_files_they_stand_in(site)


def built_into(folder):
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return {path: Page(path) for path in folder.rglob("*.html") if path.name != "404.html"}


def asks_nothing_of_a_network(site):
    for path, page in site.items():
        assert [url for url in page.loaded if urlsplit(url).netloc] == [], path.name
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", text), path.name


def links_lead_somewhere(site):
    for path, page in site.items():
        for url in page.linked + page.loaded:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name} links to {url}"
            if target in site:
                assert unquote(parts.fragment) in site[target].anchors, f"{path.name}: {url}"


def exported(module):
    """The public names of a module: of an index those it imports, of another those it defines."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    index = Path(module.__file__).name == "__init__.py"
    if index:  # also what is imported when it is asked for
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = [n.name for node in nodes if node.level for n in node.names]
    else:
        nodes = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
        names = [node.name for node in nodes]
    return {name for name in names if not name.startswith("_")}


ROOMS = {
    "mm": mm,
    "mm.games": mm.games,
    "mm.adversarial": mm.adversarial,
    "mm.images": mm.images,
    "mm.networks": mm.networks,
    "mm.measures": mm.measures,
    "mm.training": mm.training,
    "mm.objectives": mm.objectives,
    "mm.draw": mm.draw,
}


@pytest.mark.parametrize("said", ROOMS)
def test_every_public_name_stands_in_the_api(said):
    module = ROOMS[said]
    pages = "\n".join(path.read_text() for path in (ROOT / "docs" / "api").glob("*.md"))
    shown = set(re.findall(rf"^::: {re.escape(said)}\.(\w+)$", pages, re.MULTILINE))
    rooms = {name.removeprefix("mm.") for name in ROOMS}
    parts = rooms if module is mm else set()
    missing = exported(module) - parts - shown
    assert not missing, f"say `::: {said}.NAME` on a page under docs/api for {sorted(missing)}"
    assert shown - parts <= exported(module), "docs/api shows what is not exported"


def formulas_are_drawn_without_a_script(site):
    formulas = 0
    for path in site:
        text = path.read_text(encoding="utf-8")
        said = re.sub(r"<(code|script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
        assert "$" not in said and r"\(" not in said and r"\[" not in said, path.name
        formulas += said.count("<math ")
    assert formulas > 500


def functions_are_shown_and_not_the_files_they_stand_in(site):
    text = "".join(path.read_text() for path in site if path.parent.name == "api")
    classes = re.findall(r'class="doc doc-object doc-(\w+)"', text)
    assert classes.count("module") == 1 and classes.count("function") > 100  # mm.objectives


def test_verdicts_are_told_check_by_check_and_never_added_up(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "made")
    page = importlib.import_module("theorems")
    theorem = page.theorems()["NUM-8"]
    assert page.verdicts_of(theorem, None) == [page.NOT_YET] * 2
    checks = [
        {"kind": check.kind, "part": check.part, "status": status, "summary": "seen"}
        for check, status in zip(theorem.checks, ("violated", "skipped"), strict=True)
    ]
    about = {"written": "", "version": "", "seeds": [0, 7], "instances": 9, "full": False}
    told = about | {"theorems": [{"id": theorem.id, "checks": checks}]}
    verdicts = page.verdicts_of(theorem, told)
    assert verdicts == [("violated", "seen"), ("skipped", "seen")]
    changed = about | {"theorems": [{"id": theorem.id, "checks": checks[:1]}]}
    assert page.verdicts_of(theorem, changed) == [page.NOT_RUN] * 2
    said = page.said_of_all([*verdicts, page.NOT_RUN], told)
    assert all(f"| {word} | 1 |" in said for word in ("violated", "skipped", "not run"))
    assert "seeds 0, 7," in said  # as a report of `make verify` has them


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_files_that_a_page_names_exist(page):
    """Paths that are told as such; those of one's own are in a title of a block, or `mine`."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    roots = "minimax_lab|theory|figures|tests|benchmarks|docs"
    named = set(re.findall(rf"(?<![\w/])(?:{roots})/[\w/.-]*\w", text))
    missing = {name for name in named if not (ROOT / name).exists() and "/mine" not in name}
    assert not missing, f"{page.name} names {missing}"
    modules = set(re.findall(r"python -m ((?:theory|figures|benchmarks)[\w.]*)", text))
    assert all(importlib.util.find_spec(module) for module in modules)


def test_the_page_on_faults_has_the_table_that_was_recorded():
    table = (ROOT / "tests" / "faults" / "table.md").read_text()
    assert table in (ROOT / "docs" / "faults.md").read_text()
    assert all(row.split("|")[4:6] == [" 0 ", " 0 "] for row in table.splitlines()[2:])
