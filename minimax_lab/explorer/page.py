"""The page as one file, and as a module that a notebook shows: the same scripts, joined."""

from __future__ import annotations

import functools
import html
import importlib.resources
import json

from .bundle import Bundle

SCRIPTS = ("numerics", "walk", "rest", "pen", "plane", "flow", "charts", "state", "controls")
SCRIPTS_LAST = ("download", "explorer")
# Nothing may be asked of a network; functions are made of the page's own text.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>html {{ color-scheme: light dark; }} body {{ margin: 0; }}
{style}</style>
</head>
<body>
<main>{template}</main>
<noscript>This page needs JavaScript.</noscript>
<script>(() => {{
"use strict";
{script}
const host = {{
  side: {side},
  address: () => location.hash,
  remember: (text) => history.replaceState(null, "", "#" + text),
  link: (text) => location.href.split("#")[0] + "#" + text,
  changed: (tell) => addEventListener("hashchange", () => tell(location.hash)),
}};
const root = document.querySelector(".explorer");
const shade = () => document.body.style.background = getComputedStyle(root).backgroundColor;
new MutationObserver(shade).observe(root, {{ attributeFilter: ["class"] }});
explorer(root, host);
shade();
}})();</script>
</body>
</html>
"""

_MODULE = """{script}
const TEMPLATE = {template}, SIDE = {side};
function render({{ model, el }}) {{
  let own; // what this page wrote last, which is no news to it
  el.innerHTML = TEMPLATE;
  explorer(el.firstElementChild, {{
    side: SIDE,
    address: () => model.get("address"),
    remember: (text) => {{ model.set("address", own = text); model.save_changes(); }},
    link: (text) => "#" + text,
    changed: (tell) => model.on("change:address", () => {{
      if (model.get("address") !== own) tell(model.get("address"));
    }}),
  }});
}}
export default {{ render }};
"""


def page(bundle: Bundle, title: str) -> str:
    """One HTML file that asks nothing of anybody."""
    return _PAGE.format(
        policy=POLICY,
        title=html.escape(title),
        style=_text("style.css"),
        template=_text("page.html"),
        script=_script(bundle),
        side=_quoted(_text("side.html")),
    )


def module(bundle: Bundle) -> str:
    """The same as a module with `render({ model, el })`, as notebooks want it."""
    template, side = _text("page.html").strip(), _text("side.html")
    return _MODULE.format(script=_script(bundle), template=_quoted(template), side=_quoted(side))


def style() -> str:
    """How it looks."""
    return _text("style.css")


def _script(bundle: Bundle) -> str:
    before = (_text(f"{name}.js") for name in SCRIPTS)
    after = (_text(f"{name}.js") for name in SCRIPTS_LAST)
    return "\n".join([*before, bundle.script, *after])


def _quoted(text: str) -> str:
    return json.dumps(text).replace("</", "<\\/")


@functools.cache
def _text(name: str) -> str:
    return (importlib.resources.files(__package__) / "page" / name).read_text(encoding="utf-8")
