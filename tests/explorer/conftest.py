"""JavaScript of the explorer, run by node where it is, else in a browser; skipped without both."""

import functools
import importlib.resources
import json
import pathlib
import shutil
import subprocess

import pytest

PAGE = importlib.resources.files("minimax_lab.explorer") / "page"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@functools.cache
def browser_path():
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def script(*names):
    return "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in names)


@pytest.fixture
def evaluated(tmp_path):
    """The JSON that a function body of JavaScript returns, with the explorer's scripts before."""

    def run(body, bundle="", scripts=("numerics", "walk", "rest")):
        text = f'"use strict";\n{script(*scripts)}\n{bundle}\n'
        whole = f"{text}const answer = (() => {{{body}}})();\n"
        if shutil.which("node"):
            path = pathlib.Path(tmp_path) / "script.js"
            path.write_text(f"(() => {{{whole}console.log(JSON.stringify(answer));}})();")
            done = subprocess.run(["node", path], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
        api = pytest.importorskip("playwright.sync_api", reason="neither node nor playwright here")
        if browser_path() is None:
            pytest.skip("neither node nor a browser here")
        with api.sync_playwright() as play, started(play) as browser:
            return json.loads(
                browser.new_page().evaluate(f"() => {{{whole}return JSON.stringify(answer);}}")
            )

    return run


def started(play):
    return play.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])


@pytest.fixture
def browser():
    """A browser that is there, driven by playwright; skipped visibly without either."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not here")
    if browser_path() is None:
        pytest.skip("no chromium here")
    with api.sync_playwright() as play, started(play) as found:
        yield found
