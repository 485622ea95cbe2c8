"""Whole files or none, and the archive of arrays that runs and records share."""

import json
import re
import zipfile

import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.checks import InputError
from minimax_lab.files import load_arrays, put, save_arrays, writing

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


def test_an_archive_whose_header_lacks_a_part_is_something_else(tmp_path):
    save_arrays(tmp_path / "half.npz", {"a": np.ones(2)}, {"settings": {}})
    arrays, header = load_arrays(tmp_path / "half.npz", "a record", ("settings",))
    assert header == {"settings": {}} and arrays["a"].tolist() == [1, 1]
    with pytest.raises(InputError, match="but must be a record. It is something else"):
        load_arrays(tmp_path / "half.npz", "a record", ("settings", "code"))
