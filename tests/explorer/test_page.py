"""The page: one file that asks nobody, with tours that can be taken."""

import functools
import json
import re

import pytest

import minimax_lab as mm
from minimax_lab.cli import entry as cli
from minimax_lab.explorer import bundle, tours, verb
from theory import catalogue

GAMES = ("cubic", "bilinear")
RULES = (mm.Simultaneous(0.1), mm.Alternating(0.1))


@functools.cache
def made():
    return mm.explore(list(GAMES), list(RULES))


def test_the_page_is_one_file_and_asks_nothing_of_a_network():
    page = made().page
    loaded = re.findall(r"""(?:src|href)=["']([^"']*)""", page)
    assert [url for url in loaded if not url.startswith("data:")] == []
    assert "default-src 'none'" in page and "@import" not in page
    others = set(re.findall(r"https?://[^\s\"'<`]+", page))
    assert others <= {"http://www.w3.org/2000/svg"}
    assert page.count("</script>") == 1 and page.count("<math") == 12
    assert len(page.encode()) < 120_000


def test_a_notebook_gets_a_frame_and_a_file_is_whole_or_none(tmp_path):
    assert made()._repr_html_().startswith("<iframe srcdoc=")
    path = made().save(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8") == made().page
    with pytest.raises(mm.InputError, match="path is 3"):
        made().save(3)


def test_the_command_writes_the_page_and_says_what_is_on_it(tmp_path, capsys):
    path = tmp_path / "page.html"
    given = ["cubic", "--rule", "Simultaneous(0.1)", "-o", str(path), "--json"]
    assert cli.main(["explore", *given]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["games"] == ["cubic"] and told["rules"] == ["simultaneous, step 0.1"]
    assert told["bytes"] == path.stat().st_size
    assert cli.main(["explore", "cubic", "-o", "page.txt"]) == 2


ADDRESSES = """
  const state = { ...initial(), start: [1, -2.5], steps: 77, nullclines: false, index: 3,
    q: { [DATA.rules[0].name]: { 0: 0.25 } } };
  const bad = "#game=nothing&a=b&start=1,x&box=3,2,1,0&steps=-4&q=0,-1,simultaneous%2C+step+0.1";
  return [state, read(written(state)), read(bad).wrong, read("").wrong, read(bad).state, initial()];
"""
SCRIPTS = ("numerics", "walk", "rest", "state")


def test_an_address_is_read_back_and_a_malformed_one_is_told(evaluated):
    state, back, wrong, nothing, usual, first = evaluated(ADDRESSES, made().bundle.script, SCRIPTS)
    assert back == {"state": state, "wrong": []}
    assert wrong == ["game", "a", "start", "box", "steps", "q"] and nothing == []
    assert usual == first


def test_a_tour_ends_in_a_theorem_that_is_checked():
    known = catalogue.theorems()
    assert len(tours.TOURS) == 6
    for tour in tours.TOURS:
        assert known[tour["theorem"]].name == tour["statement"]


def test_every_stop_of_a_tour_is_on_the_page_of_all():
    rules = set(bundle.labelled(verb.RULES))
    for tour in tours.TOURS:
        assert bundle._needed(tour) <= rules | set(bundle.planar())


# What the words of each stop promise of rule A and of rule B: whether errors grow, stay or shrink.
PROMISED = [
    [("grow", "stay"), ("grow", "stay"), ("grow", "shrink")],
    [("grow", "stay"), ("shrink", "shrink"), ("shrink", "shrink")],
    [("grow", "shrink"), ("shrink", "shrink"), ("grow", "grow")],
    [("shrink", "shrink"), ("shrink", "grow")],
    [("grow", "shrink"), ("shrink", "stay"), ("shrink", "shrink")],
    [("grow", "shrink"), ("grow", "grow")],
]
STOPS = """
  const grown = (state, name) => {
    const game = named(DATA.games, state.game), rule = named(DATA.rules, state["rule" + name]);
    const p = numbersOf(game, state.p), q = numbersOf(rule, state.q[rule.name]);
    const side = { game, rule, p, q };
    const points = walked(side, state.start, state.steps), last = points.length / 2 - 1;
    const far = (e) => distance(points, last, e.x);
    const [near] = equilibria(game, side.p, state.box).sort((a, b) => far(a) - far(b));
    const { rate } = updateSpectrum(side, near.x);
    return Math.abs(rate) < 1e-9 ? "stay" : rate > 0 ? "grow" : "shrink";
  };
  return DATA.tours.map((tour) => tour.stops.map((stop) => {
    const { state, wrong } = read(stop.address);
    return [wrong, grown(state, "A"), grown(state, "B")];
  }));
"""


@pytest.mark.slow
def test_the_page_of_all_planar_games_is_small_and_its_tours_keep_their_word(evaluated):
    whole = mm.explore()
    assert len(whole.page.encode()) < 400_000
    assert set(whole.bundle.left_out) == {"noisy_exchange", "dirac_draws"}
    stops = evaluated(STOPS, whole.bundle.script, SCRIPTS)
    assert stops == [[[[], *both] for both in tour] for tour in PROMISED]
