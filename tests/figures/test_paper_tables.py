"""Tables: what is written, in three forms, and which tables there are."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from figures import declare, jobs, results, tabular
from figures.tables import anderson

ROOT = Path(__file__).resolve().parents[2]
TABLE = tabular.Table(
    ("rule & step", "updates", "error"),
    [("a_b", 12, 1.23456e-7), ("c|d", None, np.inf), ("e", 7, -0.5)],
)
PLOT = declare.Plot("small", ("e",), "A caption, 5 % of it.", Path("p.py"), "table")


def test_a_table_is_written_as_latex_markdown_and_csv(tmp_path):
    path = tmp_path / "small.tex"
    tabular.save(TABLE, path, PLOT, "stale")
    latex, markdown = path.read_text(), path.with_suffix(".md").read_text()
    assert r"a\_b & 12 & $1.23 \times 10^{-7}$ \\" in latex
    assert r"c|d & -- & $\infty$ \\" in latex
    assert r"e & 7 & $-0.5$ \\" in latex
    assert r"rule \& step & updates & error \\" in latex and r"\begin{tabular}{lrr}" in latex
    assert r"5 \% of it. (stale results)" in latex
    for rule in ("toprule", "midrule", "bottomrule"):
        assert latex.count(f"\\{rule}") == 1
    assert "| a_b | 12 | 1.23e-07 |" in markdown and r"| c\|d | – | ∞ |" in markdown
    assert "| --- | ---: | ---: |" in markdown
    with path.with_suffix(".csv").open() as file:
        rows = list(csv.reader(file))
    assert rows == [list(TABLE.columns), ["a_b", "12", "1.23456e-07"], ["c|d", "", "inf"],
                    ["e", "7", "-0.5"]]  # fmt: skip


def test_a_row_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="small has 3 columns, but a row of 1 cells"):
        tabular.save(tabular.Table(TABLE.columns, [("a",)]), tmp_path / "small.tex", PLOT, "")
    with pytest.raises(SystemExit, match="no row"):
        tabular.save(tabular.Table(TABLE.columns, []), tmp_path / "small.tex", PLOT, "")


def test_the_readme_lists_every_table_and_no_other():
    text = (ROOT / "figures" / "README.md").read_text()
    listed = re.findall(r"`(\w+)`", text.split("| paper | tables |")[1].split("\n## ")[0])
    known = declare.experiments(ROOT)
    assert sorted(listed) == sorted(declare.tables(ROOT, known))
    assert not declare.tables(ROOT, known).keys() & declare.plots(ROOT, known).keys()


def test_a_table_follows_its_record():
    known = declare.experiments(ROOT)
    found = results.load(jobs.Folders(ROOT).result(known["anderson_games"]))
    row = dict(zip(*(lambda t: (t.columns, t.rows[0]))(anderson.anderson_numbers(found)),
                   strict=True))  # fmt: skip
    assert row["game"] == "1a" and row["extragradient"] is None and row["mixed simultaneous"] < 100
    distance = found["1a/extragradient"].copy()
    distance[40:] = 0
    found.arrays["1a/extragradient"] = distance
    assert anderson.anderson_numbers(found).rows[0][3] == 40
