"""What the pages of the documentation show is run, each page as one session; files that a page
shows are put where it says.
"""

import json
import re
import shlex
from pathlib import Path

import jax
import pytest

from figures import declare, experiments, jobs, plots
from minimax_lab.cli import commands, entry
from tests.dear import but

ROOT = Path(__file__).parents[2]


def blocks(page, language):
    """The blocks of a page in one language, as (title, text)."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    fence = rf'^```{language}(?: title="(.*?)")?\n(.*?)^```'
    return re.findall(fence, text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page",
    but(
        [
            "index.md",
            "start.md",
            "methods.md",
            "best.md",
            "results.md",
            "images.md",
            "training.md",
            "diagnose.md",
            "stability.md",
            "cluster.md",
            "explorer.md",
        ]
        + [f"add/{name}.md" for name in ("game", "theorem", "direction", "rule")],
        {"training.md", "results.md"},
    ),
)
def test_the_python_of_a_page_runs_from_top_to_bottom(page):
    code = "\n".join(
        text for title, text in blocks(page, "python") if not title.startswith("with ")
    )
    with jax.numpy_dtype_promotion("standard"):  # what a reader has
        exec(compile(code, page, "exec"), {"__name__": "page"})


@pytest.mark.parametrize("library", ["", "flax.nnx", "flax.linen", "haiku", "torch"])
def test_the_loops_of_one_s_own_run_as_they_are_shown(library):
    """The page without a library, and what is shown of each behind its beginning."""
    if library:
        pytest.importorskip(library)
    shown = blocks("loops.md", "python")
    assert {title for title, _ in shown} == {"", "flax.nnx", "flax.linen", "haiku", "torch"}
    plain = [text for title, text in shown if not title]
    parts = plain[:1] + [text for title, text in shown if title == library] if library else plain
    with jax.numpy_dtype_promotion("standard"):
        exec(compile("\n".join(parts), "loops.md", "exec"), {"__name__": "page"})


def test_the_figure_of_its_page_is_drawn(tmp_path, monkeypatch):
    for name, text in blocks("add/figure.md", "python"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    for package in (experiments, plots):
        folder = tmp_path / "figures" / package.__name__.rpartition(".")[2]
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    known = declare.experiments(tmp_path)
    drawn = declare.plots(tmp_path, known)
    folders = jobs.Folders(tmp_path, quick=True)
    with jax.numpy_dtype_promotion("standard"):
        jobs.compute(known["first_steps"], folders)
    jobs.draw(drawn["first_steps_drawn"], known, folders)
    assert folders.figure(drawn["first_steps_drawn"]).stat().st_size > 10_000


def test_the_command_of_its_page_does_what_it_says(tmp_path, monkeypatch, capsys):
    ((title, text),) = blocks("add/command.md", "python")
    path = tmp_path / Path(title).name
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    monkeypatch.setattr(entry, "NAMES", [*entry.NAMES, path.stem])
    said = []
    for shown in blocks("add/command.md", "sh")[0][1].splitlines():
        assert entry.main(shlex.split(shown)[1:]) == 0
        said.append(capsys.readouterr().out)
    assert float(said[0]) == pytest.approx(json.loads(said[1])["limit"], rel=1e-3)
    assert "largest stable step" in said[2]
