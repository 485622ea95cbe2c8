"""What MkDocs is to do besides: pages get what is made from the code, formulas become MathML, which
browsers draw without a script.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import claims
import gallery
import notebooks
import performance
import theorems
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# Pages that go on with what the code knows.
MADE = {
    "claims.md": claims.page,
    "gallery.md": gallery.page,
    "performance.md": performance.page,
    "theorems.md": theorems.page,
}

FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL
)  # as arithmatex leaves them, wherever they stand but in code

# Bars, strokes and derivatives are no binary operators with room on both sides, nor is a minus that
# stands first; and a prime is raised already.
TIGHT = 'stretchy="false" lspace="0" rspace="0"'
OPENING = "&#x0003D;|&#x00028;|&#x0005B;|&#x0002C;|,"
TIGHTER = (
    (r"<m[oi][^>]*>(&#x0007C;|&#x02016;|&#x0002F;|&#x02202;)</m[oi]>", rf"<mo {TIGHT}>\1</mo>"),
    (rf"(<mo[^>]*>(?:{OPENING})</mo>)<mo>(&#x02212;)</mo>", r'\1<mo form="prefix">\2</mo>'),
    (r"<msup>(<mi>\S+?</mi>)<mi>(&#x0203[2-4];)</mi></msup>", r"\1<mo>\2</mo>"),
)
PACKAGE = Path(__file__).resolve().parents[2] / "minimax_lab"
API = Path(__file__).resolve().parents[1] / "api"
NAME = re.compile(r"^::: mm\.(\S+)$", re.MULTILINE)  # a public name, on the pages under api/
KNOWN = {name for path in API.glob("*.md") for name in NAME.findall(path.read_text())}
FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
# `mm.run`, `games.modes(count)`, `Adam`: a name in small letters must be seen to be one of ours.
SAID = re.compile(r"(?<![`\[])`(mm\.)?((?:\w+\.)?(\w+))(\([^`]*\))?`(?![`\]])")


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """The figures that are drawn belong to the site, a page of claims a paper, and the notebooks as
    they were executed.
    """
    for plot in gallery.plots():
        if gallery.drawn(plot).exists():
            name = f"figures/{plot.name}.png"
            files.append(File.generated(config, name, abs_src_path=str(gallery.drawn(plot))))
    for name, text in claims.pages().items():
        files.append(File.generated(config, name, content=text))
    for name, content in notebooks.files().items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with all it asks for."""
    if page.file.src_uri in MADE:
        return f"{markdown}\n\n{MADE[page.file.src_uri]()}\n"
    pieces = FENCED.split(markdown)
    pieces[::2] = [SAID.sub(linked, piece) for piece in pieces[::2]]
    return NAME.sub(shown, "".join(pieces))


def shown(found: re.Match[str]) -> str:
    """A public name with its docstring, headed as one writes it."""
    path = found[1]
    options = f"heading: mm.{path}, toc_label: {path}"
    if (PACKAGE / f"{path}.py").exists():
        options += ", members: false"  # of a module only what it says itself
    return f"\n::: {place(path)}\n    options: {{{options}}}\n"


def place(path: str) -> str:
    """Where a name is defined: `games.catalogue` is also the file that it stands in."""
    hidden = "." in path and (PACKAGE / f"{path.replace('.', '/')}.py").exists()
    return f"minimax_lab.{path}" + (f".{path.rpartition('.')[2]}" if hidden else "")


def linked(found: re.Match[str]) -> str:
    """A public name as a link to what is told of it."""
    prefix, path, name, arguments = found.groups()
    ours = path in KNOWN and (prefix or arguments or path != name or name[0].isupper())
    return f"[{found[0]}][{place(path)}]" if ours else found[0]


def on_page_content(content: str, **_: Any) -> str:
    """The page with every formula as MathML."""
    return FORMULA.sub(lambda found: mathml(*found.groups()), content)


def mathml(element: str, latex: str) -> str:
    """One formula: a div is a displayed one."""
    latex = html.unescape(latex).replace("{aligned}", "{align*}")  # the one of the two it knows
    drawn = convert(latex, display="block" if element == "div" else "inline")
    for wrong, right in TIGHTER:
        drawn = re.sub(wrong, right, drawn)
    return f'<{element} class="arithmatex">{drawn}</{element}>'
