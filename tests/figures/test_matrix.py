"""The table of verdicts: names, numbers and colours of its cells, and where they lead."""

import math
from pathlib import Path

import pytest

from figures import declare, jobs, matrix, results

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found():
    folders = jobs.Folders(ROOT)
    return results.load(folders.result(declare.experiments(ROOT)["verdicts"]))


def test_numbers_say_the_orders_lost_and_fit_a_cell():
    a_hundredth = math.log(10) / 100
    rates = (-4.3, 0.26, -12.4, 61, 0.001, -0.04)
    assert [matrix.told("running", n * a_hundredth) for n in rates] == [
        "4.3",
        "−0.3",
        "12",
        "−61",
        "0",
        "0",
    ]


def test_the_faster_the_deeper_and_every_verdict_has_its_colour(found):
    assert [matrix.told(kind, math.nan) for kind in matrix.INKS] == ["", "○", "", "–", "×"]
    slow, fast = (sum(matrix.shade("converged", rate)) for rate in (-0.001, -0.1))
    assert fast < slow
    shades = {matrix.shade(str(kind), 0.01) for kind in set(found["kinds"].flat)}
    assert len(shades) == len(set(found["kinds"].flat)) >= 4


def test_every_game_of_the_record_has_a_name_for_readers(found):
    named = [matrix.called(str(game), found["objectives"]) for game in found["names"]]
    assert len(set(named)) == len(named)
    assert not [name for name in named if "_" in name or "dirac" in name]


def test_a_cell_opens_its_own_walk_where_the_explorer_has_it(found):
    explorer = {"games": {"bilinear"}, "rules": {"alternating, step 0.1"}}
    row = matrix._row(found, list(found["names"]).index("bilinear"), explorer)
    assert row.count("<td>") == len(found["rules"])
    assert row.count("<a ") == 1
    assert "explorer.html#game=bilinear&amp;a=alternating%2C+step+0.1" in row


def test_the_page_is_written_into_a_folder_of_its_own(found, monkeypatch, tmp_path):
    def saved(_, page, __):
        page.write_text("an explorer")
        return {"games": {"bilinear"}, "rules": {"alternating, step 0.1"}}

    monkeypatch.setattr(matrix, "_explorer", saved)
    folders = jobs.Folders(ROOT)
    folders.build = tmp_path / "build"
    page = matrix.write(declare.experiments(ROOT)["verdicts"], folders)
    assert page == tmp_path / "build" / "gallery" / "matrix.html"
    text = page.read_text(encoding="utf-8")
    assert text.count("<tr>") == len(found["names"]) + 1
    assert "explorer.html#game=bilinear" in text
