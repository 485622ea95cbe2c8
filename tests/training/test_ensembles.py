"""An ensemble is many trainings in one program: each is told by itself, all are kept as one."""

import pathlib
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab.training import RunFolder, train
from tests.training.test_trainer import EVERY, GAME, SETTINGS, Death, dying, inspected, portrayed

SEEDS, STEPS = (3, 5, 7, 9), 40
MEMBERS = {f"seed-{seed}": {"seed": seed} for seed in SEEDS}
# The third member diverges on the way, the last one in the first row.
ENDS, JUDGE = (0.02, 0.02, 100.0, 1e9), mm.Judge(bound=5.0)


def walking(end):
    return mm.Averaged(mm.Simultaneous(mm.Linear(0.01, end, 200)), decay=0.5)


def born(seed):
    start = adv.start(GAME, jax.random.key(100 + seed))
    return jax.tree.map(lambda leaf: leaf.astype(float), start)


def trained(path, **changes):
    options = {"every": EVERY, "settings": SETTINGS, "members": MEMBERS, "saving": 0.0}
    options |= {"portray": portrayed, "inspect": inspected, "pictures": 10}
    options |= {"steps": STEPS, "judge": JUDGE}
    options |= {"key": mm.stack(map(jax.random.key, SEEDS)), "start": mm.stack(map(born, SEEDS))}
    options |= {"rule": walking(jnp.array(ENDS)), "over": ("rule", "start", "key")}
    return train(GAME, folder=RunFolder(path), **options | changes)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("whole"))


def same(one, other):
    jax.tree.map(np.testing.assert_array_equal, one.final, other.final)
    for ours, theirs in zip(one.members, other.members, strict=True):
        assert (ours.verdict, ours.steps) == (theirs.verdict, theirs.steps)
        here, there = ours.folder, theirs.folder
        assert [path.name for path in here.pictures()] == [path.name for path in there.pictures()]
        for name in [
            "metrics.jsonl",
            "looks.jsonl",
            *(f"pictures/{path.name}" for path in here.pictures()),
        ]:
            assert (here.path / name).read_bytes() == (there.path / name).read_bytes()


def test_a_member_is_the_run_of_its_seed_to_rounding(whole, tmp_path):
    """One program multiplies the matrices of all members at once, which may round otherwise."""
    alone = trained(
        tmp_path, members=None, key=jax.random.key(5), start=born(5), rule=walking(ENDS[1])
    )
    member = whole.members[1]
    ours, theirs = (done.final.ravel()[0] for done in (member, alone))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(member.folder.lines(), alone.folder.lines(), strict=True):
        assert (ours["step"], ours["verdict"]) == (theirs["step"], theirs["verdict"])
        np.testing.assert_allclose(ours["losses"], theirs["losses"], rtol=1e-10)
    assert len(member.folder.pictures()) == len(alone.folder.pictures()) == 5
    looks = zip(member.folder.lines("looks.jsonl"), alone.folder.lines("looks.jsonl"), strict=True)
    for ours, theirs in looks:
        assert (ours["step"], ours["done"]) == (theirs["step"], theirs["done"])
        for name in ("first", "turned"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-10)
    kept, options = member.folder.checkpoint(), {"key": jax.random.key(5), "every": EVERY}
    start = kept.profile(born(5))
    onward = mm.run(GAME, walking(ENDS[1]), start, EVERY, state=kept.state, **options)
    assert onward.verdict.steps == STEPS + EVERY


def test_one_that_diverges_stops_where_it_was_good_and_the_others_go_on(whole):
    assert whole.verdict == "2 diverged, 2 running"
    steps = [member.steps for member in whole.members]
    assert steps[:2] == [STEPS, STEPS] and steps[3] == EVERY < steps[2] < STEPS
    for member in whole.members:
        last = member.folder.lines()[-1]
        assert (last["verdict"], last["step"]) == (member.verdict, member.steps)
        assert np.all(np.isfinite(member.final.ravel()[0]))
    kept = [member.folder.checkpoint() for member in whole.members[:3]]
    assert [point.step for point in kept] == [STEPS, STEPS, steps[2] - EVERY]
    for point, member in zip(kept, whole.members, strict=False):
        jax.tree.map(np.testing.assert_array_equal, point.profile(born(0)), member.final)
    jax.tree.map(np.testing.assert_array_equal, whole.members[3].final, born(9))
    with pytest.raises(mm.InputError, match="seed-9, but .* It diverged before the first one"):
        whole.members[3].folder.checkpoint()


def test_the_rows_of_all_members_are_told_together(tmp_path):
    told = []
    trained(tmp_path, steps=EVERY, tell=lambda step, row: told.append((step, row["losses"])))
    assert [step for step, _ in told] == [0, EVERY]
    lines = [member.lines()[0] for member in RunFolder(tmp_path).runs]
    np.testing.assert_array_equal(told[0][1], [line["losses"] for line in lines])


def test_a_member_has_a_folder_like_any_run(whole):
    both = whole.folder
    assert both.settings["seed"] == list(SEEDS)
    assert [one.settings["seed"] for one in both.runs] == list(SEEDS)
    assert all(one.settings["data"] == "ring" and one.made == both.made for one in both.members)
    assert all(one.exists and one.home.path == both.path.resolve() for one in both.members)
    assert [line["step"] for line in both.lines("times.jsonl")] == list(range(EVERY, 41, EVERY))
    assert not RunFolder(both.path / "seed-4").exists


PROGRAM = """
import sys
sys.path[:0] = {places!r}
import conftest
from tests.training import test_ensembles
test_ensembles.trained({path!r})
"""


@pytest.mark.slow
def test_killed_by_the_system_and_resumed_it_ends_the_same(whole, tmp_path):
    path, tests = tmp_path / "run", pathlib.Path(__file__).parents[1]
    program = PROGRAM.format(places=[str(tests), str(tests.parent)], path=str(path))
    other = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE)
    lines, waited = RunFolder(path / "seed-5"), 0.0
    while len(lines.lines()) < 4 and other.poll() is None and waited < 120:
        time.sleep(0.01)
        waited += 0.01
    other.kill()
    assert b"Error" not in other.communicate()[1]
    same(trained(path, resume=True), whole)


@pytest.mark.parametrize("moment", range(25, 85, 7))
def test_dead_at_any_write_and_resumed_it_ends_the_same(moment, whole, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        dying(patched, moment)
        with pytest.raises(Death):
            trained(tmp_path)
    same(trained(tmp_path, resume=True), whole)


def test_an_ensemble_of_which_all_diverged_is_over(tmp_path):
    lost = {"rule": walking(jnp.array([300.0, 100.0, 200.0, 1e9])), "steps": 2000}
    done = trained(tmp_path, **lost)
    assert done.verdict == "4 diverged"
    assert done.steps < 2000
    again = trained(tmp_path, **lost, resume=True)
    same(again, done)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"members": {}}, "0 names, but must be one for each of the 4 runs"),
        ({"members": {"a": {}, "b": {}}}, "2 names, but must be one for each of the 4 runs"),
        ({"members": {**MEMBERS, "../up": {}}}, r"\.\./up, but must be named by letters"),
        ({"members": {**MEMBERS, "pictures": {}}}, "pictures, but must be named by letters"),
        ({"key": jax.random.key(0)}, "an array of keys"),
    ],
)
def test_what_is_no_ensemble_is_refused_and_nothing_is_written(changes, said, tmp_path):
    with pytest.raises(mm.InputError, match=said):
        trained(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_an_ensemble_goes_on_with_its_own_members(whole):
    path = whole.folder.path
    others = {f"seed-{seed}": {"seed": seed} for seed in (3, 5, 7, 8)}
    with pytest.raises(mm.InputError, match=r"seed: \[3, 5, 7, 9\] there, \[3, 5, 7, 8\] here\."):
        trained(path, members=others, resume=True)
    renamed = {name.replace("-", "_"): own for name, own in MEMBERS.items()}
    with pytest.raises(mm.InputError, match=r"members: \['seed-3', .* here\."):
        trained(path, members=renamed, resume=True)
    with pytest.raises(mm.InputError, match="seed-3, but .* It goes on with its ensemble: resume"):
        trained(path / "seed-3", resume=True)


def test_a_run_inside_is_not_written_over(whole, tmp_path):
    with pytest.raises(mm.InputError, match="seed-3, but must be one without a run in it"):
        trained(whole.folder.path / "seed-3")
    RunFolder(tmp_path / "run" / "seed-5").begin(SETTINGS, {})
    with pytest.raises(mm.InputError, match="seed-5, but must be one without a run in it"):
        trained(tmp_path / "run")
    assert not RunFolder(tmp_path / "run").exists
