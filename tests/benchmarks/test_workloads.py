"""Every workload runs at its smallest size with its checks, so that none breaks unseen; with the
peers that are there, and without them.
"""

import importlib
import math

import jax
import pytest

from benchmarks import __main__ as command
from benchmarks import race, results
from tests.dear import but

PEERS = {
    "anderson": {"jaxopt"},
    "bilinear": {"torch"},
    "gan": {"torch, eager"},
    "images": {"torch, eager"},
    "jacobian": {"torch.func, in chunks"},
    "leading": {"matfree"},
    "modes": {"numba, all cores"},
    "planar": {"numba, all cores"},
}
RACES = [name for name in command.NAMES if name != "mixing"]


@pytest.fixture(autouse=True)
def _as_a_reader_has_it(monkeypatch):
    monkeypatch.setattr(race.gc, "collect", lambda: 0)  # a second each among all that tests keep
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture
def nobody(monkeypatch):
    """No peer is installed, whatever this environment has."""
    monkeypatch.setattr(race.importlib.util, "find_spec", lambda name: None)


def outcomes_of(name):
    workload = importlib.import_module(f"benchmarks.workloads.{name}")
    found = list(race.outcomes(workload, small=True))
    assert found
    return found


@pytest.mark.parametrize("name", but(RACES, {"gan", "images", "verify", "modes", "jacobian"}))
def test_a_workload_runs_and_its_results_agree(name):
    raced = outcomes_of(name)
    for outcome in raced:
        assert all(math.isfinite(t.median) and t.median > 0 for t in outcome.timings.values())
        assert next(iter(outcome.timings)).startswith("minimax_lab")
    peers = {who for outcome in raced for who in (*outcome.timings, *outcome.missing)}
    assert PEERS.get(name, set()) <= peers
    again = results.outcomes(results.recorded(raced))
    assert [results.table(outcome) for outcome in again] == list(map(results.table, raced))


@pytest.mark.parametrize("name", ["leading", "planar"])
def test_a_missing_peer_is_named_with_the_line_that_installs_it_and_nothing_else_fails(
    name, nobody
):
    for outcome in outcomes_of(name):
        assert outcome.missing.keys() == PEERS[name]
        ((peer, line),) = outcome.missing.items()
        (row,) = [row for row in results.table(outcome).splitlines() if row.startswith(peer)]
        assert row.split(maxsplit=len(peer.split()))[-1] == f"not here: {line}"
        assert line == f"pip install {peer.split(',')[0]}"
        assert all(word == "not measured" for t, _, word in outcome.verdicts() if t.what == peer)
