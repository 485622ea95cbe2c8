"""What is said of single rules and directions besides their formulas (`tests/references`): equality
of relatives, and costs by hand count.
"""

import jax
import jax.numpy as jnp
import lineax as lx
import numpy as np
import optax
import pytest

import minimax_lab as mm
from tests.methods.every import rules


def saddle(x, data):
    """x'Ax/2 + x'By - y'Cy/2."""
    a, b, c = data
    return x[0] @ a @ x[0] / 2 + x[0] @ b @ x[1] - x[1] @ c @ x[1] / 2


RNG = np.random.default_rng(7)
A, B, C = (m @ m.T for m in RNG.normal(size=(3, 2, 2)))
GAME = mm.zero_sum(saddle, (jnp.asarray(A), jnp.asarray(B), jnp.asarray(C)))
J = np.block([[A, B], [-B.T, C]])
X = np.array([1.0, -2.0, 0.5, 3.0])
ONE = np.eye(4)
SKEW = (J - J.T) / 2
H = 0.1


def walk(rule, steps, game=GAME, start=X, key=None):
    """The first of eight steps, whatever their number: equal rules share a program."""
    seen = mm.run(
        game, rule, (start[:2], start[2:]), max(steps, 8), observe={"x": mm.position}, key=key
    ).observed["x"]
    return np.concatenate([seen[0], seen[1]], 1)[: steps + 1]


@pytest.mark.parametrize("decay", [0.9, -0.5])
def test_momentum_is_the_heavy_ball_and_optax_trace(decay):
    seen = walk(mm.Simultaneous(H, mm.Momentum(decay)), 6)
    ball = [X, X - H * J @ X]
    for _ in range(5):
        ball.append(ball[-1] - H * J @ ball[-1] + decay * (ball[-1] - ball[-2]))
    np.testing.assert_allclose(seen, ball, rtol=1e-11)
    tx = optax.chain(optax.trace(decay), optax.scale(-H))
    x, state = jnp.asarray(X), tx.init(jnp.asarray(X))
    for _ in range(6):
        update, state = tx.update(J @ x, state)
        x = x + update
    np.testing.assert_allclose(seen[-1], x, rtol=1e-11)


def test_clipping_shortens_long_directions_and_leaves_short_ones():
    v = J @ X
    lengths = np.linalg.norm(v[:2]), np.linalg.norm(v[2:])
    moved = (X - walk(mm.Simultaneous(H, mm.Clipped(mm.Gradient(), (1e-3, 1e3))), 1)[1]) / H
    np.testing.assert_allclose(moved[:2], v[:2] / lengths[0] * 1e-3, rtol=1e-9)
    np.testing.assert_allclose(moved[2:], v[2:], rtol=1e-12)
    np.testing.assert_allclose(walk(mm.Simultaneous(H, mm.Clipped()), 1, start=0 * X)[1], 0 * X)


def test_follow_the_ridge_keeps_the_follower_on_its_ridge():
    """With x_f on the ridge v_f = 0 of a quadratic, the next profile is on it too, whatever the
    leader does.
    """
    start = np.r_[X[:2], np.linalg.solve(C, B.T @ X[:2])]
    seen = walk(mm.FollowTheRidge(H), 4, start=start)
    np.testing.assert_allclose(seen[:, 2:] @ C, seen[:, :2] @ B, atol=1e-11)
    np.testing.assert_allclose(seen[1, :2], start[:2] - H * (J @ start)[:2], rtol=1e-11)
    singular = mm.zero_sum(saddle, (jnp.asarray(A), jnp.asarray(B), jnp.zeros((2, 2))))
    assert np.all(np.isfinite(walk(mm.FollowTheRidge(H), 3, singular)))


@pytest.mark.parametrize("decay", [1.0, 1.5, -1.0])
def test_momentum_that_never_fades_is_refused(decay):
    with pytest.raises(mm.InputError, match="Momentum.decay is"):
        mm.Momentum(decay)


def test_a_solver_that_gives_up_stops_no_walk():
    """GMRES in three dimensions, of which one step is done."""
    curved = mm.games.quadratic(np.eye(3), np.ones((3, 3)), np.diag([1.0, 2.0, 3.0]))
    hasty = mm.FollowTheRidge(0.1, solver=lx.GMRES(rtol=1e-9, atol=1e-9, max_steps=1, restart=1))
    run = mm.run(curved, hasty, (np.ones(3), np.ones(3)), 10)
    assert run.verdict.steps == 10


def test_paired_consensus_is_unbiased_where_one_draw_is_not(key):
    """v_b = (J + E) x, E entries N(0, s^2): E[(J+E)'(J+E)]x = J'Jx + 4 s^2 x, and two draws remove
    the last term.
    """
    game = mm.Game(linear_losses, data=jnp.asarray(J), draw=shaken)
    profile = mm.Profile(jnp.asarray(X))

    def mean(paired):
        direction = mm.Consensus(1.0, paired=paired)
        memory = direction.init(game, profile, key)
        ticks = jax.random.split(key, 40_000)
        drawn = jax.vmap(lambda k: direction(game, profile, memory, mm.Tick(0, k))[0].ravel()[0])(
            ticks
        )
        return np.mean(drawn, 0), np.std(drawn, 0) / np.sqrt(len(drawn))

    truth = J @ X + J.T @ J @ X
    single, error = mean(False)
    assert np.max(np.abs(single - truth) / error) > 10
    assert np.all(np.abs(single - truth - 4 * 0.25 * X) < 4 * error)
    pair, error = mean(True)
    assert np.all(np.abs(pair - truth) < 4 * error)


def linear_losses(x, matrix):
    """Four scalar players whose field is matrix @ x, for any matrix."""
    z = jnp.stack(x.players)
    return tuple(z * (matrix @ z) - jnp.diag(matrix) * z**2 / 2)


def shaken(data, key):
    return data + 0.5 * jax.random.normal(key, data.shape, data.dtype)


def test_near_an_equilibrium_the_aligned_adjustment_has_its_positive_sign():
    """There both products of the sign rule vanish like |v|^4 and its constant 1/10 decides."""
    near = 1e-3 * X
    aligned, plain = (
        walk(mm.Simultaneous(H, mm.Symplectic(0.7, align=align)), 1, start=near)[1]
        for align in (True, False)
    )
    np.testing.assert_allclose(aligned, plain, rtol=1e-12)
    far = walk(mm.Simultaneous(H, mm.Symplectic(0.7)), 1, start=100 * X)[1]
    v, pulled = 100 * J @ X, 100 * J.T @ J @ X
    adjustment = 100 * SKEW.T @ J @ X
    sign = np.sign((v @ pulled) * (adjustment @ pulled))
    np.testing.assert_allclose(far, 100 * X - H * (v + 0.7 * sign * adjustment), rtol=1e-11)


def test_schedules_are_resolved_by_the_loop_and_equal_optax():
    for ours, theirs in (
        (mm.Linear(0.2, 0.05, 4), optax.linear_schedule(0.2, 0.05, 4)),
        (mm.Cosine(0.2, 4, low=0.1), optax.cosine_decay_schedule(0.2, 4, 0.1)),
        (mm.InverseRoot(0.2), lambda k: 0.2 / np.sqrt(k + 1)),
        (
            mm.Warmup(mm.Linear(0.2, 0.1, 4), 3),
            lambda k: min(1, (k + 1) / 3) * max(0.2 - 0.025 * k, 0.1),
        ),
    ):
        x = X
        for k in range(6):
            x = x - float(theirs(k)) * J @ x
        np.testing.assert_allclose(walk(mm.Simultaneous(ours), 6)[-1], x, rtol=1e-9)
    strengths = walk(mm.Simultaneous(H, mm.Consensus(mm.Linear(1.0, 0.0, 2))), 2)
    one = (ONE - H * (J + J.T @ J)) @ X
    np.testing.assert_allclose(strengths[2], (ONE - H * (J + 0.5 * J.T @ J)) @ one, rtol=1e-12)


BY_HAND = {  # gradient blocks, Jacobian products, linear solves per update, two players
    "simultaneous": (2, 0, 0),
    "alternating": (2, 0, 0),
    "extragradient": (4, 0, 0),
    "extragradient, both": (4, 0, 0),
    "past extragradient": (2, 0, 0),
    "optimistic": (2, 0, 0),
    "mean of alternating": (2, 0, 0),
    "exponential mean of alternating": (2, 0, 0),
    "lookahead of alternating": (2, 0, 0),
    "twice of alternating": (4, 0, 0),
    "anderson of alternating": (2, 0, 0),
    "follow the ridge": (2, 1, 1),
}


def test_declared_costs_are_the_costs_counted_by_hand():
    assert {name: tuple(rule.cost(2)) for name, rule in rules().items()} == BY_HAND
    assert tuple(mm.Alternating(H, order=(1, 1, 1, 0)).cost(2)) == (4, 0, 0)
    assert tuple(mm.Simultaneous(H, mm.Consensus(1.0)).cost(2)) == (2, 1, 0)
    assert tuple(mm.Alternating(H, mm.Consensus(1.0)).cost(2)) == (4, 2, 0)
    assert tuple(mm.Extragradient(H, mm.Adam(mm.Symplectic(1.0))).cost(3)) == (6, 4, 0)
    # The adversary's own turn needs no help; for another's its gradient is taken, once a draw.
    for paired, both, turns in ((False, (3, 1, 0), (3, 1, 0)), (True, (4, 2, 0), (4, 2, 0))):
        assisted = mm.AssistAdversary(paired=paired)
        assert tuple(mm.Simultaneous(H, assisted).cost(2)) == both
        assert tuple(mm.Alternating(H, assisted).cost(2)) == turns
    smoothing = mm.Smoothing((None, 1.0))
    assert tuple(mm.Simultaneous(H, smoothing).cost(2)) == (2, 1, 0)
    assert tuple(mm.Alternating(H, smoothing).cost(2)) == (3, 1, 0)
    assert tuple(mm.Simultaneous(H, mm.Smoothing(1.0)).cost(3)) == (3, 6, 0)


def test_a_decay_a_player_averages_the_generator_alone():
    """By hand on x y with step 0.5: w goes (3, 4), (1, 5.5), (-1.75, 6)."""
    rule = mm.Averaged(mm.Simultaneous(0.5), (0.75, 0.0))
    final = mm.run(mm.games.bilinear(1.0), rule, (3.0, 4.0), 2).final
    once = 0.75 * 3 + 0.25 * 1
    np.testing.assert_allclose(tuple(final), (0.75 * once + 0.25 * -1.75, 6.0), rtol=1e-15)
    found = mm.update_spectrum(mm.games.bilinear(1.0), rule, (0.0, 0.0)).values
    expected = [0, 0.75, 1 - 0.5j, 1 + 0.5j]
    np.testing.assert_allclose(sorted(found, key=lambda z: (z.real, z.imag)), expected, atol=1e-12)


@pytest.mark.parametrize(
    "rule",
    [
        mm.Averaged(mm.Alternating(0.3)),
        mm.Lookahead(mm.Simultaneous(0.3), period=2),
        mm.Simultaneous(0.3, mm.Adam()),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_a_loop_of_ones_own_may_count_in_plain_integers(rule):
    x = mm.Profile((jnp.asarray(X[:2]), jnp.asarray(X[2:])))
    state, expected = rule.init(GAME, x, None), walk(rule, 4)
    for index in range(4):
        x, state = rule.update(GAME, x, state, mm.Tick(index, None))
        np.testing.assert_allclose(np.concatenate(x), expected[index + 1], rtol=1e-12)
