"""Every public name says what it is in a sentence; every verb explains its arguments and shows how
it is called, every method shows what it does. The examples themselves are run by `pytest
--doctest-modules minimax_lab`.
"""

import importlib
import inspect
import pkgutil
import re

import pytest

import minimax_lab as mm
from minimax_lab.schedules import Schedule
from minimax_lab.settings import Setting

ROOMS = (mm, mm.games, mm.adversarial, mm.images, mm.draw, mm.objectives)
# What is no verb in `mm` or `mm.draw` need not explain its arguments, but for the neural games.
TOLD = re.compile(r"minimax_lab\.\w+|draw\.\w+")
MAKERS = ("minimax_lab.adversarial.gan", "minimax_lab.adversarial.domains")


def public(room):
    """The classes and functions that a room offers, by name."""
    return {
        name: value
        for name, value in vars(room).items()
        if not name.startswith("_")
        and callable(value)
        and (room is not mm.objectives or value.__module__ == room.__name__)
    }


def function(value):
    return inspect.unwrap(getattr(value, "func", value))


def parameters(value):
    return list(inspect.signature(value).parameters)


NAMES = {
    f"{room.__name__.removeprefix('minimax_lab.')}.{name}": value
    for room in ROOMS
    for name, value in public(room).items()
}
# An observable has one argument, a view, and is passed rather than called.
VERBS = {
    name: value
    for name, value in NAMES.items()
    if inspect.isfunction(value)
    and parameters(value) != ["view"]
    and (TOLD.fullmatch(name) or value.__module__ in MAKERS)
}
# What methods are made of; the classes derived from these are values that a caller composes.
BASES = (mm.Direction, mm.UpdateRule, Schedule, Setting, mm.objectives.Objective)
METHODS = {
    name: value
    for name, value in NAMES.items()
    if inspect.isclass(value) and issubclass(value, BASES) and value not in BASES
}
EXAMPLE = re.compile(r"^Examples:\n    >>> ", re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_begins_with_a_sentence(name):
    text = inspect.getdoc(function(NAMES[name]))
    assert text, f"{name} has no docstring"
    assert text.split("\n\n")[0].endswith("."), f"{name}: its first paragraph is no sentence"


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_explains_its_arguments_and_shows_how_it_is_called(name):
    """In the sections that the site reads; "Example:" would be shown as a quotation."""
    text = inspect.getdoc(VERBS[name])
    section = re.search(r"^Arguments:\n((?:    .*\n?)+)", text, re.MULTILINE)
    assert section, f"{name} has no section Arguments"
    assert re.findall(r"^    (\w+): \S", section[1], re.MULTILINE) == parameters(VERBS[name])
    assert EXAMPLE.search(text), f"{name} has no example"


@pytest.mark.parametrize("name", METHODS)
def test_every_method_shows_what_it_does(name):
    assert EXAMPLE.search(inspect.getdoc(METHODS[name])), f"{name} has no example"


def test_the_names_are_found():
    assert {"minimax_lab.run", "draw.save", "adversarial.gan"} <= set(VERBS)
    assert {"minimax_lab.View", "games.bilinear", "objectives.Hinge"} <= set(NAMES)
    methods = {"minimax_lab.Adam", "minimax_lab.Gram", "minimax_lab.Warmup", "objectives.Hinge"}
    assert methods <= set(METHODS)


def test_no_public_name_hides_a_module():
    """Else `import minimax_lab.portrait` and `minimax_lab.portrait` would be two things."""
    modules = [m.name for m in pkgutil.iter_modules(mm.__path__) if m.name in dir(mm)]
    assert "games" in modules
    for name in modules:
        assert getattr(mm, name) is importlib.import_module(f"minimax_lab.{name}"), name
