"""A set of pictures keeps what it is told, splits evenly, and refuses what is none."""

import hashlib

import jax.numpy as jnp
import numpy as np
import pytest
from tiny_sets import tiny

import minimax_lab as mm
from minimax_lab.images import Images


def test_a_set_knows_its_size_and_cannot_be_written_to():
    pixels = np.zeros((6, 3, 2, 1), np.uint8)
    images = Images(pixels, [0, 2, 1, 0, 2, 1], "made", ("a", "b", "c"))
    assert (len(images), images.shape, images.labels.dtype) == (6, (3, 2, 1), np.int32)
    with pytest.raises(ValueError, match="read-only"):
        images.pixels[0] = 1
    pixels[0] = 1  # who gave them may still
    assert repr(images) == "<made: 6 pictures of 3 x 2 x 1, 3 classes>"


def test_classes_are_counted_where_they_have_no_names_and_none_are_needed():
    assert Images(np.zeros((2, 1, 1, 1), np.uint8), [0, 3]).classes == ("0", "1", "2", "3")
    assert Images(np.zeros((2, 1, 1, 1), np.uint8), classes=("a",)).classes == ()


def test_the_split_holds_out_every_fifth_of_each_class_and_loses_nothing():
    random = np.random.default_rng(3)
    labels = random.permutation(np.repeat([0, 1, 2], [50, 20, 35]))
    pixels = np.arange(105, dtype=np.uint8).reshape(-1, 1, 1, 1)
    images = Images(pixels, labels).split()
    assert np.bincount(images.train.labels).tolist() == [40, 16, 28]
    assert np.bincount(images.test.labels).tolist() == [10, 4, 7]
    assert images.test.labels[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert sorted(images.pixels.ravel()) == list(range(105))
    assert np.all(labels[images.pixels.ravel()] == images.labels)
    for part in (images.train, images.test):
        assert part.held == 0 and part.name == images.name


def test_the_split_of_a_set_without_labels_takes_every_nth():
    images = Images(np.arange(9, dtype=np.uint8).reshape(9, 1, 1, 1)).split(3)
    assert images.test.pixels.ravel().tolist() == [2, 5, 8]
    assert images.train.pixels.ravel().tolist() == [0, 1, 3, 4, 6, 7]
    assert images.test.labels is None


def test_a_reduced_set_has_the_first_of_every_class_and_the_same_share_for_tests():
    labels = np.array([0, 1] * 20 + [1, 0] * 10)
    pixels = np.arange(60, dtype=np.uint8).reshape(60, 1, 1, 1)
    whole = Images(pixels, labels, "coins", held=20)
    images = whole.reduced(12)
    assert images.name == "coins-12" and images.held == 4
    assert images.pixels.ravel().tolist() == [*range(8), *range(40, 44)]
    assert np.bincount(images.train.labels).tolist() == [4, 4]
    assert np.all(labels[images.pixels.ravel()] == images.labels)
    with pytest.raises(mm.InputError, match="count is 61, but must be at most 60"):
        whole.reduced(61)


def test_the_hash_is_of_pixels_and_labels():
    images = tiny()
    data = images.pixels.tobytes() + bytes(images.labels.tolist())
    assert images.sha256 == hashlib.sha256(data).hexdigest()
    assert Images(images.pixels).sha256 == hashlib.sha256(images.pixels.tobytes()).hexdigest()


def test_a_set_is_a_source_that_draws_every_picture_as_numbers_between_minus_one_and_one(key):
    source = mm.adversarial.Pictures(np.arange(4 * 9, dtype=np.uint8).reshape(4, 3, 3, 1))
    assert source.shape == (3, 3, 1)
    batch = np.asarray(source(key, 400))
    drawn = mm.adversarial.as_bytes(batch)
    counts = [np.sum(np.all(drawn == picture, axis=(1, 2, 3))) for picture in source.pixels]
    assert sum(counts) == 400 and min(counts) > 70  # 100 +- 9
    np.testing.assert_allclose(batch, drawn / 127.5 - 1, atol=1e-12)


def test_bytes_become_numbers_and_the_same_bytes_again():
    every = np.arange(256, dtype=np.uint8).reshape(16, 4, 4, 1)
    numbers = mm.adversarial.as_numbers(jnp.asarray(every), jnp.float32(2 / 255))
    assert (numbers.dtype, float(numbers.min()), float(numbers.max())) == (jnp.float32, -1.0, 1.0)
    np.testing.assert_array_equal(mm.adversarial.as_bytes(numbers), every)
    assert mm.adversarial.as_bytes(np.array([-3.0, 3.0])).tolist() == [0, 255]


GOOD = np.zeros((5, 2, 2, 1), np.uint8)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Images(GOOD.astype(float)), "an array of float64, shape .*must be bytes"),
        (lambda: Images(GOOD[..., 0]), "count, height, width, colours"),
        (lambda: Images(GOOD[:0]), "must be bytes"),
        (lambda: Images(GOOD, [0, 1]), "5 whole numbers, one a picture"),
        (lambda: Images(GOOD, np.zeros(5)), "an array of float64"),
        (lambda: Images(GOOD, [0, 1, -1, 0, 0]), "from -1 to 1, but must be from 0 on"),
        (lambda: Images(GOOD, [0, 1, 2, 0, 0], classes=("a", "b")), "below 2, the number of"),
        (lambda: Images(GOOD, held=5), "held is 5, but must be less than 5"),
        (lambda: Images(GOOD).test, "without a test part.*`split`"),
        (lambda: Images(GOOD).split(6), "too few pictures of each class"),
        (lambda: Images(GOOD).split(1), "every is 1"),
    ],
)
def test_what_is_no_set_is_refused(make, words):
    with pytest.raises(mm.InputError, match=words):
        make()
