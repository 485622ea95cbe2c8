"""What a new method must and must not do: fill in what is abstract, override nothing that is
concrete, and be named wherever methods are listed.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import pytest
import sympy

import minimax_lab as mm
from minimax_lab import directions, rules
from minimax_lab.settings import Declared, Setting, count, flag, real
from tests.methods.every import DIRECTIONS
from tests.methods.every import rules as every_rule

ROOT = Path(__file__).resolve().parents[2]


def exported(kind):
    """The methods that users meet: the classes of the package that can be made."""
    found = [getattr(mm, name) for name in dir(mm)] + [mm.adversarial.Reversal]
    classes = [part for part in found if inspect.isclass(part) and issubclass(part, kind)]
    return [part for part in classes if not inspect.isabstract(part)]


METHODS = [*exported(mm.Direction), *exported(mm.UpdateRule)]


def parts(method):
    """The classes of a rule or direction and of what stands inside it."""
    inside = (getattr(method, field.name) for field in dataclasses.fields(method))
    modules = [part for part in inside if isinstance(part, mm.Direction | mm.UpdateRule)]
    return {type(method)}.union(*map(parts, modules))


@pytest.mark.parametrize("method", METHODS, ids=lambda part: part.__name__)
def test_a_method_overrides_nothing_of_its_bases_that_is_concrete(method):
    assert eqx.Module in method.__mro__
    for base in method.__mro__[1:]:
        if not issubclass(base, Declared):
            continue
        concrete = {
            name
            for name, value in vars(base).items()
            if (inspect.isfunction(value) or isinstance(value, property))
            and not getattr(value, "__isabstractmethod__", False)
            and not name.startswith("__")
        }
        assert not concrete & set(vars(method)), f"{method.__name__} overrides {concrete}"


def test_every_method_enters_the_conformance_tests():
    entered = set().union(*map(parts, [*DIRECTIONS.values(), *every_rule().values()]))
    missing = {part.__name__ for part in METHODS} - {part.__name__ for part in entered}
    missing -= {"Reversal"}  # plays domain-adversarial games only, in tests/adversarial
    assert not missing, f"add {missing} to tests/methods/every.py"


@pytest.mark.parametrize("page", ["README.md", "docs/methods.md"])
def test_every_method_stands_in_the_tables(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = {part.__name__ for part in [*METHODS, *exported(Setting)]} - {"Reversal"}
    missing = {name for name in named if not re.search(rf"`{name}\b", text)}
    assert not missing, f"add a row for {missing} to the table of methods in {page}"


@pytest.mark.parametrize("package", [directions, rules], ids=lambda p: p.__name__)
def test_every_method_is_public(package):
    """A class that can be made and is not exported could be neither listed nor found."""
    files = [importlib.import_module(m.name) for m in modules(package)]
    made = {part.__name__ for file in files for part in vars(file).values() if a_method(part)}
    missing = {name for name in made if not hasattr(mm, name)}
    assert not missing, f"export {missing} in {package.__name__} and in minimax_lab/__init__.py"


def modules(package):
    return pkgutil.iter_modules(package.__path__, f"{package.__name__}.")


def a_method(part):
    """Whether it is a class of methods that can be made."""
    kinds = mm.Direction | mm.UpdateRule
    return inspect.isclass(part) and issubclass(part, kinds) and not inspect.isabstract(part)


class Cooled(Declared):
    """A class of three settings."""

    heat: float = real(1.0, above=0, most=10)
    turns: int = count(3, least=2)
    dry: bool = flag()
    limit: float | None = real(None, least=0, kw_only=True)
    share: float = real(0.5, below=1, kw_only=True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"heat": 0}, "Cooled.heat is 0, but must be a finite number and greater than 0 and at"),
        ({"heat": "hot"}, "Cooled.heat is hot, but must be a number"),
        ({"turns": 1}, "Cooled.turns is 1, but must be a whole number, at least 2"),
        ({"turns": [2, 3]}, "It shapes the program, which a sweep cannot vary"),
        ({"dry": 1}, "Cooled.dry is 1, but must be True or False"),
        ({"limit": -1.0}, "Cooled.limit is -1.0, but must be a finite number and at least 0"),
        ({"limit": -1e-9}, "Cooled.limit is -1e-09, but must be a finite number and at least 0"),
        ({"limit": float("inf")}, "Cooled.limit is inf, but must be a finite number"),
        ({"heat": 10.1}, "Cooled.heat is 10.1, but must be a finite number and greater than 0"),
        ({"heat": float("nan")}, "Cooled.heat is nan, but must be a finite number"),
        ({"share": 1}, "Cooled.share is 1, but must be a finite number and less than 1"),
    ],
)
def test_a_setting_is_refused_in_its_own_name(settings, said):
    with pytest.raises(mm.InputError) as error:
        Cooled(**settings)
    assert said in str(error.value)


def test_settings_that_pass_are_kept_as_leaves_or_shape_the_program():
    made = Cooled(2, 5, True, limit=1)
    assert (made.heat, made.turns, made.dry, made.limit) == (2.0, 5, True, 1.0)
    assert jax.tree.leaves(made) == [2.0, 1.0, 0.5]
    assert jax.tree.leaves(jax.tree.map(lambda leaf: 2 * leaf, made)) == [4.0, 2.0, 1.0]
    assert Cooled().limit is None
    assert (Cooled(10.0).heat, Cooled(limit=0).limit) == (10.0, 0.0)  # ends that belong to it


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: mm.Averaged(mm.Simultaneous(0.1), (0.5, 1)), "Averaged.decay[1] is 1"),
        (lambda: mm.Lookahead(mm.Simultaneous(0.1), (3, 3)), "Lookahead.period is (3, 3)"),
        (lambda: mm.Adam(first=(0.1, 0.2)), "Adam.first is (0.1, 0.2), but must be one number"),
        (lambda: mm.AssistAdversary(strength=(1.0, 2.0)), "AssistAdversary.strength is (1.0, 2.0)"),
        (lambda: mm.Symplectic((1.0, 2.0)), "align=False takes a number a player"),
        (lambda: mm.Simultaneous((0.1, -0.2)), "Simultaneous.step[1] is -0.2"),
        (lambda: mm.Simultaneous((0.1, (0.2,))), "Simultaneous.step[1] is (0.2,)"),
        (lambda: mm.Simultaneous(1j), "Simultaneous.step is 1j, but must be a number"),
        (lambda: mm.Simultaneous(sympy.I), "Simultaneous.step is I, but must be a real number"),
        (lambda: mm.Simultaneous(np.array(["a"])), "Simultaneous.step is array(['a']"),
        (lambda: mm.Alternating(0.1, order=(True, False)), "Alternating.order is (True, False)"),
        (lambda: mm.Anderson(mm.Simultaneous(0.1), kind=1.0), "Anderson.kind is 1.0"),
        (lambda: mm.Gram(fallback="orthogonal"), "Gram.fallback is orthogonal"),
        (lambda: mm.Linear((0.1, 0.2), 0.0, 10), "Linear.start is (0.1, 0.2)"),
    ],
)
def test_what_no_method_could_use_is_refused_where_it_is_given(act, said):
    with pytest.raises(mm.InputError) as error:
        act()
    assert said in str(error.value)


def test_a_number_a_player_is_taken_where_players_have_their_own():
    assert mm.Symplectic((1, 2), align=False).strength == (1.0, 2.0)
    assert mm.Alternating((0.1, 0.2), mm.Consensus((1, 2))).step == (0.1, 0.2)
