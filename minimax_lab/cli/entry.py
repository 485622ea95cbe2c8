"""`minimax-lab`: the command line. Commands are frozen classes (one file each beside this one);
tyro makes their options from the fields.

Whatever goes wrong is told in one line on standard error: 2 for bad input, 130 for Ctrl-C, 1 for a
fault of ours.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union

COMMANDS = {
    "games": ("listing", "Games"),
    "rules": ("listing", "Rules"),
    "play": ("play", "Play"),
    "compare": ("compare", "Compare"),
    "spectrum": ("spectrum", "Eigenvalues"),
    "portrait": ("portrait", "Phase"),
    "verify": ("verify", "Verify"),
}
DEBUG = "MINIMAX_LAB_DEBUG"  # set: faults show their traceback
SWITCHES = ("--json", "--float32", "--flow", "--full", "--list")  # options without a value
_ABOUT = (
    "Games, update rules, their spectra and portraits. `minimax-lab COMMAND -h` explains one; "
    "--version says which."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the value is the exit status."""
    import jax

    from ..checks import InputError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal without our characters shows question marks
    before = jax.config.read("jax_enable_x64")
    try:
        with _warnings_in_a_line():
            try:
                command = _parsed(list(sys.argv[1:] if arguments is None else arguments))
                jax.config.update("jax_enable_x64", not getattr(command, "float32", False))
                command.run()
            finally:
                sys.stdout.flush()  # here, where a closed pipe is still caught
        return 0
    except InputError as error:
        return _said("error", error, 2)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 0
    except KeyboardInterrupt as error:
        return _said("interrupted", error, 130)
    except BrokenPipeError:
        # Whoever read our output has had enough; what is still buffered must not complain at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        return _said("error", error, 2)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        return _said(
            "fault", f"{type(error).__name__}: {error} (set {DEBUG}=1 for the traceback)", 1
        )
    finally:
        jax.config.update("jax_enable_x64", before)


def _parsed(arguments: list[str]) -> Any:
    """The command, an instance of one of the classes of `COMMANDS`; tyro's boxed errors become one
    line.
    """
    import tyro

    from ..checks import InputError
    from .expressions import missing

    if arguments == ["--version"]:
        print(f"minimax-lab {_version()}")
        raise SystemExit(0)
    named = bool(arguments) and arguments[0] in COMMANDS
    if arguments and not named and not arguments[0].startswith("-"):
        raise InputError(missing("command ", arguments[0], COMMANDS, "-h"))
    complaints = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaints):
            if named:
                return tyro.cli(
                    _command(arguments[0]),
                    prog=f"minimax-lab {arguments[0]}",
                    args=_settings_first(arguments)[1:],
                )
            return tyro.cli(
                _all_commands(), prog="minimax-lab", description=_ABOUT, args=arguments or ["-h"]
            )
    except SystemExit as error:
        if error.code in (0, None):
            raise
        raise InputError(_one_line(complaints.getvalue())) from None


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("minimax_lab")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _command(name: str) -> Any:
    """The class of a command; its file is imported only now."""
    module, made = COMMANDS[name]
    return getattr(importlib.import_module(f".{module}", __package__), made)


def _all_commands() -> Any:
    """All of them as one type, told apart by their names, each with the first line of its help."""
    import tyro

    made = {name: _command(name) for name in COMMANDS}
    parts = [
        Annotated[c, tyro.conf.subcommand(name, description=c.__doc__.split("\n")[0])]
        for name, c in made.items()
    ]
    return Union[tuple(parts)]  # noqa: UP007 (the list is only known here)


def _settings_first(arguments: list[str]) -> list[str]:
    """Every KEY=VALUE moved behind the game's name, since parsers want positional arguments
    together.
    """
    moved = [
        i
        for i in range(2, len(arguments))
        if re.match(r"[A-Za-z_]\w*=", arguments[i])
        and (not arguments[i - 1].startswith("-") or arguments[i - 1] in SWITCHES)
    ]
    settings = [arguments[i] for i in moved]
    rest = [argument for i, argument in enumerate(arguments) if i not in moved]
    return rest[:2] + settings + rest[2:]


def _one_line(box: str) -> str:
    """What stands in tyro's box up to its first rule, and what it suggests."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip("│╭╮╰╯ ") for line in box.splitlines()]
    parts: list[list[str]] = [[]]
    for text in lines[1:]:
        if set(text) <= set("─"):
            parts.append([])
        else:
            parts[-1].append(text)
    said = [
        " ".join(part)
        for part in parts
        if part and not part[0].startswith(("For full helptext", "Argument helptext"))
    ]
    return "; ".join(said) or "the arguments cannot be read; try -h"


@contextlib.contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    def show(message: Any, *_: Any, **__: Any) -> None:
        _said("warning", message, 0)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show
        yield


def _said(kind: str, what: Any, status: int) -> int:
    text = " ".join(str(what).split())
    print(f"minimax-lab: {kind}" + (f": {text}" if text else ""), file=sys.stderr)
    return status
