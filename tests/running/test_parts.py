"""A sweep in parts is the sweep in one piece, whichever executor does them, and what is made is not
made again.
"""

import json
import multiprocessing
import pickle
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import executors
from minimax_lab.running import parts
from minimax_lab.running.progress import Meter
from tests.clusters import Here
from tests.running.test_verbs import CURVED, START, origin

STEPS = (0.02, 0.05, 0.08, 0.1, 0.4, 2.5, 1e60)  # the last two diverge
RULE = mm.Alternating(jnp.array(STEPS))
OPTIONS = {"observe": {"norm": origin}, "every": 10, "parts": 4}
PLAIN = {"observe": OPTIONS["observe"], "every": 10}


@pytest.fixture(scope="module")
def whole():
    return mm.sweep(CURVED, RULE, START, 360, **PLAIN)


def same(one, other):
    for ours, theirs in zip(jax.tree.leaves(one.state), jax.tree.leaves(other.state), strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    for ours, theirs in zip(one.verdict, other.verdict, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(one.indices, other.indices)
    np.testing.assert_array_equal(one.observed["norm"], other.observed["norm"])


def test_parts_joined_are_the_whole(whole):
    """Two runs a part, the last filled up; it is over before the others, as the two last runs."""
    with ThreadPoolExecutor(2) as threads:
        joined = mm.sweep(CURVED, RULE, START, 360, executor=threads, **OPTIONS)
    assert list(whole.verdict.kind == "diverged") == [False] * 5 + [True] * 2
    same(joined, whole)
    assert {**joined.about, "seconds": 0} == {**whole.about, "seconds": 0}


def test_processes_begun_anew_give_the_same_numbers(whole):
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as processes:
        joined = mm.sweep(CURVED, RULE, START, 360, executor=processes, **OPTIONS)
    same(joined, whole)


def test_parts_go_on_from_an_earlier_sweep(whole):
    options = {"executor": Here(), **OPTIONS}
    half = mm.sweep(CURVED, RULE, START, 120, **options)
    over = ("rule", "start")
    rest = mm.sweep(CURVED, RULE, half.final, 240, state=half.state, over=over, **options)
    np.testing.assert_array_equal([*half.indices, *rest.indices[1:]], whole.indices)
    for ours, theirs in zip(jax.tree.leaves(rest.state), jax.tree.leaves(whole.state), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fewer = mm.Alternating(jnp.array(STEPS[:3]))
    with pytest.raises(mm.InputError, match="of other shapes .* a sweep as many runs"):
        mm.sweep(CURVED, fewer, START, 40, state=half.state, **options)
    with pytest.raises(mm.InputError, match="state is int, but must be the .state of a sweep"):
        mm.sweep(CURVED, RULE, START, 40, state=3, **options)


def test_a_part_that_fails_is_named_and_the_same_call_makes_only_it(whole, tmp_path):
    place, broken = tmp_path / "parts", Here(3, RuntimeError("no such worker"))
    with pytest.raises(mm.PartsError) as caught:
        mm.sweep(CURVED, RULE, START, 360, executor=broken, save=place, **OPTIONS)
    told = str(caught.value)
    assert "1 of 4 parts of the sweep failed" in told and f"finished are in {place}" in told
    assert "runs 6 to 6 (rule.step 1e+60 to 1e+60): RuntimeError: no such worker" in told
    assert list(caught.value.failed) == [range(6, 7)]
    assert list(caught.value.finished) == [range(2), range(2, 4), range(4, 6)]
    found = caught.value.finished[range(4, 6)]
    np.testing.assert_array_equal(found.verdict.steps, whole.verdict.steps[4:6])
    again = Here()
    same(mm.sweep(CURVED, RULE, START, 360, executor=again, save=place, **OPTIONS), whole)
    assert again.asked == 1
    same(mm.sweep(CURVED, RULE, START, 360, executor=again, save=place, **OPTIONS), whole)
    assert again.asked == 1


def test_a_folder_of_parts_belongs_to_one_sweep(tmp_path):
    def sweep(rule=RULE, steps=360, parts=4, **more):
        options = {**OPTIONS, "parts": parts, "executor": Here(), "save": tmp_path / "parts"}
        return mm.sweep(CURVED, rule, START, steps, **(options | more))

    sweep()
    for other in (
        {"rule": mm.Alternating(jnp.array(STEPS[::-1]))},
        {"rule": mm.Simultaneous(jnp.array(STEPS))},
        {"steps": 320},
        {"parts": 7},
        {"observe": {"norm": mm.residual}},
        {"judge": mm.Judge(tolerance=0.1)},
    ):
        with pytest.raises(mm.InputError, match="save is .* Its parts are of another one"):
            sweep(**other)
    (tmp_path / "parts" / "runs-0000000.npz").write_bytes(b"torn")
    with pytest.raises(mm.InputError, match="save is .*runs-0000000.npz, but must be a part"):
        sweep()
    with pytest.raises(mm.InputError, match="a folder for the parts. There is a file"):
        sweep(save=tmp_path / "parts" / "sweep.json")


def test_what_is_given_up_says_so():
    with pytest.raises(mm.PartsError, match=r"in \.finished .*: it was given up; is the executor"):
        mm.sweep(CURVED, RULE, START, 360, executor=Here(1), **OPTIONS)


def test_a_game_that_does_not_fit_is_told_before_anything_is_sent():
    executor = Here()
    with pytest.raises(TypeError):
        mm.sweep(CURVED, RULE, (jnp.ones(2), jnp.ones(3)), 360, executor=executor, **OPTIONS)
    assert executor.asked == 0


def test_ctrl_c_cancels_what_has_not_begun_and_keeps_what_has_finished(monkeypatch, tmp_path):
    class Interrupted(Here):
        """A second job that is never begun, while somebody grows impatient."""

        def submit(self, function, *arguments):
            if self.asked:
                self.left = Future()
                return self.left
            return super().submit(function, *arguments)

    executor, save = Interrupted(), tmp_path / "parts"

    def impatient(*_):
        raise KeyboardInterrupt

    options = OPTIONS | {"parts": 2, "executor": executor, "save": save}
    monkeypatch.setattr(parts, "save_arrays", impatient)
    with pytest.raises(KeyboardInterrupt) as caught:  # which holds on to the frames it came through
        mm.sweep(CURVED, RULE, START, 360, **options)
    assert executor.left.cancelled() and caught
    monkeypatch.undo()

    class Impatient(Meter):
        def show(self, done, told=""):
            if done:
                raise KeyboardInterrupt

    monkeypatch.setattr(parts, "Meter", Impatient)
    executor.asked = 0
    with pytest.raises(KeyboardInterrupt):
        mm.sweep(CURVED, RULE, START, 360, **options)
    assert executor.left.cancelled()
    assert [path.name for path in save.glob("*.npz")] == ["runs-0000000.npz"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"executor": 3}, "executor is 3, but must be an executor of concurrent.futures"),
        ({"executor": Here}, "executor is <class .*an executor of concurrent.futures"),
        ({"executor": Here(), "devices": jax.devices()}, "devices is .* left out"),
        ({"executor": Here(), "parts": 0}, "parts is 0, but must be a whole number, at least 1"),
        ({"executor": Here(), "save": 3}, "save is 3, but must be a folder for the parts"),
        ({"save": "parts"}, "save is parts, but must be left out where there is no executor"),
    ],
)
def test_what_does_not_go_together_is_refused(options, said):
    with pytest.raises(mm.InputError, match=said):
        mm.sweep(CURVED, RULE, START, 360, **options)


def test_processes_that_are_forked_are_refused():
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, fork) as forked, pytest.raises(mm.InputError, match="outlive a fo"):
        mm.sweep(CURVED, RULE, START, 360, executor=forked)


def test_an_executor_that_is_shut_takes_no_work():
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    with pytest.raises(mm.InputError, match="executor is .* takes work. cannot schedule new"):
        mm.sweep(CURVED, RULE, START, 360, executor=threads, **PLAIN)


def test_what_cannot_be_sent_is_refused(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cloudpickle", None)
    options = {"observe": {"norm": lambda view: view.after.norm()}, "executor": Here()}
    with pytest.raises(mm.InputError, match="function is .* sent .*top of a module"):
        mm.sweep(CURVED, RULE, START, 360, **options)


def ended(*given):
    with executors.finished(*given) as results:
        return list(results)


def narrow(x):
    return jnp.asarray(x).dtype.name, jax.config.jax_numpy_dtype_promotion


def test_the_settings_of_who_sends_go_along():
    """The threads of a pool do not inherit what a block says, and are left as they were."""
    with ThreadPoolExecutor(1) as threads:
        for mode in ("standard", "strict"):
            with jax.numpy_dtype_promotion(mode):
                (one,) = ended(threads, narrow, {"one": (0.5,)})
            assert one == ("one", ("float64", mode), None)
        with executors._x64(False):
            (one,) = ended(threads, narrow, {"one": (0.5,)})
        assert one.value == ("float32", "strict")
        assert threads.submit(narrow, 0.5).result() == ("float64", "strict")


def wrong():
    raise ValueError("of no use")


def test_an_error_of_a_job_is_its_own():
    jobs = {"one": ()}
    (one,) = ended(Here(0, KeyError("a")), wrong, jobs)
    assert (one.name, one.value, str(one.error)) == ("one", None, "'a'")
    with ThreadPoolExecutor(1) as threads:
        (one,) = ended(threads, wrong, jobs)
    assert str(one.error) == "of no use"
    ticks = []
    ended(Here(), len, {"a": ("",), "b": ("",)}, ticks.append)
    assert ticks[-1] == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "--executor is , but must be dask://HOST:PORT, processes://N or MODULE:NAME"),
        ("dask://", "but must be dask://HOST:PORT"),
        ("dask://somewhere", "but must be dask://HOST:PORT"),
        ("processes://two", "but must be dask://HOST:PORT"),
        ("processes://0", "--executor processes is 0, but must be a whole number, at least 1"),
        ("tcp://here:1", "but must be dask://HOST:PORT"),
        ("no_such_module:open", "that is there. No module named 'no_such_module'"),
        ("json:nothing", "that is there. module 'json' has no attribute 'nothing'"),
        ("json:loads", "Called, it fails .TypeError"),
        ("json:JSONDecoder", "What it gives does not do: executor is"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address, said):
    with pytest.raises(mm.InputError, match=said), executors.opened(address):
        pass


def test_a_function_of_a_module_opens_one():
    with executors.opened("tests.clusters:Here") as executor:
        assert executor.submit(len, "abc").result() == 3
    assert executors.packed({"a": 1}, "it")
    assert pickle.loads(executors.packed(json.dumps, "it")) is json.dumps
