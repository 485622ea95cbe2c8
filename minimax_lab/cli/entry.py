"""`minimax-lab`: the command line. A command is a frozen class in a file of `commands/`, which is
named as the command is and nowhere else.

Whatever goes wrong is told in one line on standard error: 2 for bad input, 130 for Ctrl-C, 143
where the system ends it, 4 where another process of several is gone, 1 for a fault of ours or a
file that could not be written.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from . import commands

if TYPE_CHECKING:
    from .options import Command

NAMES = [module.name for module in pkgutil.iter_modules(commands.__path__)]
DEBUG = "MINIMAX_LAB_DEBUG"  # set: faults show their traceback
LONG = 1200  # characters of a complaint; of a longer one beginning and end are shown
_ABOUT = (
    "Games, update rules, their spectra and portraits. `minimax-lab COMMAND -h` explains one; "
    "--version says which."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the value is the exit status."""
    import jax

    from ..running.processes import leave

    status = _status(arguments)
    if status and jax.distributed.is_initialized():
        leave(status)
    return status


def _status(arguments: Sequence[str] | None) -> int:
    import jax

    from ..checks import InputError
    from ..running.processes import LostError
    from ..signals import Terminated, answered

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without our characters shows question marks.
            stream.reconfigure(errors="replace")
    before = jax.config.read("jax_enable_x64")
    # Nothing is at work behind Python's back when Ctrl-C ends the process.
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    try:
        with _warnings_in_a_line(), answered():
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
    except Terminated as error:
        return _said("terminated", error, 143)
    except KeyboardInterrupt as error:
        return _said("interrupted", error, 130)
    except BrokenPipeError:
        # Whoever read our output has had enough; what is still buffered must not complain at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        return _said("error", error, 2)
    except LostError as error:
        return _said("lost", error, 4)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        return _said(
            "fault", f"{type(error).__name__}: {error} (set {DEBUG}=1 for the traceback)", 1
        )
    finally:
        jax.config.update("jax_enable_x64", before)


def _parsed(arguments: list[str]) -> Command:
    """The command that is asked for; only its file is imported."""
    from ..checks import InputError
    from .expressions import missing
    from .options import Parser, read

    name, *rest = arguments or ["-h"]
    if name in NAMES:
        return read(_command(name), f"minimax-lab {name}", rest)
    if not name.startswith("-"):
        raise InputError(missing("command ", name, NAMES, "-h"))
    if name == "--version":
        print(f"minimax-lab {_version()}")
        raise SystemExit(0)
    parser = Parser("minimax-lab", _ABOUT)
    listed = parser.add_subparsers(title="commands", metavar="COMMAND")
    for known in NAMES:
        listed.add_parser(known, prog=known, text="", help=_command(known).summary())
    parser.parse_known_args([name])  # help ends here
    return parser.error(f"there is no option {name} before a command")


def _version() -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version("minimax_lab")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _command(name: str) -> type[Command]:
    """The class in the file of this name."""
    from .options import Command

    module = importlib.import_module(f"{commands.__name__}.{name}")
    made = [
        found
        for found in vars(module).values()
        if isinstance(found, type)
        and issubclass(found, Command)
        and found.__module__ == module.__name__
    ]
    if len(made) != 1:
        raise TypeError(f"{module.__file__} holds {len(made)} commands, but must hold one")
    return made[0]


@contextlib.contextmanager
def _warnings_in_a_line() -> Iterator[None]:
    from ..checks import warned_once

    def show(message: Warning | str, *_: object, **__: object) -> None:
        _said("warning", message, 0)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = show
        with warned_once():
            yield


def _said(kind: str, what: object, status: int) -> int:
    text = " ".join(str(what).split())
    if len(text) > LONG:
        text = f"{text[: LONG - 305]} ... {text[-300:]}"
    print(f"minimax-lab: {kind}" + (f": {text}" if text else ""), file=sys.stderr)
    return status
