"""Commands as a test calls them."""

import json

import pytest

from minimax_lab.cli import entry as cli
from minimax_lab.cli import output
from minimax_lab.running.progress import Meter


@pytest.fixture
def call(capsys):
    """Run a command; its status, standard output and the lines of standard error."""

    def run(*arguments):
        status = cli.main(arguments)
        out, err = capsys.readouterr()
        return status, out, err.splitlines()

    return run


@pytest.fixture
def machine(call, monkeypatch):
    """The JSON of a command that must succeed in silence; constants that JSON does not know are
    refused.
    """
    # Said only on slow machines.
    monkeypatch.setattr(output.Notice, "__call__", lambda self, text: None)
    monkeypatch.setattr(Meter, "show", lambda self, done, told="": None)

    def run(*arguments):
        status, out, err = call(*arguments, "--json")
        assert (status, err) == (0, [])
        return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))

    return run
