"""Runs as tables of pandas and as labelled arrays of xarray; and what a sweep knows of its runs."""

import importlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm

GAME = mm.games.bilinear(1.0)
WATCHED = {"residual": mm.residual, "losses": mm.losses, "position": mm.position}
VARIED = mm.grid(step=[0.1, 0.2, 0.3], decay=[-0.5, 0.5])


def swept(rule, start=(1.0, 1.0), over="rule", **more):
    return mm.sweep(GAME, rule, start, 6, over=over, observe=WATCHED, every=2, **more)


@pytest.fixture(scope="module")
def grid():
    return swept(mm.Alternating(VARIED["step"], mm.Momentum(VARIED["decay"])))


@pytest.fixture(scope="module")
def steps():
    return swept(mm.Simultaneous(jnp.array([0.1, 0.3])))


@pytest.fixture(scope="module")
def single():
    return mm.run(GAME, mm.Optimistic(0.1), (1.0, 1.0), 6, observe=WATCHED)


def test_a_sweep_knows_what_varies(grid, steps, single, key, tmp_path):
    assert single.varied == {}
    assert list(steps.varied) == ["step"]
    np.testing.assert_array_equal(grid.varied["step"], VARIED["step"])
    np.testing.assert_array_equal(grid.varied["direction.decay"], VARIED["decay"])
    starts = mm.stack([mm.Profile((1.0, 1.0)), mm.Profile((1.0, 2.0))])
    drawn = swept(mm.Simultaneous(0.1), starts, ("start", "key"), key=jax.random.split(key, 2))
    assert {name: list(values) for name, values in drawn.varied.items()} == {
        "start[1]": [1.0, 2.0],
        "key": [0, 1],
    }
    steps.save(tmp_path / "sweep.npz")
    np.testing.assert_array_equal(mm.Run.load(tmp_path / "sweep.npz").varied["step"], [0.1, 0.3])


def test_a_frame_has_a_row_for_each_row_and_a_column_for_each_number(grid, single):
    pytest.importorskip("pandas")
    table = single.to_frame()
    names = ["update", "losses[0]", "losses[1]", "position[0]", "position[1]", "residual"]
    assert list(table.columns) == names
    np.testing.assert_array_equal(table["update"], np.arange(7))
    np.testing.assert_array_equal(table["losses[1]"], single.observed["losses"][:, 1])
    np.testing.assert_array_equal(table["position[0]"], single.observed["position"][0])
    table = grid.to_frame()
    assert list(table.columns) == ["run", "step", "direction.decay", *names]
    assert len(table) == 6 * 4
    one = table[(table["step"] == 0.2) & (table["direction.decay"] == 0.5)]
    np.testing.assert_array_equal(one["run"], [3] * 4)
    np.testing.assert_array_equal(one["update"], [0, 2, 4, 6])
    np.testing.assert_array_equal(one["residual"], grid.observed["residual"][3])


def test_an_array_names_its_axis_after_what_varies(steps, grid, single, tmp_path):
    pytest.importorskip("xarray")
    labelled = steps.to_xarray()
    assert labelled["residual"].dims == ("step", "update")
    np.testing.assert_array_equal(
        labelled["residual"].sel(step=0.3, update=4), steps.observed["residual"][1, 2]
    )
    assert labelled["losses"].dims == ("step", "update", "losses.0")
    assert list(labelled["outcome"].values) == ["running", "running"]
    whole = grid.to_xarray()
    assert whole["position[1]"].dims == ("step", "direction.decay", "update")
    place = {"step": 0.3, "direction.decay": -0.5}
    np.testing.assert_array_equal(whole["position[1]"].sel(place), grid.observed["position"][1][4])
    ragged = swept(mm.Alternating(jnp.array([0.1, 0.2, 0.3]), mm.Momentum(jnp.arange(3) / 4)))
    several = ragged.to_xarray()
    assert several["residual"].dims == ("run", "update")
    assert several["direction.decay"].dims == ("run",)
    assert single.to_xarray()["residual"].dims == ("update",)
    assert single.to_xarray().attrs["rule"] == "Optimistic(step=0.1)"
    grid.save(tmp_path / "grid.npz")
    assert mm.Run.load(tmp_path / "grid.npz").to_xarray().identical(whole)


def test_what_would_hide_a_column_is_refused():
    pytest.importorskip("pandas")
    run = mm.run(GAME, mm.Simultaneous(0.1), (1.0, 1.0), 2, observe={"update": mm.residual})
    with pytest.raises(mm.InputError, match="run.observed is update.*'update' of every table"):
        run.to_frame()


def test_without_the_library_it_says_what_to_install(single, monkeypatch):
    found = importlib.import_module

    def missing(name, *rest):
        if name in ("pandas", "xarray"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    for method, library in (("to_frame", "pandas"), ("to_xarray", "xarray")):
        said = rf"Run.{method} needs {library}, .*install minimax_lab\[notebook\]"
        with pytest.raises(mm.InputError, match=said):
            getattr(single, method)()
