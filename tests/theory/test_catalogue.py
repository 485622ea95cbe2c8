"""The catalogue finds what is there, wherever it stands, and every statement can be read."""

import collections
import itertools
import math
import sys

import pytest

import theory.numerics
from minimax_lab.checks import InputError
from minimax_lab.cli.entry import main
from tests.theory.toys import PROOF, SOURCE
from tests.theory.trials import verified
from theory.catalogue import theorems
from theory.report.mathematics import FORMULA, rendered
from theory.theorem import Theorem
from theory.verify.claims import constants

FILE = """
import jax

from theory.theorem import Identity, Outside, Source, Theorem


def pair(key):
    return jax.random.normal(key, (2,))


def sums(x, *, sign=1.0):
    return x[0] + sign * x[1], x[1] + sign * x[0]


CHECK = Identity(
    draw=pair,
    sides=sums,
    tolerance=0.0,
    outside=(Outside("differences", change=dict(sign=-1.0), least=0.9),),
)
NEWS = Theorem(
    id="{name}",
    name="Addition commutes",
    statement=r"For numbers $a + b = b + a$.",
    source=Source("Peano 1889", "memory; derived"),
    checks=(CHECK,),
)
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Puts a file with a theorem of this id into a package of theory, new or there already."""

    def write(name, package):
        file = tmp_path / package / "latest_news.py"
        file.parent.mkdir()
        file.write_text(FILE.format(name=name))
        (file.parent / "__init__.py").touch()
        there = getattr(theory, package, None)
        whole, part = (theory, file.parent.parent) if there is None else (there, file.parent)
        monkeypatch.setattr(whole, "__path__", [*whole.__path__, str(part)])

    theorems()  # all others are imported already
    known = set(sys.modules)
    yield write
    for name in set(sys.modules) - known:
        if name.startswith("theory."):
            del sys.modules[name]


@pytest.mark.parametrize("package", ["numerics", "peano"])
def test_a_new_file_a_new_prefix_and_a_new_package_are_named_nowhere_else(written, package, capsys):
    before = set(theorems())
    written("NEW-1", package)
    assert set(theorems()) - before == {"NEW-1"}
    assert verified(theorems()["NEW-1"]).passed
    assert main(["verify", "--list", "new-1"]) == 0
    assert "Addition commutes" in capsys.readouterr().out


def test_two_theorems_of_one_id_are_refused(written):
    written("NUM-1", "numerics")
    with pytest.raises(InputError, match="two theorems are called NUM-1"):
        theorems()


@pytest.mark.parametrize("name", ["", "num-1", "NUM1", "NUM-0", "NUM-01", "NUM-1a", "N1-1", "-1"])
def test_a_malformed_id_is_refused_at_construction(name):
    with pytest.raises(ValueError, match="capital letters, a dash and a number, such as NUM-3"):
        Theorem(id=name, name="A toy", statement="None.", source=SOURCE, checks=(PROOF,))


# A theorem that gets lost, the last of its prefix too, is missed; a new one needs no line here.
FEWEST = {
    "ADV": 10, "AM": 19, "BEST": 1, "CERT": 2, "DIR": 14, "GAP": 15, "NS": 15, "NUM": 15, "OP": 4,
    "SGA": 5, "SM": 9, "STAB": 2,
}  # fmt: skip


def test_no_theorem_is_lost():
    counted = collections.Counter(theorem.prefix for theorem in theorems().values())
    assert {prefix: min(counted[prefix], FEWEST[prefix]) for prefix in FEWEST} == FEWEST


def test_every_prefix_counts_from_one_without_a_gap():
    for prefix, ours in itertools.groupby(theorems().values(), lambda theorem: theorem.prefix):
        numbers = [theorem.number for theorem in ours]
        assert numbers == list(range(1, len(numbers) + 1)), prefix


def test_every_statement_is_drawn():
    for name, theorem in theorems().items():
        page = rendered(theorem.statement)
        assert "$" in theorem.statement and theorem.source.meaning, name
        assert page.count("<math") == len(FORMULA.findall(theorem.statement)), name
        assert not {"$", "\\"} & set(page), f"{name}: a command that no browser would understand"


def checks_of(*kinds):
    """Every check of these kinds, with a name to find it by."""
    for name, theorem in theorems().items():
        for check in theorem.checks:
            if check.kind in kinds:
                yield f"{name} ({check.part or check.kind})", check


def test_every_bound_and_reading_has_constants_to_move_or_says_why_not():
    for name, check in checks_of("bound", "scenario"):
        assert bool(constants(check.claim)) != bool(check.unmoved), name
        assert set(check.loose) <= set(constants(check.claim)), name


def test_false_alarms_are_rare_over_the_whole_catalogue_and_weakened_claims_are_caught():
    trials = {name: check.trial for name, check in checks_of("scenario") if check.trial}
    seeds = 2  # of one verification
    assert 1 - math.prod(1 - trial.risk for trial in trials.values()) ** seeds < 0.01
    for name, trial in trials.items():
        assert trial.power >= 0.95, name


def test_what_cannot_be_drawn_is_shown_as_written():
    assert "<code>x^</code>" in rendered("A power without an exponent, $x^$.")
    assert (
        rendered("*In turn*, `1 < 2`").strip() == "<p><em>In turn</em>, <code>1 &lt; 2</code></p>"
    )
