"""Best settings: optima that have closed forms, the worst of several games, and what is refused."""

import math

import jax.numpy as jnp
import pytest

import minimax_lab as mm

TO = {"rel": 1e-6}
BOTH = ("step", "direction.decay")


def single(sigma=2.0):
    return mm.games.bilinear(sigma)


def complex_pair(real=1.0, imaginary=2.0):
    return mm.games.quadratic(real, imaginary, real)


def test_descent_on_curvatures_between_two_numbers():
    """|1 - h m| and |1 - h M| are equal at h = 2 / (m + M). Textbook."""
    best = mm.tune(mm.games.quadratic(1.0, 0.0, 5.0), mm.Simultaneous(0.1))
    assert best.settings["step"] == pytest.approx(2 / 6, **TO)
    assert best.radius == pytest.approx(4 / 6, **TO)
    assert sorted(best.active.real) == pytest.approx([-4 / 6, 4 / 6], **TO)
    assert not best.defective


def test_descent_on_a_complex_pair():
    """|1 - h l| is least at h = Re l / |l|^2, where it is the sine of the angle of l."""
    best = mm.tune(complex_pair(), mm.Simultaneous(0.1))
    assert best.settings["step"] == pytest.approx(1 / 5, **TO)
    assert best.radius == pytest.approx(2 / 5**0.5, **TO)
    assert best.rule.step == best.settings["step"]


def test_extragradient_on_two_bilinear_games():
    """1 - u + u^2 with u = (h s)^2 is equally large at two singular values where their u add up
    to one.
    """
    best = mm.tune((single(1.0), single(2.0)), mm.Extragradient(0.1))
    assert best.settings["step"] == pytest.approx(5**-0.5, **TO)
    assert best.radius == pytest.approx((1 - 0.2 + 0.2**2) ** 0.5, **TO)
    assert len(best.active) == 4
    assert len(best.spectra) == 2


def test_optimistic_descent_on_a_bilinear_game():
    """k^2 - (1 - 2 i s) k - i s has a double root of modulus 1 / sqrt 2 at s = h sigma = 1/2; below
    it the larger root shrinks with s, above it grows.
    """
    best = mm.tune(single(), mm.Optimistic(0.1))
    assert best.settings["step"] == pytest.approx(1 / 4, **TO)
    assert best.radius == pytest.approx(0.5**0.5, **TO)
    assert best.defective


def test_consensus_on_a_bilinear_game():
    """1 - h (g s^2 + i s) is least at h = g / (g^2 s^2 + 1), where it is 1 / sqrt(1 + g^2 s^2)."""
    best = mm.tune(single(), mm.Simultaneous(0.1, mm.Consensus(0.7)))
    assert best.settings["step"] == pytest.approx(0.7 / (0.49 * 4 + 1), **TO)
    assert best.radius == pytest.approx((1 + 0.49 * 4) ** -0.5, **TO)


def test_consensus_of_any_strength_is_descent_on_the_field_squared():
    """With h g = c held and h going to zero the eigenvalue 1 - c s^2 is left, as small as one
    likes: there is no best, and the settings say that they lie at an end.
    """
    best = mm.tune(
        single(), mm.Simultaneous(0.1, mm.Consensus(0.7)), ("step", "direction.strength")
    )
    assert best.edge == ("direction.strength",)
    assert best.radius == pytest.approx((1 + (50 * 2) ** 2) ** -0.5, rel=1e-4)


def test_heavy_ball_on_curvatures_between_two_numbers():
    """h = 4 / (sqrt m + sqrt M)^2, decay = ((sqrt M - sqrt m) / (sqrt M + sqrt m))^2, radius its
    root, and both ends of the spectrum defective. Polyak 1964.
    """
    best = mm.tune(mm.games.quadratic(1.0, 0.0, 25.0), mm.Simultaneous(0.1, mm.Momentum(0.1)), BOTH)
    assert best.settings["step"] == pytest.approx(4 / 36, **TO)
    assert best.settings["direction.decay"] == pytest.approx((4 / 6) ** 2, **TO)
    assert best.radius == pytest.approx(4 / 6, **TO)
    assert best.defective


def test_heavy_ball_on_a_complex_pair():
    """k^2 - (1 + b - h l) k + b has a double root where 1 + b = h Re l and 2 sqrt(-b) = h Im l: the
    decay is negative, and the radius sqrt(-b) the tangent of half the angle of l. Derived; at an
    angle of 90 degrees it is one, so momentum at once does not help a bilinear game.
    """
    best = mm.tune(complex_pair(), mm.Simultaneous(0.1, mm.Momentum(0.1)), BOTH)
    radius = math.tan(math.atan2(2, 1) / 2)
    assert best.settings["step"] == pytest.approx(1 - radius**2, **TO)
    assert best.settings["direction.decay"] == pytest.approx(-(radius**2), **TO)
    assert best.radius == pytest.approx(radius, **TO)
    assert best.defective


def test_negative_momentum_in_turn_on_a_bilinear_game():
    """(k - 1)^2 (k - b)^2 + (h s)^2 k^3 (Gidel et al. 2019) has a triple root -r at b = -(2 - sqrt
    3)^2, (h s)^2 = 64 r / 9, r = 2 sqrt 3 - 3. Derived: r^2 = -3 b, and b^2 + 14 b + 1 = 0.
    """
    best = mm.tune(single(), mm.Alternating(0.1, mm.Momentum(0.1)), BOTH)
    radius = 2 * 3**0.5 - 3
    assert best.settings["step"] == pytest.approx((64 * radius / 9) ** 0.5 / 2, **TO)
    assert best.settings["direction.decay"] == pytest.approx(-((2 - 3**0.5) ** 2), rel=5e-6)
    assert best.radius == pytest.approx(radius, **TO)
    assert best.defective


def fading(x, sample):
    return jnp.sin(x[0]) * x[1], -jnp.sin(x[0]) * x[1]


def test_what_cannot_be_tuned_is_refused():
    rule = mm.Simultaneous(0.1, mm.Momentum(0.1))
    refused = {
        "Did you mean 'direction.decay'": {"over": "direction.deacy"},
        "names of one to 2 settings": {"over": ("step", "step", "step")},
        "a setting of the rule": {"over": "game.data[0][0][0]"},
        r"\(lowest, highest\), the first below": {"within": {"step": (1.0, 0.1)}},
        "Simultaneous.step is -1.0, but must be": {"within": {"step": (-1.0, 0.1)}},
        "one of step": {"within": {"setp": (0.1, 1.0)}},
        "an equilibrium": {"x": (1.0, 1.0)},
    }
    for said, given in refused.items():
        with pytest.raises(mm.InputError, match=said):
            mm.tune(single(), rule, **given)
    with pytest.raises(mm.InputError, match="an equilibrium, such as one of mm.find_equilibria"):
        mm.tune(mm.Game(fading), rule)
    with pytest.raises(mm.InputError, match="Adam"):
        mm.tune(single(), mm.Simultaneous(0.1, mm.Adam()))
