"""Every workload runs at its smallest size with its checks, so that none breaks unseen; with the
peers that are there, and without them.
"""

import importlib
import importlib.util
import math

import jax
import pytest

from benchmarks import __main__ as command
from benchmarks import race, results

PEERS = {
    "anderson": {"jaxopt"},
    "bilinear": {"torch"},
    "gan": {"torch, eager"},
    "jacobian": {"torch.func, chunks of 32", "torch.func, chunks of 256"},
    "leading": {"matfree"},
    "modes": {"numba, all cores"},
    "planar": {"numba, all cores"},
}
RACES = [name for name in command.NAMES if name != "mixing"]


@pytest.fixture(autouse=True)
def _as_a_reader_has_it():
    with jax.numpy_dtype_promotion("standard"):
        yield


@pytest.fixture
def nobody(monkeypatch):
    """No peer is installed, whatever this environment has."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in race.INSTALLED_BY else find(name)
    )


@pytest.mark.parametrize("name", RACES)
def test_a_workload_runs_and_missing_peers_leave_their_column_empty(name, nobody):
    workload = importlib.import_module(f"benchmarks.workloads.{name}")
    raced = list(race.outcomes(workload, small=True))
    assert raced
    for outcome in raced:
        assert all(math.isfinite(t.median) and t.median > 0 for t in outcome.timings.values())
        assert next(iter(outcome.timings)).startswith("minimax_lab")
        told = results.table(outcome)
        for peer, line in outcome.missing.items():
            assert line.startswith("pip install ")
            assert any(peer in row and f"not here: {line}" in row for row in told.splitlines())
    assert set().union(*(outcome.missing for outcome in raced)) == PEERS.get(name, set())
    again = results.outcomes(results.recorded(raced))
    assert [results.table(outcome) for outcome in again] == list(map(results.table, raced))


@pytest.mark.parametrize("name", [*PEERS])
def test_a_peer_that_is_installed_does_the_same_work(name):
    workload = importlib.import_module(f"benchmarks.workloads.{name}")
    packages = [package for package in race.INSTALLED_BY if importlib.util.find_spec(package)]
    missing = {
        line.split()[-1] for o in race.outcomes(workload, small=True) for line in o.missing.values()
    }
    assert missing.isdisjoint(packages)
