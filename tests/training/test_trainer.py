"""A training is kept as it goes: killed anywhere and resumed, it ends as if nothing happened."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab.files import load_arrays, save_arrays
from minimax_lab.training import RunFolder, train, trainer
from minimax_lab.training.folder import differences

NETWORKS = adv.Perceptron((2, 4, 2)), adv.Perceptron((2, 4, 1))
GAME = adv.gan(*NETWORKS, data=adv.ring(), batch=4)
RULE = mm.Averaged(mm.Alternating(1e-2, mm.Adam()), decay=0.9)
SETTINGS = {"rule": "averaged", "data": "ring"}
EVERY, STEPS = 5, 40


def trained(path, **changes):
    options = {"every": EVERY, "settings": SETTINGS, "key": jax.random.key(1), "saving": 0.0}
    options |= {"portray": portrayed, "inspect": inspected, "pictures": 10}
    options |= {"rule": RULE, "steps": STEPS, "start": adv.start(GAME, jax.random.key(0))}
    return train(GAME, folder=RunFolder(path), **options | changes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"))


def portrayed(x):
    level = np.clip(np.asarray(x.ravel()[0])[:4] * 255, 0, 255)
    return level.astype(np.uint8).reshape(1, 2, 2, 1)


def inspected(x, carry):
    carried, done = (x, 0) if carry is None else (carry.x, int(carry.index))
    first, second = (np.asarray(one.ravel()[0])[:2] for one in (x, carried))
    return {"first": first, "turned": 1j * second, "done": done, "unknown": np.nan}


def same(one, other):
    assert one.verdict == other.verdict
    assert one.steps == other.steps
    for ours, theirs in zip(jax.tree.leaves(one.final), jax.tree.leaves(other.final), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    here, there = one.folder.path, other.folder.path
    for name in ("metrics.jsonl", "looks.jsonl"):
        assert (here / name).read_bytes() == (there / name).read_bytes()
    assert [p.name for p in one.folder.pictures()] == [p.name for p in other.folder.pictures()]
    for ours, theirs in zip(one.folder.pictures(), other.folder.pictures(), strict=True):
        assert ours.read_bytes() == theirs.read_bytes()


def test_a_training_is_a_run_in_rows(whole):
    start = adv.start(GAME, jax.random.key(0))
    done = mm.run(
        GAME, RULE, start, STEPS, key=jax.random.key(1), every=EVERY, observe=trainer.WATCHED
    )
    for ours, theirs in zip(jax.tree.leaves(whole.final), jax.tree.leaves(done.final), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    lines = whole.folder.lines()
    assert [line["step"] for line in lines] == list(done.indices)
    for name, seen in done.observed.items():
        np.testing.assert_array_equal([line[name] for line in lines], seen)
    assert [line["step"] for line in whole.folder.lines("times.jsonl")] == list(done.indices[1:])


def test_every_row_of_a_training_is_told_and_of_a_resumed_one_those_to_come(whole, tmp_path):
    told = []

    def tell(step, row):
        told.append({"step": step, "losses": row["losses"].tolist()})

    trained(tmp_path / "told", steps=20, tell=tell)
    trained(tmp_path / "told", resume=True, tell=tell)
    lines = whole.folder.lines()
    assert told == [{"step": line["step"], "losses": line["losses"]} for line in lines]


def test_whenever_it_is_portrayed_a_training_is_inspected(whole):
    looks = whole.folder.lines("looks.jsonl")
    assert (
        [look["step"] for look in looks] == [look["done"] for look in looks] == [*range(0, 41, 10)]
    )
    first = np.asarray(whole.final.ravel()[0])[:2].tolist()
    turned = [[0, number] for number in first]
    assert looks[-1] == {"step": 40, "first": first, "turned": turned, "done": 40, "unknown": None}


class Death(BaseException):
    """What a kill looks like from inside: nothing is done after it."""


def dying(patched, moment):
    """Every line, picture and renaming is a moment to die at; the dead write nothing more."""
    left = [moment]

    def mortal(function):
        def call(*given, **named):
            if left[0] == 0:
                raise Death
            left[0] -= 1
            return function(*given, **named)

        return call

    patched.setattr(pathlib.Path, "replace", mortal(pathlib.Path.replace))
    patched.setattr(RunFolder, "tell", mortal(RunFolder.tell))
    patched.setattr(trainer, "save_grid", mortal(trainer.save_grid))


@pytest.mark.parametrize("moment", range(9, 56, 3))
def test_dead_at_any_write_and_resumed_it_ends_the_same(moment, whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        dying(patched, moment)
        with pytest.raises(Death):
            trained(tmp_path / "run")
    same(trained(tmp_path / "run", resume=True), whole)


@pytest.mark.parametrize("moment", [1, 4])
def test_one_that_dies_before_its_first_checkpoint_says_so(moment, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        dying(patched, moment)
        with pytest.raises(Death):
            trained(tmp_path / "run")
    with pytest.raises(mm.InputError, match="one with a checkpoint, but|ended before the first"):
        trained(tmp_path / "run", resume=True)


PROGRAM = """
import sys
sys.path[:0] = {places!r}
import conftest, test_trainer
test_trainer.trained({path!r})
"""


def test_killed_by_the_system_and_resumed_it_ends_the_same(whole, tmp_path):
    path, here = tmp_path / "run", pathlib.Path(__file__).parent
    program = PROGRAM.format(places=[str(here), str(here.parent)], path=str(path))
    other = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    folder, waited = RunFolder(path), 0.0
    while len(folder.lines()) < 4 and other.poll() is None and waited < 120:
        time.sleep(0.01)
        waited += 0.01
    other.kill()
    assert b"Error" not in other.communicate()[1]
    same(trained(path, resume=True), whole)


def test_two_do_not_train_in_one_folder(whole):
    with whole.folder.held(), pytest.raises(mm.InputError, match=rf"Process {os.getpid()} trains"):
        trained(whole.folder.path, resume=True)


def test_a_folder_with_a_run_is_not_written_over(whole):
    before = (whole.folder.path / "settings.json").read_bytes()
    with pytest.raises(mm.InputError, match="without a run in it"):
        trained(whole.folder.path)
    assert (whole.folder.path / "settings.json").read_bytes() == before


def test_other_settings_are_shown_and_refused(whole):
    with pytest.raises(mm.InputError, match="data: 'ring' there, 'grid' here; every: 5 there, 10"):
        trained(whole.folder.path, settings={**SETTINGS, "data": "grid"}, every=10, resume=True)
    assert differences({"a": 1, "b": 2}, {"b": 2}) == ["a: 1 there, None here"]


def test_a_run_does_not_go_on_on_another_kind_of_device(tmp_path):
    done = trained(tmp_path / "run", steps=EVERY)
    described, here = done.folder.path / "settings.json", jax.devices()[0].platform
    before = described.read_text()
    described.write_text(before.replace(f'"device": "{here}: ', '"device": "tpu: '))
    kept = (done.folder.path / "checkpoint.npz").read_bytes()
    said = f"is one begun on tpu: .*, but must be one begun on {here}, as there is here"
    with pytest.raises(mm.InputError, match=said):
        trained(tmp_path / "run", resume=True)
    assert (done.folder.path / "checkpoint.npz").read_bytes() == kept
    described.write_text(before)
    assert trained(tmp_path / "run", steps=2 * EVERY, resume=True).steps == 2 * EVERY


def test_a_finished_run_goes_on_when_more_is_asked_for(whole, tmp_path):
    done = trained(tmp_path / "run", steps=STEPS // 2)
    assert done.steps == STEPS // 2
    done = trained(tmp_path / "run", resume=True)
    assert done.steps == STEPS
    for ours, theirs in zip(jax.tree.leaves(done.final), jax.tree.leaves(whole.final), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_checkpoints_name_their_arrays_and_those_that_numbered_them_still_load(whole, tmp_path):
    path = whole.folder.path / "checkpoint.npz"
    arrays, header = load_arrays(path, "a checkpoint")
    assert {"state/index", "state/watch/alive"} <= set(arrays)
    numbered = {f"a{i}": array for i, array in enumerate(arrays.values())}
    shutil.copytree(whole.folder.path, tmp_path / "run")
    save_arrays(tmp_path / "run" / "checkpoint.npz", numbered, header)
    ours, theirs = (folder.checkpoint() for folder in (whole.folder, RunFolder(tmp_path / "run")))
    assert (ours.step, ours.lengths) == (theirs.step, theirs.lengths)
    for a, b in zip(ours.state.leaves, theirs.state.leaves, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_damaged_checkpoint_falls_back_to_the_one_before(whole, tmp_path):
    done = trained(tmp_path / "run")
    last = done.folder.path / "checkpoint.npz"
    last.write_bytes(last.read_bytes()[:100])
    same(trained(done.folder.path, resume=True), whole)
    for name in ("checkpoint.npz", "before.npz"):
        (done.folder.path / name).write_bytes(b"nothing")
    with pytest.raises(mm.InputError, match="damaged, and so is the checkpoint before"):
        trained(done.folder.path, resume=True)


def test_lines_that_are_lost_are_missed(whole, tmp_path):
    done = trained(tmp_path / "run")
    (done.folder.path / "metrics.jsonl").write_text("")
    with pytest.raises(mm.InputError, match=r"metrics\.jsonl is too short"):
        trained(done.folder.path, resume=True)


def test_a_run_that_diverges_stops_and_keeps_what_was_good(tmp_path):
    rule = mm.Simultaneous(mm.Linear(0.0, 100.0, 200))
    done = trained(tmp_path / "run", rule=rule, judge=mm.Judge(bound=5.0))
    assert done.verdict == "diverged"
    assert EVERY < done.steps < STEPS
    kept = done.folder.checkpoint()
    assert kept.step < done.steps
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(done.final))
    last = done.folder.lines()[-1]
    assert last["verdict"] == "diverged"
    assert last["step"] == done.steps


def test_an_interrupted_run_keeps_all_it_has(whole, tmp_path, monkeypatch):
    def interrupted(self, name, line, tell=RunFolder.tell):
        tell(self, name, line)
        if line["step"] == 25 and name == "times.jsonl":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "tell", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path / "run", saving=1e9)
    assert RunFolder(tmp_path / "run").checkpoint().step >= 20
    same(trained(tmp_path / "run", resume=True), whole)


def test_what_is_no_folder_of_a_run_is_refused(tmp_path):
    with pytest.raises(mm.InputError, match="one with a run in it"):
        RunFolder(tmp_path).settings  # noqa: B018
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(mm.InputError, match="must be a run's description. It is damaged"):
        RunFolder(tmp_path).settings  # noqa: B018
    (tmp_path / "settings.json").write_text('{"format": 99}')
    with pytest.raises(mm.InputError, match="of format 99, but must be of format 1"):
        RunFolder(tmp_path).settings  # noqa: B018
    with pytest.raises(mm.InputError, match="a file of this name"):
        RunFolder(tmp_path / "settings.json")
