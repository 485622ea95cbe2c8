"""Certified rates: closed forms, proofs that are checked and that fail where they are bent, real
runs under their Lyapunov functions, and what is refused.
"""

import dataclasses
import functools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab.analysis.programme import definite
from minimax_lab.symbolic.feedback import feedback
from theory.operators.fields import Fields, losses, shapes

pytest.importorskip("clarabel")

CLASS = mm.Monotone(mu=0.1, L=1.0)
EVERY = {
    "simultaneous": mm.Simultaneous(0.1),
    "extragradient": mm.Extragradient(0.5),
    "past extragradient": mm.PastExtragradient(0.4),
    "optimistic": mm.Optimistic(0.3),
    "momentum": mm.Simultaneous(0.1, mm.Momentum(-0.2)),
    "lookahead": mm.Lookahead(mm.Simultaneous(0.1), period=2),
    "repeated": mm.Repeated(mm.Simultaneous(0.1), 2),
    "alternating": mm.Alternating(0.1),
}


@functools.cache
def certified(name, window=1):
    return mm.certify(EVERY[name], CLASS, window=window)


CLOSED = {
    "descent on curvatures from 1 to 3": (
        mm.Simultaneous(0.5),
        mm.Interval(1.0, 3.0),
        0.5,
    ),
    "descent on a disc: |1 - h c| + h r": (mm.Simultaneous(0.25), mm.Disc(2.0, 1.0), 0.75),
    "heavy ball at Polyak's settings: (5 - 1) / (5 + 1)": (
        mm.Simultaneous(4 / 36, mm.Momentum(4 / 9)),
        mm.Interval(1.0, 25.0),
        4 / 6,
    ),
    "extragradient on bilinear games: 1 - u + u^2 at u = 1/4": (
        mm.Extragradient(0.5),
        mm.Rotation(1.0, 1.5),
        (1 - 1 / 4 + 1 / 16) ** 0.5,
    ),
    "alternation goes round": (mm.Alternating(0.5), mm.Rotation(1.0, 2.0), 1.0),
    "descent on a sector, at its slow corner": (
        mm.Simultaneous(0.2),
        mm.Sector(1.0, 2.0, 1.0),
        abs(1 - 0.2 * complex(math.cos(1), math.sin(1))),
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_the_worst_rate_over_spectra_is_the_closed_form_and_proved(name):
    rule, over, rate = CLOSED[name]
    proved = mm.certify(rule, over)
    assert proved.rate == pytest.approx(rate, rel=1e-7)
    assert rate <= proved.rate * (1 + 1e-12)
    assert proved.found <= proved.rate
    assert proved.check()


def test_a_bound_too_small_is_proved_by_neither_road():
    rule, over, rate = CLOSED["descent on a sector, at its slow corner"]
    proof = mm.certify(rule, over).proof
    assert not dataclasses.replace(proof, bound=Fraction(rate) * Fraction(9, 10)).check()
    first, *rest = proof.positive
    bent = ((*first[:-1], tuple(-c for c in first[-1])), *rest)
    assert not dataclasses.replace(proof, positive=bent).check()
    assert not dataclasses.replace(proof, rule=mm.Simultaneous(0.21)).check()


def test_the_system_of_a_rule_is_what_runs():
    """z' = A z + B u and y = C z + D u with u = v(y), beside the update itself, on v = l x."""
    rule, game = EVERY["optimistic"], mm.games.quadratic(0.7, 0.0, 0.7)
    system = feedback(rule).systems[0]
    A, B, C, D = (np.array(part, float) for part in (system.A, system.B, system.C, system.D))
    matrix = A + 0.7 * B @ np.linalg.solve(np.eye(len(D)) - 0.7 * D, C)
    values = mm.update_spectrum(game, rule, (0.0, 0.0)).values
    assert sorted(values[::2].real) == pytest.approx(sorted(np.linalg.eigvals(matrix).real))
    assert len(feedback(EVERY["alternating"]).systems) == 2
    assert feedback(EVERY["lookahead"]).period == 2


def test_one_step_of_descent_and_of_extragradient():
    """1 - 2 h mu + (h L)^2; and the factor that PEPit gives extragradient (OP-2), 21/22 here, which
    no Lyapunov function of the state alone beats, and one that looks back does.
    """
    descent = certified("simultaneous")
    assert descent.rate == pytest.approx((1 - 0.02 + 0.01) ** 0.5, rel=2e-6)
    assert descent.gap < 3e-6
    assert descent.check()
    once = certified("extragradient", window=0)
    assert once.rate == pytest.approx(21 / 22, rel=3e-6)
    assert certified("extragradient").rate < 0.9528 < once.rate


@pytest.mark.parametrize(
    "name",
    [
        *("momentum", "repeated", "alternating"),
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in EVERY
            if name not in ("momentum", "repeated", "alternating")
        ),
    ],
)
def test_certificate_and_worst_field_found_are_close(name):
    """Within a hundredth of each other, measured on the log of the rate."""
    proved = certified(name)
    assert proved.found <= proved.rate < 1
    assert math.log(proved.found) / math.log(proved.rate) <= 1.01
    assert proved.check()


def test_a_proof_of_a_smaller_rate_or_with_bent_multipliers_fails():
    proof = certified("momentum").proof
    assert proof.check()
    assert not dataclasses.replace(proof, rate=proof.rate - Fraction(1, 100)).check()
    weights = proof.multipliers
    at = int(np.argmax(weights.falling))
    falling = tuple(-w if i == at else w for i, w in enumerate(weights.falling))
    bent = dataclasses.replace(weights, falling=falling)
    assert not dataclasses.replace(proof, multipliers=bent).check()
    assert not dataclasses.replace(proof, over=mm.Monotone(mu=0.05, L=1.0)).check()
    assert not dataclasses.replace(proof, rule=mm.Simultaneous(0.2)).check()


def test_runs_on_bent_fields_stay_under_their_lyapunov_function():
    """V of the momentum's state and last answer, along real runs on fields with kinks."""
    proof = certified("momentum").proof
    P = np.array([[float(e) for e in row] for row in proof.multipliers.P[0]])
    build, look = jax.jit(Fields(0.1, 1.0)), jax.jit(lambda field, x: jax.vmap(field)(x))
    for seed in range(3):
        normal = np.random.default_rng(seed).standard_normal
        field, start = build({name: normal(shape) for name, shape in shapes(4, 2).items()})
        game, begin = mm.Game(losses, data=field), (start[:2], start[2:])
        run = mm.run(game, EVERY["momentum"], begin, 30, observe={"x": mm.position})
        x = np.concatenate(list(np.asarray(run.observed["x"])), axis=1)
        m = np.concatenate([np.zeros((1, 4)), (x[:-1] - x[1:]) / 0.1])
        zeta = np.stack([x, m, np.asarray(look(field, jnp.asarray(x)))], axis=1)
        V = np.einsum("tid,ij,tjd->t", zeta, P, zeta)
        assert np.all(V[1:] <= float(proof.rate) ** 2 * V[:-1] * (1 + 1e-9))
        assert np.all(np.sum(x**2, axis=1) * (1 - 1e-9) <= V)


def test_definite_is_the_sign_of_the_eigenvalues():
    matrix = [[2, -1, 0], [-1, 2, -1], [0, -1, 2]]
    exact = tuple(tuple(map(Fraction, row)) for row in matrix)
    assert definite(exact)
    least = Fraction(np.linalg.eigvalsh(np.array(matrix, float))[0]) + Fraction(1, 10**9)
    moved = [tuple(e - least * (i == j) for j, e in enumerate(row)) for i, row in enumerate(exact)]
    assert not definite(tuple(moved))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "over", "apart"),
    [
        (mm.Extragradient(0.5), mm.Cocoercive(0.1, 1.0), 2e-4),
        (mm.Simultaneous(0.5), mm.Cocoercive(0.1, 1.0), 3e-6),
        (mm.Alternating(0.1), mm.SaddlePoint(1.0, 1.0, 3.0), 2e-3),
        (mm.Simultaneous(0.1), mm.SaddlePoint(1.0, 2.0, 3.0), 0.02),
    ],
)
def test_other_classes_of_fields(rule, over, apart):
    proved = mm.certify(rule, over)
    assert 0 <= proved.gap < apart
    assert proved.check()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["descent", "extragradient"])
def test_pepit_says_the_same(method):
    pytest.importorskip("PEPit")
    from theory.verify.certificates import Question

    rule = {"descent": mm.Simultaneous(0.3), "extragradient": mm.Extragradient(0.3)}[method]
    ours = mm.certify(rule, mm.Monotone(mu=0.3, L=1.0), window=0)
    theirs = Question(method, 0.3, 1.0, 0.3)().value
    assert ours.rate**2 == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize(
    ("rule", "over", "said"),
    [
        (mm.Simultaneous(0.1, mm.Adam()), CLASS, "Adam divides by"),
        (mm.Simultaneous(0.1, mm.Consensus(1.0)), CLASS, "the game's `pull`"),
        (mm.Simultaneous(0.3), CLASS, "contracts on the class. It grows by 1.01489"),
        (mm.Alternating(0.3), mm.Interval(1.0, 2.0), "treats all players alike"),
        (mm.Simultaneous(0.3), mm.games.bilinear(1.0), "a class of games, such as"),
        (mm.Gradient(), CLASS, "an update rule"),
    ],
)
def test_what_cannot_be_certified_is_refused(rule, over, said):
    with pytest.raises(mm.InputError, match=said):
        mm.certify(rule, over)


@pytest.mark.parametrize(
    "make",
    [
        lambda: mm.Monotone(mu=2.0, L=1.0),
        lambda: mm.Cocoercive(mu=2.0, L=1.0),
        lambda: mm.SaddlePoint(mu=(1.0, 3.0), L=(2.0, 2.0), coupling=1.0),
        lambda: mm.Interval(2.0, 1.0),
        lambda: mm.Rotation(2.0, 1.0),
        lambda: mm.Sector(2.0, 1.0, 0.5),
    ],
)
def test_an_empty_class_is_refused(make):
    with pytest.raises(mm.InputError, match="No game is in that class"):
        make()
