"""Commands as frozen classes: their fields are the arguments, which argparse reads and explains."""

from __future__ import annotations

import abc
import argparse
import dataclasses
import inspect
import re
import shutil
import textwrap
import typing
from collections.abc import Callable, Sequence
from typing import Any

from ..checks import InputError, nearest, refuse
from . import output

WHO = "Who does it: dask://HOST:PORT, processes://N, or MODULE:NAME of what opens an executor."


def option(default: object, metavar: str, text: str, *short: str, shown: str = "") -> Any:
    """A field given as `--name value`, or by a `short` name; a boolean one is a switch, without a
    value. `shown` says what happens by default where the default itself does not.
    """
    about = {"metavar": metavar, "help": text, "short": short, "shown": shown}
    return dataclasses.field(default=default, metadata=about)


def positional(metavar: str, text: str, default: object = dataclasses.MISSING) -> Any:
    """A field given by its place; one with a default may be left out."""
    return dataclasses.field(default=default, metadata={"metavar": metavar, "help": text})


def rules() -> Any:
    """The rules of a command that takes several."""
    text = 'Such as "Alternating(0.2, Momentum(-0.5))"; repeat --rule for several.'
    return option((), "RULE", text)


def start(default: object = None, text: str = "One strategy a player: 1,0 or [1,0],[0,1].") -> Any:
    """Where to start, the game's own start where nothing is given."""
    return option(default, "X,Y", text, shown="default: the game's own")


def steps(default: int = 1000, text: str = "Updates to walk.") -> Any:
    """How far to walk."""
    return option(default, "N", text, "-n")


def executor() -> Any:
    """Who else does the work."""
    return option(None, "ADDRESS", WHO, shown="default: this process, or a few beside it")


def tolerance() -> Any:
    """When a walk has arrived."""
    text = "Converged: the natural residual |x - P(x - v(x))| is at most this."
    return option(1e-10, "T", text)


def file(
    text: str = "The picture: .pdf, .png, .svg, .eps, .pgf.", metavar: str = "FILE", shown: str = ""
) -> Any:
    """What is written."""
    return option(None, metavar, text, "-o", shown=shown)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command(abc.ABC):
    """All commands."""

    json: bool = option(False, "", "One JSON object instead of text.")

    @abc.abstractmethod
    def run(self) -> None:
        """Do it, and print what came of it."""

    def answer(self, facts: Callable[[], object], tell: Callable[[], None]) -> None:
        """Print the facts for machines, or tell people."""
        output.machine(facts()) if self.json else tell()

    @classmethod
    def summary(cls) -> str:
        """The first paragraph of its help."""
        return " ".join(inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].split())


@dataclasses.dataclass(frozen=True, kw_only=True)
class OnGame(Command):
    """All commands on a game."""

    game: str = positional(
        "GAME", "A name from `minimax-lab games`; or your own, mine.py:game, whose file is run."
    )
    settings: tuple[str, ...] = positional(
        "KEY=VALUE", "The game's settings; `minimax-lab games GAME` lists them.", ()
    )
    seed: int = option(0, "N", "Of all randomness.")
    float32: bool = option(False, "", "Compute in single precision; the default is double.")


class Parser(argparse.ArgumentParser):
    """One whose complaints are our errors, and whose help keeps its paragraphs."""

    def __init__(self, prog: str, text: str):
        width = shutil.get_terminal_size().columns - 2
        parts = [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]
        # An example stays on one line, so that it can be copied.
        filled = [p if p.startswith(prog) else textwrap.fill(p, width) for p in parts]
        super().__init__(
            prog,
            description="\n\n".join(filled),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> typing.NoReturn:
        """The complaint as an error of input."""
        raise InputError(f"{message}; `{self.prog} -h` explains them.")


def read(made: type[Command], prog: str, arguments: Sequence[str]) -> Command:
    """The command that the arguments ask for; positional ones may stand among options."""
    parser, kinds = Parser(prog, made.__doc__ or ""), typing.get_type_hints(made)
    fields = dataclasses.fields(made)
    for owner in made.__mro__:
        own = [f for f in fields if f.name in inspect.get_annotations(owner)]
        title = "options" if owner is made else f"options of {(owner.__doc__ or '').lower()[:-1]}"
        group = parser.add_argument_group(title) if own and owner is not made else parser
        for field in own:
            _add(group if "short" in field.metadata else parser, field, kinds[field.name])
    # A space before it keeps argparse from taking a value such as -1,2 for an option.
    spaced = [re.sub(r"^-(?=[\d.])", " -", text) for text in arguments]
    given, unknown = parser.parse_known_intermixed_args(spaced)
    if unknown:
        raise _unknown(prog, unknown, ["-h", *(name for f in fields for name in _names(f))])
    values = {n: v for n, v in vars(given).items() if v != argparse.SUPPRESS}
    return made(**{n: _value(f"--{spoken(n)}", kinds[n], v) for n, v in values.items()})


def _names(field: dataclasses.Field[object]) -> list[str]:
    """What it is called on the command line, a positional one nothing."""
    short = field.metadata.get("short")
    return [] if short is None else [*short, f"--{spoken(field.name)}"]


def spoken(name: str) -> str:
    """A field's name on the command line: one that is a word of Python has a line behind it."""
    return name.removesuffix("_")


def _add(
    parser: argparse._ActionsContainer, field: dataclasses.Field[object], kind: object
) -> None:
    """An argument as argparse knows them; only what is given is answered, since the field has the
    default.
    """
    about, many = field.metadata, typing.get_origin(kind) is tuple
    shown = about.get("shown", "")
    if not shown and type(field.default) in (int, float, str):
        shown = f"default: {field.default}"
    text = (about["help"] + (f" ({shown})" if shown else "")).replace("%", "%%")
    how: dict[str, Any] = {"help": text, "default": argparse.SUPPRESS}
    if kind is bool:
        how["action"] = "store_true"
    else:
        how["metavar"] = about["metavar"]
        if "short" not in about:
            optional = field.default is not dataclasses.MISSING
            how["nargs"] = "*" if many else "?" if optional else None
        elif many:
            how["action"] = "append"
    if named := _names(field):
        parser.add_argument(*named, dest=field.name, **how)
    else:
        parser.add_argument(field.name, **how)


def _value(name: str, kind: object, given: str | bool | list[str]) -> Any:
    """A text as the field's type has it."""
    if isinstance(given, list):
        return tuple(_value(name, str, text) for text in given)
    if isinstance(given, bool):
        return given
    text = given[1:] if given.startswith(" -") else given
    made = next(made for made in (int, float, str) if made in (kind, *typing.get_args(kind)))
    wanted = {int: "a whole number below 2^63", float: "a number"}.get(made, "")
    try:
        value = made(text)
    except ValueError:
        raise refuse(name, text, wanted) from None
    if isinstance(value, int) and abs(value) >= 2**63:
        raise refuse(name, text, wanted)
    return value


def _unknown(prog: str, unknown: list[str], names: list[str]) -> InputError:
    for text in unknown:
        if text.startswith("-"):
            return nearest(f"an option of {prog}", text.split("=")[0], names)
    return refuse("an argument", unknown[0], "left out", f"`{prog} -h` explains what may stand.")
