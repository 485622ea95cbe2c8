"""What README shows is run: its Python in one session from top to bottom, its command lines in an
empty folder.
"""

import contextlib
import functools
import importlib
import io
import pathlib
import re
import shlex

import jax
import numpy as np
import pytest
from PIL import Image

from minimax_lab.cli.entry import main
from minimax_lab.measures import classifier

ROOT = pathlib.Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """All its Python in one session: what it printed, and the folder with what it drew."""
    code = [text for language, text in BLOCKS if language == "python"]
    assert len(code) == 5
    folder, printed = tmp_path_factory.mktemp("session"), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(printed),
        jax.numpy_dtype_promotion("standard"),  # what a reader has
    ):
        exec(compile("\n".join(code), "README.md", "exec"), {})
    return printed.getvalue(), folder


def test_the_python_of_the_readme_runs_from_top_to_bottom(session):
    assert re.findall(r"eigenvalue (\S+)", session[0]) == ["1.0050", "1.0000", "0.9500"]


@pytest.mark.parametrize("name", ["portrait", "equilibria", "spectrum", "training"])
def test_the_pictures_of_the_first_screen_are_what_the_lines_beside_them_draw(
    name, session, monkeypatch
):
    monkeypatch.syspath_prepend(ROOT / "docs" / "made")
    small = importlib.import_module("pictures").small
    shown = f"docs/first/{name}.png"
    assert f"({shown})" in README and (ROOT / shown).stat().st_size < 60_000
    with Image.open(ROOT / shown) as picture:
        ours, theirs = (
            np.asarray(one.convert("RGB"), float)
            for one in (picture, small(session[1] / f"{name}.png"))
        )
    assert ours.shape == theirs.shape
    assert abs(ours - theirs).mean() < 2, "draw them anew: make pictures"


EVERY = [
    line
    for language, text in BLOCKS
    if language == "sh"
    for line in text.splitlines()
    if line.startswith("minimax-lab")
]
ON_RUNS = [line for line in EVERY if "runs/" in line]
LINES = [line for line in EVERY if line not in ON_RUNS]


@pytest.mark.parametrize("line", LINES)
def test_the_command_lines_of_the_readme_write_what_they_say(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(line)[1:]
    assert main(arguments) in (0, None)
    assert (tmp_path / arguments[arguments.index("-o") + 1]).stat().st_size > 10_000


@pytest.mark.slow
def test_a_run_of_the_readme_is_trained_measured_and_shown(tmp_path, monkeypatch):
    """As it is shown, but for its length."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    hasty = functools.partial(classifier, steps=20)
    monkeypatch.setattr("minimax_lab.cli.commands.evaluate.classifier", hasty)
    shorter = {"train": ["-n", "10", "--every", "5"], "evaluate": ["-n", "50"], "report": []}
    for line in ON_RUNS:
        command, *rest = shlex.split(line, comments=True)[1:]
        assert main([command, *rest, *shorter.pop(command)]) in (0, None)
    assert not shorter
    assert (tmp_path / "runs" / "mnist" / "report.html").stat().st_size > 50_000


def test_the_links_of_the_readme_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text())
    assert len(targets) >= 5
    assert all((ROOT / target).exists() for target in targets)
