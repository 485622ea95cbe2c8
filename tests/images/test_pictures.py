"""Folders of pictures: subfolders are classes, all have one size or are brought to one, and what is
no picture is told or passed over.
"""

import pathlib
import sys

import numpy as np
import PIL.Image
import pytest
from tiny_sets import png, tiny, write

import minimax_lab as mm
from minimax_lab import images
from minimax_lab.images.contents import DamagedError

GREY = tiny(6, 4, 1, 2)
COLOURED = tiny(6, 4, 3, 2)


def laid(folder, made, names=("cat", "dog")):
    """A folder a class."""
    for i, (picture, label) in enumerate(zip(made.pixels, made.labels, strict=True)):
        write(folder / names[label], {f"{i}.png": png(np.squeeze(picture))})
    return folder


@pytest.mark.parametrize("made", [GREY, COLOURED], ids=["grey", "coloured"])
def test_the_folders_are_the_classes(tmp_path, made):
    folder = laid(tmp_path / "animals", made)
    write(folder, {"README.txt": b"words", ".hidden.png": b"no picture"})
    write(folder / "cat", {"Thumbs.db": b"words"})
    found = images.load(folder)
    order = np.argsort(made.labels, kind="stable")
    np.testing.assert_array_equal(found.pixels, made.pixels[order])
    np.testing.assert_array_equal(found.labels, made.labels[order])
    assert (found.name, found.classes, found.held) == ("animals", ("cat", "dog"), 0)


def test_pictures_side_by_side_have_no_labels(tmp_path):
    write(tmp_path, {f"{i}.png": png(picture) for i, picture in enumerate(COLOURED.pixels)})
    found = images.load(tmp_path)
    np.testing.assert_array_equal(found.pixels, COLOURED.pixels)
    assert found.labels is None


def test_train_and_test_are_the_two_parts(tmp_path):
    laid(tmp_path / "train", GREY)
    laid(tmp_path / "test", tiny(2, 4, 1, 2, seed=1))
    found = images.load(tmp_path)
    assert (len(found), found.held, found.classes) == (8, 2, ("cat", "dog"))
    np.testing.assert_array_equal(found.test.labels, [0, 1])
    np.testing.assert_array_equal(found.test.pixels, tiny(2, 4, 1, 2, seed=1).pixels)


def test_grey_among_colours_becomes_coloured_and_palettes_too(tmp_path):
    palette = PIL.Image.new("P", (4, 4), 0)
    palette.putpalette([200, 10, 20] * 256)
    palette.save(tmp_path / "a.gif")
    write(tmp_path, {"b.png": png(np.full((4, 4), 7, np.uint8))})
    found = images.load(tmp_path)
    assert found.pixels[0, 0, 0].tolist() == [200, 10, 20]
    assert found.pixels[1, 0, 0].tolist() == [7, 7, 7]


def test_pictures_of_several_sizes_are_refused_or_scaled_and_cropped_about_the_middle(tmp_path):
    wide = np.zeros((4, 8), np.uint8)
    wide[:, 2:6] = 200
    write(tmp_path, {"a.png": png(np.full((4, 4), 9, np.uint8)), "b.png": png(wide)})
    with pytest.raises(mm.InputError) as told:
        images.load(tmp_path)
    said = str(told.value)
    assert f"{tmp_path / 'b.png'} is of 4 x 8 pixels" in said and "a.png, 4 x 4" in said
    found = images.load(tmp_path, size=4)
    assert found.pixels[0].min() == found.pixels[0].max() == 9
    assert found.pixels[1].min() == found.pixels[1].max() == 200
    assert images.load(tmp_path, size=(2, 6)).shape == (2, 6, 1)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "There is none in it"),
        ({"notes.txt": b"words"}, "There is none in it"),
        ({"a.png": b"words"}, "a.png, but must be a picture"),
        ({"a.png": png(np.zeros((9, 9), np.uint8))[:-30]}, "a.png, but must be a picture"),
        ({"a.png": png(np.zeros((4, 4), np.uint16))}, "must be a picture of 8 bits a colour"),
    ],
    ids=["empty", "words", "no picture", "cut", "deep"],
)
def test_what_is_no_folder_of_pictures_is_told(tmp_path, files, words):
    with pytest.raises(mm.InputError, match=words):
        images.load(write(tmp_path, files))


def test_pictures_beside_the_folders_of_classes_are_refused(tmp_path):
    write(laid(tmp_path, GREY), {"more.png": png(np.zeros((4, 4), np.uint8))})
    with pytest.raises(mm.InputError, match="Some lie beside the folders of the classes"):
        images.load(tmp_path)


def test_a_vast_picture_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 10)
    write(tmp_path, {"vast.png": png(np.zeros((9, 9), np.uint8))})
    with pytest.raises(DamagedError, match="vast.png, but must be a picture of moderate size"):
        images.load(tmp_path)


def test_a_picture_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    write(tmp_path, {"a.png": png(np.zeros((4, 4), np.uint8))})

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(PIL.Image, "open", denied)
    with pytest.raises(mm.InputError, match="a.png, but must be a picture that can be read"):
        images.load(tmp_path)


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"\0")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "read_bytes", denied)
    with pytest.raises(mm.InputError, match=f"{path}, but must be a file that can be read"):
        images.load(path)


def test_without_pillow_it_says_what_to_install(tmp_path, monkeypatch):
    write(tmp_path, {"a.png": png(np.zeros((4, 4), np.uint8))})
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(mm.InputError, match=r'pip install "minimax_lab\[gan\]" or pillow alone'):
        images.load(tmp_path)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "size is 0"), ((1, 2, 3), "height and width"), (2.5, "size is 2.5")]
)
def test_a_size_that_is_none_is_refused(tmp_path, size, words):
    with pytest.raises(mm.InputError, match=words):
        images.load(laid(tmp_path, GREY), size=size)


def test_only_folders_of_pictures_are_scaled():
    with pytest.raises(mm.InputError, match="size is 28, .*digits is none"):
        images.load("digits", size=28)


def test_progress_is_told_as_pictures_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("minimax_lab.images.pictures.STRIDE", 2)
    told = []
    images.load(laid(tmp_path, GREY), progress=lambda *now: told.append(now))
    assert told == [(done, 12) for done in range(0, 12, 2)]
