"""Tables fit the terminal, and lose nothing of what is in them."""

import os
import pty
import re

import pytest

from minimax_lab import tables
from minimax_lab.cli import output

COLUMNS = ["rule", "verdict", "rate", "gradients", "seconds"]
ROWS = [
    ["alternating, step 0.2, momentum -0.5, of something long", "converged", "-0.1", "12", "0.5"],
    ["simultaneous, step 0.2", "running", "+0.02", "100000", "-"],
]


@pytest.mark.parametrize("width", [200, 90, 60, 40, 30])
def test_a_table_is_as_wide_as_it_may_be_and_has_every_word(width):
    told = tables.text(COLUMNS, ROWS, width)
    assert max(map(len, told.splitlines())) <= width
    for word in re.findall(r"[^\s,]+", " ".join(c for row in (COLUMNS, *ROWS) for c in row)):
        assert word in told, word
    pages = told.split("\n\n")
    assert all(page.startswith("rule") for page in pages)
    assert len(pages) == {200: 1, 90: 1, 60: 1, 40: 2, 30: 4}[width]


def test_numbers_stand_to_the_right_and_words_to_the_left():
    head, first, second = tables.text(COLUMNS, ROWS).splitlines()
    assert len(first) == len(second)
    assert first.startswith("alternating") and second.startswith("simultaneous")
    assert head.index("gradients") + len("gradients") == first.index("12") + 2
    assert tables.text(["a", "b"], []) == "a  b"


def test_a_table_of_html_escapes_what_it_is_given():
    told = tables.html(["<a>"], [["x < 1"], ["2"], ["<svg></svg>"]], "R&D")
    assert "&lt;a&gt;" in told and "x &lt; 1" in told and "R&amp;D" in told
    assert '<td style="text-align: right">2</td>' in told and "<td><svg></svg></td>" in told


def test_the_terminal_says_how_wide_and_a_pipe_breaks_no_row(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    output.table(COLUMNS, ROWS)
    assert len(capsys.readouterr().out.splitlines()) == 3
    first, second = pty.openpty()
    with os.fdopen(second, "w") as screen:
        monkeypatch.setattr("sys.stdout", screen)
        output.table(COLUMNS, ROWS)
    told = os.read(first, 10_000).decode()
    os.close(first)
    plain = re.sub(r"\x1b\[\d+m", "", told).splitlines()
    assert max(map(len, plain)) <= 40 < len(ROWS[0][0])
    assert told != re.sub(r"\x1b\[\d+m", "", told)  # bold headings


def test_a_walk_is_written_as_a_film(call, tmp_path):
    film, page = tmp_path / "walk.gif", tmp_path / "residual.html"
    assert call("play", "bilinear", "-n", "20", "-o", str(film))[0] == 0
    assert call("play", "random_quadratic", "-n", "20", "-o", str(page))[0] == 0
    assert film.read_bytes()[:6] == b"GIF89a"
    assert "const pictures" in page.read_text()
