"""All measures at once: what is broken ranks below what is real, and every number has its size."""

import numpy as np
import pytest
from scipy import ndimage

import minimax_lab as mm
from minimax_lab import measures

RANDOM = np.random.default_rng(5)
DIVERSE = ("recall", "coverage", "classifier score", "class entropy", "classes covered")


@pytest.fixture(scope="module")
def halves(digits):
    order = RANDOM.permutation(len(digits))
    return digits.pixels[order[:1200]], digits.pixels[order[1200:]]


@pytest.fixture(scope="module")
def reports(digits, judge, halves):
    """Of pictures of which each is worse than the ones before, and of noise."""
    real, other = halves
    blurred = ndimage.gaussian_filter(other.astype(float), (0, 0.7, 0.7, 0)).astype(np.uint8)
    kinds = {
        "real": other,
        "blurred": blurred,
        "half of the classes": np.resize(digits.pixels[digits.labels < 5], other.shape),
        "one class": np.resize(digits.pixels[digits.labels == 3], other.shape),
        "one picture": np.repeat(other[:1], len(other), axis=0),
        "noise": RANDOM.integers(0, 256, other.shape, dtype=np.uint8),
    }
    return {
        kind: measures.measure(real=real, fake=fake, features=judge, halvings=3)
        for kind, fake in kinds.items()
    }


def values(reports, name):
    return {kind: report[name].value for kind, report in reports.items()}


def test_real_pictures_are_as_good_as_real_ones(reports):
    for one in reports["real"].measures:
        scale = abs(one.value - reports["one picture"][one.name].value)
        away = abs(one.value - one.best)
        assert away < 0.05 * scale or one.name in ("precision", "density"), one
        assert away < 5 * one.spread + 0.02, one


def test_collapse_is_the_worst_of_all_by_every_measure_that_asks_for_all(reports):
    found = values(reports, "frechet")
    assert max(found, key=found.get) == "one picture"
    for name in DIVERSE:
        found = values(reports, name)
        assert found["one picture"] == min(found.values()), name
    assert found["real"] == 10
    assert reports["one picture"]["recall"].value == 0


def test_the_distance_grows_with_what_is_missing(reports):
    found = values(reports, "frechet")
    order = ["real", "half of the classes", "one class", "one picture"]
    assert sorted(order, key=found.get) == order
    for kind in found.keys() - {"real"}:
        assert found[kind] > 5 * reports["real"]["frechet"].value, kind


def test_blur_and_noise_are_seen_by_precision_and_missing_classes_are_not(reports):
    precision, recall = values(reports, "precision"), values(reports, "recall")
    assert precision["noise"] < 0.1
    lost = precision["real"] - precision["blurred"]
    assert lost > 3 * reports["blurred"]["precision"].spread
    assert precision["one class"] > 0.8 * precision["real"]
    assert recall["one class"] < recall["half of the classes"] < 0.7 * recall["real"]


def test_the_classes_that_are_missing_are_named(reports):
    assert reports["half of the classes"].classes.missing == [5, 6, 7, 8, 9]
    assert "classes missing: 0, 1, 2, 4, 5, 6, 7, 8, 9" in str(reports["one class"])
    assert "classes missing" not in str(reports["real"])


def test_a_report_says_counts_quality_spread_and_what_real_pictures_have(reports, judge):
    report = reports["real"]
    first, second, heading, *rows = str(report).splitlines()
    assert first == "600 real pictures, 597 fake"
    assert second == f"by {judge.quality}"
    assert heading.split() == ["value", "+-", "real", "against", "real"]
    assert [row.split("[digits]")[0] for row in rows] == [one.name for one in report.measures]
    one = report["frechet"]
    assert str(one) == (
        f"frechet[digits] = {one.value:.3g} +- {one.spread:.2g} (600 real, 597 fake; real against "
        f"real {one.best:.3g})"
    )
    plain = report.plain()
    assert plain["frechet[digits]"] == one.value
    assert plain["frechet[digits], real against real"] == one.best
    assert plain["recall[digits], spread"] == report["recall"].spread
    assert (plain["real pictures"], plain["fake pictures"]) == (600, 597)
    assert plain["features digits"] == judge.quality


def test_the_spread_is_that_of_other_samples(digits, judge):
    """Of 20 samples of 200, and what one sample tells of it."""
    real = digits.pixels[:500]
    found = [
        measures.measure(
            real=real,
            fake=digits.pixels[RANDOM.integers(0, len(digits), 200)],
            features=judge,
            halvings=20 if i == 0 else 0,
        )
        for i in range(20)
    ]
    for name in ("classifier score", "coverage"):
        seen = np.std([one[name].value for one in found], ddof=1)
        assert 0.4 < found[0][name].spread / seen < 2.5, name
    assert found[1]["coverage"].spread is None
    assert "coverage[digits]" in str(found[1])


def test_numbers_between_minus_one_and_one_are_the_bytes_they_round_to(judge, halves):
    real, fake = halves[0][:100], halves[1][:50]
    whole = measures.measure(real=real, fake=fake, features=judge)
    numbers = [given / 127.5 - 1 + 1e-4 for given in (real, fake)]
    numbers[0] = np.minimum(numbers[0], 1)
    rounded = measures.measure(real=numbers[0], fake=numbers[1], features=judge)
    assert rounded.plain() == whole.plain()


def test_the_order_of_real_pictures_does_not_choose_the_half(digits, judge):
    """Sorted by class, the first half would lack five of them."""
    real = digits.pixels[np.argsort(digits.labels, kind="stable")]
    found = measures.measure(real=real, fake=digits.pixels[:500], features=judge, halvings=0)
    assert found["frechet"].best < 10
    assert found["recall"].value > 0.9


def test_pixels_are_features_where_there_is_no_classifier(halves):
    found = measures.measure(real=halves[0][:200], fake=halves[1][:60], features=measures.Pixels())
    assert found["frechet"].label == "frechet[pixels]"
    assert found.classes is None
    with pytest.raises(mm.InputError, match="one of coverage, density, frechet"):
        found["classes covered"]
    assert any("fewer fake samples than the 64 features" in note for note in found.notes)
    assert found.notes[0] in str(found)
    assert found.plain()["notes on pixels"] == list(found.notes)


GOOD = np.zeros((40, 8, 8, 1), np.uint8)
BROKEN = np.where(np.arange(40)[:, None, None, None] == 7, np.nan, np.zeros((40, 8, 8, 1)))


@pytest.mark.parametrize(
    ("real", "fake", "said"),
    [
        (GOOD, BROKEN, "fake is not finite in 1 of 40 pictures, first in number 7"),
        (BROKEN, GOOD, "real is not finite in 1 of 40"),
        (GOOD * 255.0 + 255, GOOD, "real is numbers from 255 to 255"),
        (GOOD[:11], GOOD, "real is 11 pictures, but must be at least 12"),
        (GOOD, GOOD[:5], "fake is 5 pictures, but must be at least 6"),
        (GOOD, GOOD[:, :4], "fake is pictures of"),
        (GOOD[..., 0], GOOD, "real is an array of uint8"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(real, fake, said):
    with pytest.raises(mm.InputError, match=said):
        measures.measure(real=real, fake=fake, features=measures.Pixels())


def test_features_are_features():
    with pytest.raises(mm.InputError, match="features is"):
        measures.measure(real=GOOD, fake=GOOD, features="mnist")
