"""The harness behind `make mutants`: its wrongs are Python, it tells caught from survived, and it
asks nothing twice.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import sample, verdicts
from tests.mutants.mutators import differs, mutants
from tests.mutants.record import Record

ROOT = Path(__file__).resolve().parents[2]

TOY = b'''"""A toy."""


def larger(a: float = 1.0, b: float = 2.0) -> float:
    """The larger of two: 1 < 2."""
    spare = 3
    if a < b:
        return b
    if a == 7:
        raise ValueError("not 7: " + str(1 + 1))
    return -(-a)
'''
TEST = """
from toy import larger

def test_larger():
    assert larger(1, 2) == 2
    assert larger(4, 3) == 4
"""


def said(source):
    return {mutant.shown(source) for mutant in mutants("toy.py", source)}


def test_wrongs_are_small_and_spare_words_and_types():
    found = said(TOY)
    assert ("if a < b:", "if a <= b:") in found
    assert ("if a < b:", "if True:") in found
    assert ("if a == 7:", "if False:") in found
    assert ("return -(-a)", "return -(a)") in found
    assert (
        "def larger(a: float = 1.0, b: float = 2.0) -> float:",
        "def larger(a: float = 2.0, b: float = 2.0) -> float:",
    ) in found
    assert not any("not 7" in before or '"""' in before for before, _ in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = x + 1", "pass"),
        ("total += 2", "total -= 2"),
        ("y = jnp.where(a, b, c)", "y = jnp.where(a, c, b)"),
        ("y = f(a, b)", "y = f(b, a)"),
        ("y = a if c else b", "y = b"),
        ("y = max(a, b)", "y = min(a, b)"),
        ("y = jax.lax.stop_gradient(a + b) * c", "y = (a + b) * c"),
        ("k = jax.random.fold_in(key, 3)", "k = key"),
        ("a, b = jax.random.split(key)", "a, b = (key, key)"),
        ("y = a.T @ b", "y = a @ b"),
        ("y = not a and b", "y = a and b"),
        ("y = x[0]", "y = x[1]"),
        ("meter.close()", "pass"),
        ("y = [a for a in b if a is not None]", "y = [a for a in b if True]"),
        ("y = f(x=a, z=b)", "y = f(x=b, z=a)"),
    ],
)
def test_every_kind_of_wrong_is_known(before, after):
    source = f"def f():\n    {before}\n".encode()
    assert (before, after) in said(source)


def test_all_wrongs_in_a_file_have_names_of_their_own_and_most_are_python():
    source = sample.source("minimax_lab/profile.py")
    found = mutants("minimax_lab/profile.py", source)
    assert len({mutant.id for mutant in found}) == len(found) > 50
    good = [mutant for mutant in found if differs(mutant, source)]
    assert len(good) > 0.9 * len(found)
    for mutant in good[::10]:
        ast.parse(mutant.applied(source))


def test_a_name_outlives_edits_elsewhere():
    moved = TOY.replace(b"    spare = 3\n", b"    spare = 3\n    other = a\n")
    old = {mutant.id for mutant in mutants("toy.py", TOY)}
    assert old <= {mutant.id for mutant in mutants("toy.py", moved)}


def test_every_weight_is_of_a_file_that_is_there():
    named = sample.targets()
    for name in sample.WEIGHTS:
        assert any(path.startswith(name) for path in named), name


HARNESS = """
import json, sys
from pathlib import Path
from tests.mutants import child, server
from tests.mutants.mutators import mutants

root = Path.cwd()
source = (root / "toy.py").read_bytes()
found = {m.shown(source): m for m in mutants("toy.py", source)}
asked = [found[pair] for pair in (
    ("if a < b:", "if a >= b:"),
    ("spare = 3", "spare = 4"),
    ("if a < b:", "while a < b:"),
) if pair in found]

def work(mutant):
    batches = [("test_toy.py", ["test_toy.py::test_larger"])]
    trial = child.Trial(mutant, batches, {}, budget=60.0)
    return lambda tell: child.try_out(root, trial, tell)

def hang(tell):
    child.allow(0.1)
    while True:
        pass

jobs = [server.Job(m.operator, work(m)) for m in asked]
jobs.append(server.Job("hang", hang))
jobs.append(server.Job("crash", lambda tell: exit(1)))
done = {job.name: told for job, told in server.side_by_side(jobs, 2, root / "logs")}
print(json.dumps(done))
"""


def test_a_wrong_is_caught_and_an_idle_change_survives(tmp_path):
    (tmp_path / "toy.py").write_bytes(TOY)
    (tmp_path / "test_toy.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-c", HARNESS],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["compare"]["verdict"] == "caught"
    assert told["compare"]["test"] == "test_toy.py::test_larger"
    assert told["number"]["verdict"] == "survived"
    assert told["hang"]["why"] == "it hangs"
    assert told["crash"]["why"] == "the process crashed"


@pytest.fixture
def two():
    return mutants("minimax_lab/kinds.py", b"def f(a):\n    return a + 1\n")[:2]


def verdict(mutant, verdict, **more):
    asked = verdicts.asked(["tests/games/test_game.py"])
    source = verdicts.digest(mutant.path)
    return {"id": mutant.id, "verdict": verdict, "source": source, "asked": asked, **more}


def test_verdicts_are_kept_until_what_they_rest_on_changes(tmp_path, two):
    place = tmp_path / "verdicts.jsonl"
    verdicts.remember(verdict(two[0], "survived"), place)
    assert set(verdicts.remembered(place)) == {two[0].id}
    stale = verdict(two[1], "survived") | {"asked": {"tests/games/test_game.py": "older"}}
    verdicts.remember(stale, place)
    assert set(verdicts.remembered(place)) == {two[0].id}
    verdicts.remember(verdict(two[0], "caught", test="tests/games/test_game.py::t"), place)
    assert verdicts.remembered(place)[two[0].id]["verdict"] == "caught"


def test_a_survivor_wants_a_judgement(two):
    found = {two[0].id: verdict(two[0], "caught"), two[1].id: verdict(two[1], "survived")}
    assert Record(two, found, {}).score == 0.5
    assert not Record(two, found, {}).enough
    assert Record(two, found, {two[1].id: "equal: nobody reads it"}).enough
    assert not Record(two, found, {two[1].id: "a test is missing"}).enough


def test_the_record_shows_survivors_and_what_is_said_of_them():
    source = sample.source("minimax_lab/kinds.py")
    (one, *_) = tried = mutants("minimax_lab/kinds.py", source)
    found = {mutant.id: verdict(mutant, "survived") for mutant in tried}
    text = Record(tried, found, {one.id: "equal: nobody asks"}).text(60.0)
    before, after = one.shown(source)
    assert f"- {before}\n+ {after}\n" in text and "equal: nobody asks" in text
    assert f"| minimax_lab/kinds.py | {len(tried)} | {len(tried)} |" in text
