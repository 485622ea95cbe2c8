"""A classifier trained from a seed, what it makes of pictures, and the file it is kept in."""

import json
import sys
import zipfile

import jax
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import images, measures

classifier = sys.modules["minimax_lab.measures.classifier"]
RANDOM = np.random.default_rng(3)


def test_it_is_right_about_what_it_never_saw_and_says_so(digits, judge):
    right = judge.probabilities(digits.test.pixels).argmax(axis=1) == digits.test.labels
    assert judge.accuracy == right.mean() > 0.93
    assert judge.held == len(digits.test) == 355
    assert repr(judge) == (
        f"<features digits: a classifier, right on {100 * right.mean():.1f} % of 355 pictures it "
        "never saw>"
    )


def test_the_same_seed_is_the_same_classifier_and_another_is_not(digits, judge):
    again = measures.classifier(digits, steps=150)
    jax.tree.map(np.testing.assert_array_equal, again.parameters, judge.parameters)
    other = measures.classifier(digits, steps=150, seed=1)
    assert not np.array_equal(other(digits.pixels[:5]), judge(digits.pixels[:5]))


def test_a_picture_has_the_same_features_in_any_company(digits, judge):
    features = judge(digits.pixels[:1500])
    assert features.shape == (1500, 64)
    np.testing.assert_allclose(judge(digits.pixels[1200:1203]), features[1200:1203], 1e-4, 1e-5)
    np.testing.assert_allclose(judge.probabilities(digits.pixels[:50]).sum(axis=1), 1, rtol=1e-6)


def test_it_is_kept_in_a_file_with_all_that_is_known_of_it(digits, judge, tmp_path):
    path = tmp_path / "digits.npz"
    judge.save(path)
    again = measures.load_classifier(path)
    np.testing.assert_array_equal(again(digits.pixels[:9]), judge(digits.pixels[:9]))
    assert repr(again) == repr(judge)
    header = json.loads(zipfile.ZipFile(path).read("header.json"))
    assert (header["steps"], header["seed"], header["sha256"]) == (150, 0, digits.sha256)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(mm.InputError, match="It is damaged"):
        measures.load_classifier(path)


def test_a_kept_one_is_read_and_never_taken_for_another(digits, judge, tmp_path, monkeypatch):
    path = tmp_path / "digits.npz"
    made = measures.classifier(digits, steps=150, kept=path)
    jax.tree.map(np.testing.assert_array_equal, made.parameters, judge.parameters)
    before = path.read_bytes()
    monkeypatch.setattr(classifier, "_trained", None)
    again = measures.classifier(digits, steps=150, kept=path)
    jax.tree.map(np.testing.assert_array_equal, again.parameters, judge.parameters)
    for given, options, said in (
        (digits, {"steps": 151}, "with steps 150, but must be one with steps 151"),
        (digits, {"steps": 150, "seed": 2}, "with seed 0, but must be one with seed 2"),
        (digits.test, {"steps": 150}, "with sha256"),
    ):
        with pytest.raises(mm.InputError, match=said):
            measures.classifier(given, kept=path, **options)
    with pytest.raises(mm.InputError, match="There is no folder"):
        measures.classifier(digits, kept=tmp_path / "nowhere" / "digits.npz")
    assert path.read_bytes() == before


def test_odd_sizes_and_colours_are_learnt_too():
    pixels = RANDOM.integers(0, 100, (60, 7, 5, 3), dtype=np.uint8)
    labels = np.arange(60) % 3
    pixels[np.arange(60), :, :, labels] += 120
    made = measures.classifier(images.Images(pixels, labels, "colours"), steps=60)
    assert made.accuracy == 1.0


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((3, 8, 8, 1)), "pixels is an array of float64"),
        (np.zeros((3, 8, 8), np.uint8), "pixels is an array of uint8, shape"),
        (np.zeros((3, 9, 8, 1), np.uint8), "pictures of 9 x 8 x 1, but must be of 8 x 8 x 1"),
    ],
)
def test_pictures_of_another_kind_are_refused(judge, pixels, said):
    with pytest.raises(mm.InputError, match=said):
        judge(pixels)


@pytest.mark.parametrize("labels", [None, np.zeros(9, int)])
def test_there_is_nothing_to_learn_without_classes(labels):
    one = images.Images(np.zeros((9, 4, 4, 1), np.uint8), labels)
    with pytest.raises(mm.InputError, match="a set with"):
        measures.classifier(one)


def test_the_score_is_between_one_and_the_number_of_classes():
    sure = np.eye(5)[RANDOM.permutation(np.repeat(np.arange(5), 20))]
    found = measures.classes(sure)
    assert (found.score, found.entropy, found.missing) == (pytest.approx(5), pytest.approx(1), [])
    one = measures.classes(np.eye(5)[np.zeros(100, int)])
    assert (one.score, one.entropy, one.missing) == (pytest.approx(1), 0, [1, 2, 3, 4])
    unsure = measures.classes(np.full((50, 5), 0.2))
    assert (unsure.score, unsure.missing) == (pytest.approx(1), [0, 1, 2, 3, 4])


def test_the_score_is_the_mean_divergence_from_the_mean():
    p = RANDOM.dirichlet(np.ones(3), 50)
    whole = p.mean(axis=0)
    divergences = [sum(a * np.log(a / b) for a, b in zip(row, whole, strict=True)) for row in p]
    np.testing.assert_allclose(measures.classes(p).score, np.exp(np.mean(divergences)), rtol=1e-12)


def test_a_class_is_covered_by_enough_pictures_that_are_surely_of_it():
    rare = np.eye(5)[np.r_[np.zeros(99, int), 1]]
    assert list(measures.classes(rare).covered) == [0]
    assert list(measures.classes(rare, share=0.05).covered) == [0, 1]
    unsure = np.array([[0.95, 0.05], [0.2, 0.8], [0.2, 0.8]])
    assert measures.classes(unsure).missing == [1]
    assert measures.classes(unsure, sure=0.8).missing == []
    assert list(measures.classes(unsure).counts) == [1, 2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.ones((3, 2)), "do not add up to one"),
        (np.array([[1.5, -0.5]]), "do not add up to one"),
        (np.ones((3, 1)), "those of one class"),
        (np.full((3, 2), np.nan), "probabilities is not finite in 3 of 3"),
    ],
)
def test_what_are_no_probabilities_is_refused(given, said):
    with pytest.raises(mm.InputError, match=said):
        measures.classes(given)
