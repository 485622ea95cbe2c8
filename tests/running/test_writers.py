"""Rows told while a run goes on."""

from concurrent.futures import ThreadPoolExecutor

import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm

GAME, RULE = mm.games.bilinear(1.0), mm.Alternating(0.5)
OBSERVE = {"losses": mm.losses, "distance": mm.distance_to((0.0, 0.0))}


class Writer:
    """What TensorBoard's SummaryWriter and a run of Weights & Biases have in common: nothing but
    that they are told.
    """

    def __init__(self):
        self.scalars, self.logged = [], []

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None):
        self.scalars.append((tag, scalar_value, global_step))

    def log(self, data, step=None):
        self.logged.append((step, data))


def walked(tell, steps=6, observe=OBSERVE, **settings):
    return mm.run(GAME, RULE, (1.0, 1.0), steps, observe=observe, every=3, tell=tell, **settings)


def test_every_row_is_told_once_and_as_it_was_observed():
    writer = Writer()
    run = walked(mm.to_wandb(writer))
    assert [step for step, _ in writer.logged] == [0, 3, 6] == list(run.indices)
    for row, (_, data) in enumerate(writer.logged):
        assert sorted(data) == ["distance", "losses/0", "losses/1"]
        assert all(type(value) is float for value in data.values())
        assert data["distance"] == run.observed["distance"][row]
        assert data["losses/1"] == run.observed["losses"][row, 1]
    walked(mm.to_tensorboard(writer))
    assert writer.scalars[0] == ("distance", run.observed["distance"][0], 0)
    assert [step for name, _, step in writer.scalars if name == "losses/1"] == [0, 3, 6]


def test_a_run_in_many_chunks_and_a_resumed_one_tell_every_row_once(monkeypatch):
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 2)
    told = []
    run = walked(lambda index, row: told.append((index, float(row["distance"]))), 60)
    assert [index for index, _ in told] == list(range(0, 61, 3))
    np.testing.assert_array_equal([value for _, value in told], run.observed["distance"])
    again = []
    mm.run(
        GAME,
        RULE,
        run.final,
        6,
        observe=OBSERVE,
        every=3,
        state=run.state,
        tell=lambda index, row: again.append(index),
    )
    assert again == [60, 63, 66]


def test_a_sweep_tells_the_rows_of_all_its_runs(monkeypatch):
    """Three runs, which a device may pad."""
    monkeypatch.setattr("minimax_lab.running.drive.ROWS", 2)
    told, starts = [], (jnp.array([1.0, 2.0, 3.0]), jnp.zeros(3))
    swept = mm.sweep(
        GAME,
        RULE,
        starts,
        30,
        over="start",
        observe=OBSERVE,
        every=3,
        tell=lambda index, row: told.append((index, row["losses"])),
    )
    assert [index for index, _ in told] == list(swept.indices)
    np.testing.assert_array_equal(np.stack([row for _, row in told], 1), swept.observed["losses"])


def test_a_sweep_in_parts_is_not_told():
    with ThreadPoolExecutor(1) as pool, pytest.raises(mm.InputError, match="Its parts come whole"):
        mm.sweep(
            GAME, RULE, (jnp.ones(2), jnp.ones(2)), 3, over="start", observe=OBSERVE, tell=print,
            executor=pool,
        )  # fmt: skip


def test_a_writer_that_fails_costs_no_run():
    told = []

    def failing(index, row):
        told.append(index)
        raise ConnectionError("nobody there")

    with pytest.warns(UserWarning, match="could not be told .ConnectionError: nobody there."):
        run = walked(failing)
    assert (told, list(run.indices)) == ([0], [0, 3, 6])


def test_what_cannot_be_told_is_refused():
    with pytest.raises(mm.InputError, match="tell is 3, but must be a function"):
        walked(3)
    with pytest.raises(mm.InputError, match="None where nothing is observed"):
        walked(print, observe=None)
    with pytest.raises(mm.InputError, match="writer is 3, but must be a SummaryWriter"):
        mm.to_tensorboard(3)
    with pytest.raises(mm.InputError, match=r"run is .*what wandb.init\(...\) gives"):
        mm.to_wandb(print)
    many = {"all": lambda view: jnp.zeros(17) + view.after[0]}
    with pytest.raises(mm.InputError, match="'all'.* is 17 numbers, but must be at most 16"):
        walked(mm.to_wandb(Writer()), observe=many)


def test_tensorboardx_writes_a_file(tmp_path):
    board = pytest.importorskip("tensorboardX")
    with board.SummaryWriter(str(tmp_path)) as writer:
        walked(mm.to_tensorboard(writer))
    (events,) = tmp_path.iterdir()
    assert b"losses/1" in events.read_bytes()
