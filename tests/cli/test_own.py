"""Games and methods of somebody's own on the command line: from a file, a module, an installed
package.
"""

import importlib.metadata
import json
import types

import pytest

import minimax_lab as mm
from minimax_lab.cli import expressions, named_games, own

MINE = '''
import minimax_lab as mm
from minimax_lab.games.entries import Facts, listed
from minimax_lab.rules import Step, Walk, step_size


class Halved(Walk):
    """x' = x - step / 2 * d(x)."""

    step: Step = step_size()
    direction: mm.Direction = mm.Gradient()

    def init(self, game, x, key):
        return self.direction.init(game, x, key)

    def update(self, game, x, state, tick):
        turn, state = self.direction(game, x, state, tick)
        return game.project(x - 0.5 * (self.step * turn)), state


game = mm.zero_sum(lambda x, y: x * y)
game_start = (1.0, 2.0)
tuned = Halved((0.2, 0.4))
number = 3


def scaled(factor: float = 1.0):
    return mm.zero_sum(lambda x, y, factor: factor * x * y, factor)


@listed
def known(strength: float = 1.0) -> Facts:
    """of somebody's own."""
    return Facts(lambda: mm.games.bilinear(strength), None, (((0.0, 0.0), mm.Kind.DEGENERATE),))
'''


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A file of one's own, in the folder one is in."""
    own._module.cache_clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(own.sys.modules, "mine", raising=False)
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")


def test_a_file_s_game_is_drawn_with_its_rule(mine, call, tmp_path):
    rule = ("--rule", "mine.py:Halved(0.2, Momentum(0.3))")
    status, out, err = call(
        "portrait", "mine.py:game", *rule, "--box=-2,2", "-o", "seen.png", "--json"
    )
    assert (status, err) == (0, ["minimax-lab: runs mine.py"])
    assert json.loads(out)["equilibria"][0]["kind"] == "degenerate"
    assert (tmp_path / "seen.png").stat().st_size > 10_000


def test_what_a_file_has_is_read_by_name(mine):
    read = expressions.read_rule("mine.py:halved((0.1, 0.2), Adam)")
    assert (type(read).__name__, read.step) == ("Halved", (0.1, 0.2))
    assert expressions.read_rule("mine:tuned").step == (0.2, 0.4)
    with pytest.raises(mm.InputError, match="Halved.step is -0.1, but must be a finite number"):
        expressions.read_rule("mine.py:Halved(-0.1)")
    with pytest.raises(mm.InputError, match="there is no 'Halved'"):
        expressions.read_rule("Halved(0.1)")
    with pytest.raises(mm.InputError, match="mine.py has nothing called 'tune'.*mean 'tuned'"):
        expressions.read_rule("mine.py:tune")


def test_games_of_a_file_have_settings_starts_and_what_is_known(mine):
    assert list(named_games.place("mine.py:game", (), None).start) == [1.0, 2.0]
    placed = named_games.place("mine:scaled", ("factor=3",), "1,2")
    assert [float(v) for v in placed.game.field(placed.start)] == [6.0, -3.0]
    assert named_games.place("mine.py:known", (), None).known
    assert list(named_games.place("mine.py:scaled", (), None).start) == [1.0, 1.0]
    with pytest.raises(
        mm.InputError, match="mine.py:number is 3, but must be a game, or a function"
    ):
        named_games.place("mine.py:number", (), None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent.py:game", "there is no file absent.py"),
        ("absent:game", "there is no module absent"),
        ("a-b:game", "a-b is neither a file mine.py nor a module"),
        ("broken.py:game", r"broken.py cannot be run \(ZeroDivisionError: division by zero\)"),
    ],
)
def test_what_cannot_be_run_is_refused(name, said, mine, tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    with pytest.raises(mm.InputError, match=said):
        named_games.place(name, (), None)


def test_installed_packages_offer_theirs(mine, monkeypatch, call):
    module = own._module("mine")
    points = {
        own.GAMES: {"theirs": module.known},
        own.METHODS: {"Halved": module.Halved, "Broken": None},
    }

    def loaded(thing):
        if thing is None:
            raise ImportError("no such thing")
        return thing

    def entry_points(group):
        return [
            types.SimpleNamespace(name=n, value=f"package:{n}", load=lambda t=t: loaded(t))
            for n, t in points[group].items()
        ]

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    caches = (own.offered, expressions._ours)
    for cache in caches:
        cache.cache_clear()
    try:
        assert type(expressions.read_rule("Halved(0.1)")).__name__ == "Halved"
        assert named_games.place("theirs", ("strength=2",), None).known == ()
        status, out, err = call("games", "--json")
        assert status == 0
        assert "theirs" in [told["name"] for told in json.loads(out)]
        assert any("package:Broken" in line and "no such thing" in line for line in err)
    finally:
        for cache in caches:
            cache.cache_clear()


LACKING = """
import minimax_lab as mm
import jax.numpy as jnp

game = mm.zero_sum(lambda x, y: jnp.sin(x) * y + 0.05 * x**2)
large = mm.games.bilinear(jnp.eye(3))


class Half(mm.UpdateRule):
    step: float

    def init(self, game, x, key):
        return None

    def update(self, game, x, state, tick):
        return x - self.step * game.field(x), state
"""


def test_what_a_file_of_one_s_own_lacks_is_named(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lacking.py").write_text(LACKING)
    status, _, err = call("compare", "bilinear", "--rule", "lacking.py:Half(0.1)")
    assert status == 2
    assert "Half of lacking.py lacks cost and rest, which it must define." in err[-1]
    status, _, err = call("portrait", "lacking.py:large", "--rule", "Alternating(0.1)")
    assert status == 2
    assert "--start is needed" in err[-1]


def test_a_game_of_two_numbers_of_one_s_own_needs_no_start(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lacking.py").write_text(LACKING)
    rule = ("--rule", "Alternating(0.1)")
    status, out, _ = call("portrait", "lacking.py:game", *rule, "-o", "mine.png")
    assert status == 0
    assert (tmp_path / "mine.png").stat().st_size > 5000
    assert "(1, 1)" in out
    status, _, _ = call("explore", "lacking.py:game", *rule, "-o", "mine.html")
    assert status == 0
    assert "sin" in (tmp_path / "mine.html").read_text(encoding="utf-8")
    status, _, err = call("explore", "lacking.py:game", "cubic", *rule)
    assert status == 2
    assert "one game of a file alone" in err[-1]
