"""Whole files or none, and the archive of arrays that runs and records share."""

import io
import json
import os
import pathlib
import re
import stat
import struct
import subprocess
import sys
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.checks import InputError
from minimax_lab.files import load_arrays, put, save_arrays, writing
from tests.faults import damage

HEADER = {"format": 1, "words": ["a", "b"]}
ARRAYS = {"a/b": np.arange(6.0).reshape(2, 3), "c": np.array(["x", "yy"]), "none": np.zeros((0, 2))}


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "old.txt"
    path.write_text("old")

    def interrupted():
        with writing(path) as temporary:
            temporary.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("old.txt", "old")]


def test_text_is_put_into_a_folder_made_for_it(tmp_path):
    put(tmp_path / "new" / "words.txt", "ä")
    assert (tmp_path / "new" / "words.txt").read_text(encoding="utf-8") == "ä"


def test_arrays_and_header_come_back_and_the_header_is_plain(tmp_path):
    path = tmp_path / "kept.npz"
    save_arrays(path, ARRAYS, HEADER)
    arrays, header = load_arrays(path, "kept", ("words",))
    assert header == HEADER
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert json.loads(zipfile.ZipFile(path).read("header.json")) == HEADER


def test_what_is_no_such_archive_is_told_in_one_line(tmp_path):
    save_arrays(tmp_path / "whole.npz", ARRAYS | {"long": np.arange(1000)}, HEADER)
    whole = (tmp_path / "whole.npz").read_bytes()
    middle = len(whole) // 2
    damaged = {
        "junk.npz": b"junk",
        "empty.npz": b"",
        "half.npz": whole[:middle],
        "bent.npz": whole[: middle - 20] + b"?" * 40 + whole[middle + 20 :],
    }
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "single.npy", np.ones(3))
    np.savez(tmp_path / "headless.npz", x=np.ones(3))
    np.savez(tmp_path / "pickled.npz", x=np.array([{}], object), about="{}")
    for name in (*damaged, "single.npy", "headless.npz", "pickled.npz"):
        with pytest.raises(mm.InputError) as told:
            load_arrays(tmp_path / name, "a keepsake", argument="kept")
        path = re.escape(str(tmp_path / name))
        assert re.fullmatch(
            rf"kept is {path}, but must be a keepsake\. It is damaged, or something else\.",
            str(told.value),
        )
    with pytest.raises(mm.InputError, match="but must be a run written by Run.save. It is someth"):
        mm.Run.load(tmp_path / "whole.npz")
    with pytest.raises(mm.InputError, match="a file that exists"):
        load_arrays(tmp_path / "nowhere.npz", "a keepsake")


def test_a_link_is_followed_and_what_it_names_is_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "kept.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    put(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    with pytest.raises(mm.InputError, match="path is .*can be written"):
        put(loop, "new")


def test_devices_and_pipes_are_written_to_and_stay_what_they_are(tmp_path):
    before = os.stat(os.devnull).st_mode
    with writing(os.devnull) as temporary:
        temporary.write_text("nothing")
    assert os.stat(os.devnull).st_mode == before
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    with writing(pipe) as temporary:
        temporary.write_text("through")
    assert reader.communicate(timeout=20)[0] == b"through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_what_is_replaced_leaves_its_permissions(tmp_path):
    path = tmp_path / "kept.txt"
    for mode in (0o600, 0o640, 0o666):
        path.write_text("old")
        path.chmod(mode)
        put(path, "new")
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_a_killed_process_left_is_removed_by_the_next_that_writes_there(tmp_path):
    program = (
        "import os, signal, sys; from minimax_lab.files import writing\n"
        "with writing(sys.argv[1]) as temporary: os.kill(os.getpid(), signal.SIGKILL)"
    )
    with writing(tmp_path / "ours.txt") as temporary:
        temporary.write_text("ours")
        subprocess.run([sys.executable, "-c", program, str(tmp_path / "theirs.txt")], check=False)
        assert len(list(tmp_path.glob(".minimax-*"))) == 2
        put(tmp_path / "other.txt", "")
        assert list(tmp_path.glob(".minimax-*")) == [temporary]
    assert {path.name for path in tmp_path.iterdir()} == {"ours.txt", "other.txt"}


def archive(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)


def npy(header, data=b""):
    text = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + data


def test_no_room_is_made_for_what_a_file_only_claims(tmp_path):
    path = tmp_path / "claims.npz"
    huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }"
    negative = "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"
    for header in (huge, negative, "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"):
        archive(path, {"a0.npy": npy(header, b"12345678"), "header.json": "{}"})
        with pytest.raises(mm.InputError, match="a keepsake. It is damaged"):
            load_arrays(path, "a keepsake")
    zeros = io.BytesIO()
    np.save(zeros, np.zeros(10**6))
    archive(path, {"a0.npy": zeros.getvalue(), "header.json": "{}"})
    arrays, _ = load_arrays(path, "a keepsake")  # small because it is all zeros
    assert arrays["a0"].shape == (10**6,)


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.npz"
    observe = {"x": mm.position}
    mm.run(mm.games.bilinear(1.0), mm.Optimistic(0.1), (1.0, 1.0), 4, observe=observe).save(path)
    return path


def test_a_run_cut_or_changed_anywhere_is_told_or_still_the_same(small_run, tmp_path):
    """Here at one place in 29 and one in 13; `make faults` tries all of them."""
    cuts = damage.tried(small_run, damage.cut, 29, tmp_path)
    bent = damage.tried(small_run, damage.bent, 13, tmp_path)
    assert cuts.unclear == bent.unclear == []
    assert cuts.told == cuts.tried
    assert bent.told > 0.7 * bent.tried


def test_a_run_of_a_later_format_says_so(small_run, tmp_path):
    arrays, header = load_arrays(small_run, "a run")
    save_arrays(tmp_path / "later.npz", arrays, header | {"format": 4})
    with pytest.raises(
        mm.InputError, match="format is 4, but must be at most 3. It was written by"
    ):
        mm.Run.load(tmp_path / "later.npz")
    save_arrays(tmp_path / "bent.npz", arrays, header | {"observed": {"array": 99}})
    with pytest.raises(mm.InputError, match="must be a run written by Run.save. It is damaged"):
        mm.Run.load(tmp_path / "bent.npz")


def test_a_run_that_cannot_be_saved_goes_on_and_says_so(tmp_path, monkeypatch):
    path = tmp_path / "gone" / "run.npz"
    path.parent.mkdir()
    from minimax_lab.running import drive

    advance, calls = drive.advance, []

    def removing(*arguments):
        calls.append(1)
        if len(calls) == 2:
            path.parent.rmdir()
        return advance(*arguments)

    monkeypatch.setattr(drive, "advance", removing)
    monkeypatch.setattr(drive, "ROWS", 10)
    monkeypatch.setattr(drive, "SAVING", 0.0)

    class Never(drive._Host):
        def keep(self):
            if len(calls) > 1:
                super().keep()

    monkeypatch.setattr(drive, "_Host", Never)
    game, rule = mm.games.bilinear(1.0), mm.Alternating(0.3)
    with pytest.warns(UserWarning, match="could not be saved: .*no folder.*tries again") as told:
        run = mm.run(game, rule, (1.0, 1.0), 60, observe={"x": mm.position}, save=path)
    assert len(told) == 1
    assert len(run.indices) == 61
    assert "no folder" in run.about["unsaved"]


def test_a_disk_that_is_full_costs_nothing_but_the_file(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("minimax_lab.files.np.savez_compressed", full)
    game, rule, path = mm.games.bilinear(1.0), mm.Alternating(0.3), tmp_path / "run.npz"
    with pytest.warns(UserWarning, match="No space left"):
        run = mm.run(game, rule, (1.0, 1.0), 60, save=path)
    monkeypatch.undo()
    assert "No space left" in run.about["unsaved"]
    run.save(path)
    assert mm.Run.load(path).about["unsaved"] == run.about["unsaved"]
    again = mm.run(game, rule, run.final, 60, state=run.state, save=path)
    assert "unsaved" not in again.about


def test_a_run_of_the_first_format_still_loads(tmp_path):
    """It kept its header as an array among the others."""
    run = mm.run(mm.games.bilinear(1.0), mm.Optimistic(0.1), (1.0, 1.0), 5, every=1)
    run.save(tmp_path / "now.npz")
    arrays, header = load_arrays(tmp_path / "now.npz", "a run")
    np.savez_compressed(tmp_path / "then.npz", about=json.dumps(header | {"format": 1}), **arrays)
    then, now = (mm.Run.load(tmp_path / f"{name}.npz") for name in ("then", "now"))
    assert then.about == now.about == run.about
    np.testing.assert_equal(tuple(then.verdict), tuple(now.verdict))
    np.testing.assert_equal(then.final.players, now.final.players)
    for ours, theirs in zip(then.state.leaves, now.state.leaves, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_runs_of_the_second_format_still_load_draw_and_go_on(name):
    """Their arrays were called a0, a1, ...; these two were written before they had names."""
    path = pathlib.Path(__file__).with_name(f"{name}_of_format_2.npz")
    assert "a0.npy" in zipfile.ZipFile(path).namelist()
    then, game, steps = mm.Run.load(path), mm.games.bilinear(1.0), jnp.array([0.1, 0.3])
    observe = {"residual": mm.residual, "position": mm.position, "losses": mm.losses}
    if name == "run":
        rule, verb, over = mm.Optimistic(0.1), mm.run, {}
    else:
        rule, verb = mm.Alternating(steps, mm.Momentum(-0.5)), mm.sweep
        over = {"over": ("rule", "start")}
    starts = (1.0, 1.0) if name == "run" else mm.stack([mm.Profile((1.0, 1.0))] * 2)
    now = verb(game, rule, starts, 6, observe=observe, **over)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), now.observed, then.observed
    )
    assert str(then.verdict) == str(now.verdict) and then.varied == {}
    on, again = (verb(game, rule, r.final, 6, state=r.state, **over) for r in (then, now))
    np.testing.assert_allclose(on.final.ravel()[0], again.final.ravel()[0], rtol=1e-12)


def test_the_arrays_of_a_file_have_the_names_of_what_they_are(small_run, tmp_path):
    with np.load(small_run) as arrays:
        names = set(arrays) - {"header.json"}
        assert {"final/0", "observed/x/1", "state/index", "verdict/code", "indices"} <= names
        assert {"state/state/previous/0", "state/x/1", "state/watch/start"} <= names
        np.testing.assert_array_equal(arrays["observed/x/0"][:2], [1.0, 0.9])
    run = mm.Run.load(small_run)
    run.save(tmp_path / "again.npz")
    with np.load(small_run) as before, np.load(tmp_path / "again.npz") as after:
        assert list(before) == list(after)
    odd = {"a b": 1.0, "a_b": 2.0, "../up": 3.0, "": 4.0, "ü/ß": 5.0}
    observe = {name: lambda view, value=value: value for name, value in odd.items()}
    mm.run(mm.games.bilinear(1.0), mm.Simultaneous(0.1), (1.0, 1.0), 1, observe=observe).save(
        tmp_path / "odd.npz"
    )
    loaded = mm.Run.load(tmp_path / "odd.npz")
    assert {name: rows[0] for name, rows in loaded.observed.items()} == odd
    names = zipfile.ZipFile(tmp_path / "odd.npz").namelist()
    assert len(set(names)) == len(names) and not any(".." in name for name in names)


def test_an_archive_whose_header_lacks_a_part_is_something_else(tmp_path):
    save_arrays(tmp_path / "half.npz", {"a": np.ones(2)}, {"settings": {}})
    arrays, header = load_arrays(tmp_path / "half.npz", "a record", ("settings",))
    assert header == {"settings": {}} and arrays["a"].tolist() == [1, 1]
    with pytest.raises(InputError, match="but must be a record. It is something else"):
        load_arrays(tmp_path / "half.npz", "a record", ("settings", "code"))
