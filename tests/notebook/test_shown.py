"""What a prompt and a notebook show of a value: numbers, well-formed tables, equations."""

import re
import xml.etree.ElementTree as ET

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

import minimax_lab as mm
from minimax_lab import Profile, games
from minimax_lab.notebook import sparks

GAME = games.quadratic(0.5, 1.0, 0.5)
START = (1.0, 1.0)
WATCHED = {"residual": mm.residual, "losses": mm.losses, "position": mm.position}


def table(value):
    """The cells of a value's table by their rows, parsed as XML: no tag is left open."""
    root = ET.fromstring(f"<div>{value._repr_html_()}</div>")
    return {row[0].text: row[1:] for row in root.iter("tr") if row[0].tag == "td"}


def words(cells):
    return " ".join(cell.text or "" for cell in cells).strip()


def pictures(cells):
    return [cell for cell in cells if len(cell) and cell[0].tag.endswith("svg")]


@pytest.fixture(scope="module")
def walked():
    return mm.run(GAME, mm.Optimistic(0.2), START, 100, observe=WATCHED)


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (Profile((1.0, -0.5)), "Profile((1, -0.5))"),
        (Profile((1.0,)), "Profile((1,))"),
        (Profile((jnp.array([1.0, 2 / 3]), [0.1])), "Profile(([1, 0.666667], [0.1]))"),
        (Profile(({"w": np.eye(2), "b": np.zeros(20)},)),
         "Profile(({'w': [[1, 0], [0, 1]], 'b': float64[20]},))"),
        (Profile((jnp.float32(0.1), jnp.asarray(0.5, jnp.bfloat16))), "Profile((0.1, 0.5))"),
        (Profile((sympy.Symbol("x"), (sympy.Symbol("y"),))), "Profile((x, (y,)))"),
        (Profile((None, 2)), "Profile((None, 2))"),
    ],
)  # fmt: skip
def test_a_profile_prints_its_numbers_where_they_are_few(profile, told):
    assert repr(profile) == told


def test_a_traced_profile_prints_its_shapes():
    told = []
    jax.make_jaxpr(lambda x: told.append(repr(Profile((x, 2 * x)))))(jnp.ones(3))
    assert told == ["Profile((float64[3], float64[3]))"]


def test_equilibria_print_coordinates_kind_and_eigenvalues():
    (one,) = mm.find_equilibria(GAME, [START])
    told = "Equilibrium(strict local Nash at (0, 0); eigenvalues 0.5+1i, 0.5-1i)"
    assert repr(one) == told
    assert repr(mm.find_equilibria(GAME, [START])) == f"[{told}]"
    several = mm.find_equilibria(games.two_basins(), [(0.1, 0.1), (-3.0, 3.0)])
    rows = table(several)
    assert [words(cells) for cells in rows.values()] == [
        f"{e.kind} {e.values} {e.residual:.2g}" for e in several
    ]
    assert list(rows) == [e.place for e in several]
    assert all(len(pictures(cells)) == 1 for cells in rows.values())
    assert "2 found, 0 of 2 starts led to none" in several._repr_html_()
    assert list(table(one)) == ["(0, 0)"]


def test_verdicts_and_spectra_print_what_they_say(walked):
    assert repr(walked.verdict) == f"Verdict({walked.verdict})"
    assert words(table(walked.verdict)["updates"]) == "100"
    spectrum = mm.update_spectrum(GAME, mm.Optimistic(0.2), (0.0, 0.0))
    assert repr(spectrum) == str(spectrum)
    rows = table(spectrum)
    assert words(rows["stable"]) == "yes"
    assert words(rows["radius"]) == f"{spectrum.radius:.8g}"
    (picture,) = pictures(rows["picture"])
    dots = [e for e in picture.iter() if e.get("fill") == sparks.DOT]
    disc = next(e for e in picture.iter() if e.get("stroke") == "#888")
    unit = float(disc.get("r"))
    for dot, value in zip(dots, spectrum.values, strict=True):
        assert (float(dot.get("cx")) - sparks.PLANE / 2) / unit == pytest.approx(
            value.real, abs=1e-3
        )
    field = table(mm.field_spectrum(GAME, START))
    assert "moves by" in words(field["not at an equilibrium"])
    assert words(field["step limit"]) == "0.8"


def test_a_run_is_a_table_with_a_curve_for_each_number(walked, tmp_path):
    rows = table(walked)
    assert words(rows["outcome"]) == "running"
    assert words(rows["rule"]) == "Optimistic(step=0.2)"
    assert {"residual", "losses[0]", "losses[1]", "position[0]", "position[1]"} <= set(rows)
    assert all(len(pictures(rows[name])) == 1 for name in ("residual", "position[1]"))
    walked.save(tmp_path / "run.npz")
    assert mm.Run.load(tmp_path / "run.npz")._repr_html_() == walked._repr_html_()
    rules = mm.Simultaneous(jnp.array([0.1, 0.3, 9.0]))
    swept = mm.sweep(GAME, rules, START, 200, observe={"residual": mm.residual})
    rows = table(swept)
    assert words(rows["diverged"]) == "1 of 3"
    assert words(rows["residual"]).startswith("median ")
    solved = table(mm.solve(GAME, mm.Extragradient(0.5), START))
    assert words(solved["outcome"]) == "converged"


def test_a_comparison_is_a_table_with_its_curves():
    found = mm.compare(GAME, (mm.Simultaneous(0.2), mm.Optimistic(0.2)), START, 60, best=True)
    rows = ET.fromstring(f"<div>{found._repr_html_()}</div>").iter("tr")
    shown = [row for row in rows if len(pictures(row)) == 1]
    assert [row[0].text for row in shown] == [one.name for one in found]
    assert "at its best" in found._repr_html_()


def test_a_curve_is_logarithmic_where_it_spans_decades():
    def heights(values):
        (line,) = ET.fromstring(sparks.curve(np.asarray(values)))
        return [float(point.split(",")[1]) for point in line.get("points").split()]

    top, middle, bottom = heights([1.0, 1e-4, 1e-8])
    assert middle == pytest.approx((top + bottom) / 2) and top < bottom
    assert heights([0.0, 1.0, 2.0, np.nan])[1] == sparks.HIGH / 2
    assert sparks.curve(np.array([np.nan, 1.0])) == ""
    assert len(heights(np.arange(10_000.0))) == sparks.MOST


def test_rules_are_equations():
    plain = mm.Simultaneous(0.1)._repr_latex_()
    assert re.findall(r"(\w)\^\+ &= \w - 0\.1 v_\{(\w)\}", plain) == [("x", "x"), ("y", "y")]
    turns = mm.Alternating(0.1)._repr_latex_()
    assert r"v_{y}{\left(x - 0.1 v_{x}{\left(x,y \right)},y \right)}" in turns
    heavy = mm.Simultaneous(sympy.Symbol("h"), mm.Momentum(0.5))._repr_latex_()
    assert r"m_{x}^+ &= 0.5 m_{x} + v_{x}" in heavy and "- h" in heavy
    assert r"\mathrm{previous}_{x}^+ &=" in mm.Optimistic(0.1)._repr_latex_()
    assert "update number 5" in mm.Lookahead(mm.Simultaneous(0.1))._repr_latex_()
    for rule in (mm.Simultaneous(0.1, mm.Adam()), mm.Anderson(mm.Simultaneous(0.1))):
        assert rule._repr_latex_() is None  # no answer on symbols: a notebook prints them


def test_symbolic_games_and_update_matrices_are_formulas():
    x, y, h = sympy.symbols("x y h", positive=True)
    game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
    assert r"\min_{x}\; & x y" in game._repr_latex_()
    matrix = game.update_matrix(mm.Simultaneous(h))._repr_latex_()
    assert r"\begin{matrix}1 & - h\\h & 1\end{matrix}" in matrix
