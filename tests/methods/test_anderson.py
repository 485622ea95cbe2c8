"""Anderson mixing against SciPy's GMRES and what released codes do; windows, remedies, safeguards.
Its textbook form is in `tests/references`.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse.linalg

import minimax_lab as mm
from minimax_lab.rules import anderson

SIZE = 4
RNG = np.random.default_rng(11)
LEFT, RIGHT = (np.linalg.qr(RNG.normal(size=(SIZE, SIZE)))[0] for _ in "AB")
A = LEFT @ np.diag([0.25, 0.5, 0.7, 1.0]) @ RIGHT.T
CURVED = 0.1 * np.eye(SIZE) + 0.05 * np.diag(np.arange(SIZE))
B, C = RNG.normal(size=(2, SIZE))
START = (RNG.normal(size=SIZE), RNG.normal(size=SIZE))
BILINEAR = mm.games.bilinear(A, B, C)
QUADRATIC = mm.games.quadratic(CURVED, A, CURVED[::-1, ::-1], B, C)
PLAIN = {"remedy": None}


def test_a_window_is_as_long_as_there_is_room_for(monkeypatch):
    """Three rings of m rows of 4 numbers and three m x m tables, in four copies of eight bytes."""
    monkeypatch.setattr(anderson, "room", lambda: 4 * 8 * 3 * 3 * (4 + 3))
    anderson._demand_room(3, jnp.zeros(4))
    with pytest.raises(mm.InputError, match=r"memory is 4.*at most 3.*3,072 bytes.*has 2,016"):
        anderson._demand_room(4, jnp.zeros(4))
    with pytest.raises(mm.InputError, match="float32 or float64"):
        anderson._demand_room(1, jnp.zeros(4, jnp.bfloat16))


def map_of(rule, game=QUADRATIC):
    """g of a memoryless rule as a function of one flat vector."""

    @jax.jit
    def image(w):
        x = mm.Profile((w[:SIZE], w[SIZE:]))
        return rule.update(game, x, rule.init(game, x, None), mm.Tick(0, None))[0].ravel()[0]

    return lambda w: np.asarray(image(w))


def walk(rule, steps, game=QUADRATIC, start=START, **watched):
    run = mm.run(game, rule, start, steps, observe={"x": mm.position} | watched)
    return np.concatenate([run.observed["x"][0], run.observed["x"][1]], 1), run


def gmres_point(matrix, right, start, k):
    """x_k of SciPy's GMRES: one cycle of k steps."""
    return (
        scipy.sparse.linalg.gmres(matrix, right, x0=start, rtol=1e-300, restart=k, maxiter=1)[0]
        if k
        else start
    )


def linear_part(image, size):
    """M and d of g(w) = M w + d."""
    d = image(np.zeros(size))
    return np.stack([image(row) - d for row in np.eye(size)], 1), d


@pytest.mark.parametrize("solver", [mm.Gram(), mm.Orthogonal()])
def test_the_next_point_is_the_map_of_the_gmres_point(solver):
    inner = mm.Alternating(1.0)
    image = map_of(inner, BILINEAR)
    found, _ = walk(mm.Anderson(inner, 2 * SIZE, solver=solver), 2 * SIZE - 1, BILINEAR)
    matrix, right = linear_part(image, 2 * SIZE)
    for k in range(2 * SIZE - 1):
        expected = image(gmres_point(np.eye(2 * SIZE) - matrix, right, found[0], k))
        np.testing.assert_allclose(
            found[k + 1], expected, atol=1e-10 * np.abs(found[0]).max(), err_msg=str(k)
        )


def test_cycles_that_land_are_restarted_gmres_however_expanding_the_map():
    inner = mm.Simultaneous(5.0)
    image = map_of(inner, BILINEAR)
    found, run = walk(
        mm.Anderson(inner, 4, restart=mm.Restart(land=True)), 40, BILINEAR, mixing=mm.mixing
    )
    matrix, right = linear_part(image, 2 * SIZE)
    system, w = np.eye(2 * SIZE) - matrix, found[0]
    for cycle in range(1, 9):
        w = gmres_point(system, right, w, 4)
        np.testing.assert_allclose(found[5 * cycle], w, atol=1e-9 * np.abs(found[0]).max())
    residuals = np.linalg.norm(right - found[::5] @ system.T, axis=1)
    assert np.all(np.diff(residuals) < 0)
    assert run.observed["mixing"].stagnations[-1] > 8


def test_simultaneous_descent_on_a_bilinear_game_stagnates_at_its_first_mixing_and_is_seen_to():
    inner = mm.Simultaneous(0.5)
    image = map_of(inner, BILINEAR)
    stuck, run = walk(mm.Anderson(inner, 10, **PLAIN), 4, BILINEAR, mixing=mm.mixing)
    np.testing.assert_allclose(stuck[2], stuck[1], atol=1e-14)
    np.testing.assert_array_equal(run.observed["mixing"].stagnations[:3], [0, 0, 1])
    assert not run.observed["mixing"].remedied.any()

    found, run = walk(mm.Anderson(inner, 10), 2 * SIZE + 1, BILINEAR, mixing=mm.mixing)
    np.testing.assert_allclose(found[2], image(image(found[0])), atol=1e-13)
    # With its own step where it stagnates it is GMRES still, one evaluation a dimension: 2n of them
    # lead to the saddle.
    matrix, right = linear_part(image, 2 * SIZE)
    for k in range(2, 2 * SIZE, 2):
        expected = image(gmres_point(np.eye(2 * SIZE) - matrix, right, found[0], k))
        np.testing.assert_allclose(found[k + 1], expected, atol=1e-9, err_msg=str(k))
    np.testing.assert_allclose(found[-1], mm.games.saddle(BILINEAR).ravel()[0], atol=1e-9)
    assert run.observed["mixing"].stagnations[-1] == SIZE
    assert run.observed["mixing"].remedied[-1]


@pytest.mark.parametrize(
    ("memory", "remedy"),
    [
        (2, mm.Restart(land=True)),
        (4, mm.Restart(land=True)),
        (4, mm.Repeated(mm.Simultaneous(0.8), 2)),
        (4, mm.Alternating(0.8)),
    ],
)
def test_every_remedy_converges_where_the_plain_form_does_not(memory, remedy):
    found = [
        mm.solve(BILINEAR, mm.Anderson(mm.Simultaneous(0.8), memory, remedy=r), START, most=600)
        for r in (remedy, None)
    ]
    assert [solution.verdict.kind == "converged" for solution in found] == [True, False]


def test_a_window_that_diverges_without_stagnating_is_seen_to():
    random, size = np.random.default_rng(1), 10
    A, (u, v) = random.normal(size=(size, size)), random.uniform(size=(2, size))
    game = mm.games.quadratic(np.outer(u, u), A, np.outer(v, v))
    start = mm.Profile((random.normal(size=size), random.normal(size=size)))
    left = {}
    for remedy in (None, mm.Restart(land=True), mm.Alternating(0.15)):
        rule = mm.Anderson(mm.Simultaneous(0.15), 4, remedy=remedy)
        run = mm.run(
            game,
            rule,
            start,
            400,
            every=400,
            observe={"mixing": mm.mixing, "residual": mm.residual},
        )
        left[remedy] = run.observed["residual"][-1] / run.observed["residual"][0]
        assert run.observed["mixing"].stagnations[-1] == 0
        assert run.observed["mixing"].remedied[-1] == (remedy is not None)
    assert left.pop(None) > 10
    assert max(left.values()) < 0.1


def test_projections_that_vanish_are_stagnations_and_not_solved_from_rounding():
    """On a skew field every other projection of kind 1 is singular."""
    run = mm.run(
        BILINEAR,
        mm.Anderson(mm.Simultaneous(0.5), 4, kind=1),
        START,
        80,
        observe={"mixing": mm.mixing, "x": mm.residual},
    )
    assert run.observed["mixing"].stagnations[-1] > 8
    assert run.observed["mixing"].coefficients.max() < 1e4
    assert run.observed["x"][-1] < 0.05 * run.observed["x"][0]


def test_differences_that_are_rounding_are_no_columns():
    slope = mm.zero_sum(lambda x, _: 3.7 * jnp.sum(x[0]) - 1.3 * jnp.sum(x[1]))
    start = (np.full(3, 0.3), np.full(3, 0.7))
    run = mm.run(
        slope, mm.Anderson(mm.Simultaneous(0.1), 4), start, 20, observe={"mixing": mm.mixing}
    )
    np.testing.assert_allclose(run.final[0], 0.3 - 20 * 0.37, rtol=1e-12)
    assert not run.observed["mixing"].rank.any()
    assert np.all(run.observed["mixing"].condition == 1)


def test_a_rule_that_may_take_over_is_paid_for():
    inner = mm.Simultaneous(0.1)
    assert mm.Anderson(inner, remedy=mm.Repeated(inner, 3)).cost(2) == inner.cost(2).times(3)
    assert mm.Anderson(inner).cost(2) == inner.cost(2)


def test_a_game_without_stagnation_is_mixed_alike_with_and_without_a_remedy():
    with_one, run = walk(mm.Anderson(mm.Simultaneous(0.4), 4), 15, mixing=mm.mixing)
    without, _ = walk(mm.Anderson(mm.Simultaneous(0.4), 4, **PLAIN), 15)
    np.testing.assert_allclose(with_one, without, atol=1e-12)
    assert run.observed["mixing"].stagnations[-1] == 0


def test_a_point_at_rest_has_not_stagnated():
    saddle = mm.games.saddle(BILINEAR)
    run = mm.run(
        BILINEAR,
        mm.Anderson(mm.Simultaneous(0.5), 4),
        saddle,
        20,
        observe={"mixing": mm.mixing, "x": mm.position},
    )
    assert run.observed["mixing"].stagnations[-1] == 0
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(run.observed))


def test_what_is_watched_of_a_mixing():
    """The rank of the columns, as many as there are so far, where it mixes; nothing elsewhere."""
    rule = mm.Anderson(mm.Alternating(0.2), 3, every=2, **PLAIN)
    _, run = walk(rule, 8, QUADRATIC, mixing=mm.mixing)
    assert run.observed["mixing"].rank.tolist() == [0, 0, 1, 0, 3, 0, 3, 0, 3]
    assert np.all(run.observed["mixing"].condition[[0, *range(1, 9, 2)]] == 1)
    assert run.observed["mixing"].coefficients[:2].tolist() == [1, 1]


def test_a_step_that_makes_things_worse_is_taken_back():
    """Around a map that expands in every direction, each mixing is refused after an evaluation."""
    inner = mm.Simultaneous(0.5)
    strict, run = walk(
        mm.Anderson(inner, 3, safeguard=mm.Safeguard(growth=1e-6), **PLAIN),
        9,
        BILINEAR,
        mixing=mm.mixing,
    )
    image = map_of(inner, BILINEAR)
    w = strict[0]
    for k in range(1, 10, 3):  # a plain step, one mixed, and back to what it replaced
        w = image(w)
        np.testing.assert_allclose(strict[k], w, atol=1e-13)
        w = image(w)
        np.testing.assert_allclose(strict[k + 2], w, atol=1e-13)
    told = run.observed["mixing"]
    assert told.rejections[-1] == 3
    # What was taken back is not what the point returned to was like.
    np.testing.assert_array_equal(told.residual[3::3], told.residual[2:-1:3])
    assert np.all(told.residual[1:-2:3] != told.residual[2:-1:3])
    free, _ = walk(mm.Anderson(inner, 3, **PLAIN), 9, BILINEAR)
    wide, run = walk(
        mm.Anderson(inner, 3, safeguard=mm.Safeguard(growth=1e6), **PLAIN),
        9,
        BILINEAR,
        mixing=mm.mixing,
    )
    np.testing.assert_allclose(free, wide, atol=1e-12)
    assert run.observed["mixing"].rejections[-1] == 0


def test_the_mixing_that_ends_a_cycle_is_judged_too():
    """Its window is empty by then."""
    strict, restart = mm.Safeguard(growth=1e-6), mm.Restart()
    rule = mm.Anderson(mm.Simultaneous(0.5), 1, safeguard=strict, restart=restart, **PLAIN)
    _, run = walk(rule, 9, BILINEAR, mixing=mm.mixing)
    assert run.observed["mixing"].rejections[-1] == 3


@pytest.mark.parametrize("guard", [mm.Safeguard(coefficients=1.5), mm.Safeguard(condition=1.5)])
def test_weights_beyond_their_bound_are_not_used(guard):
    _, run = walk(mm.Anderson(mm.Simultaneous(0.4), 4, safeguard=guard), 20, mixing=mm.mixing)
    seen = run.observed["mixing"]
    assert seen.rejections[-1] > 3
    assert (
        np.all(seen.coefficients <= 1.5)
        if guard.condition is None
        else np.all(seen.condition <= 1.5)
    )


def test_a_cutoff_without_a_fallback_damps_and_needs_fewer_updates_than_exact_weights():
    """Eighty numbers, a third of them in the window, whose columns grow nearly parallel."""
    game = mm.games.bilinear(np.diag(np.geomspace(0.4, 2.0, 40)))
    start = tuple(np.random.default_rng(1).normal(size=(2, 40)))
    found = {
        solver: mm.solve(
            game, mm.Anderson(mm.Alternating(0.4), 25, solver=solver), start, most=400
        ).steps
        for solver in (mm.Gram(cutoff=1e-5, fallback=None), mm.Orthogonal())
    }
    assert found[mm.Gram(cutoff=1e-5, fallback=None)] < found[mm.Orthogonal()] < 400


@pytest.mark.parametrize("condition", [1e4, 1e8])
@pytest.mark.parametrize("rule", [mm.Simultaneous(1.0), mm.Alternating(1.0)])
def test_ill_conditioned_games_end_in_numbers_and_an_honest_verdict(rule, condition):
    generator = np.random.default_rng(3)
    left, right = (np.linalg.qr(generator.normal(size=(10, 10)))[0] for _ in "AB")
    game = mm.games.bilinear(left * np.geomspace(1, 1 / condition, 10) @ right.T)
    run = mm.run(
        game,
        mm.Anderson(rule, 8),
        (generator.normal(size=10), generator.normal(size=10)),
        600,
        every=10,
        observe={"mixing": mm.mixing, "residual": mm.residual},
    )
    assert all(
        np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((run.observed["residual"], run.final))
    )
    assert (run.verdict.kind == "converged") == (run.observed["residual"][-1] < 1e-9)


@pytest.mark.parametrize(
    ("make", "optimum", "step", "squared", "updates"),
    [
        (mm.games.fleeing_minimax, (0.0, 0.0), 0.2, 1e-25, 20),
        (mm.games.bump, (0.40278777, 0.59721223), 0.5, 1e-12, 100),
        (mm.games.cycle_trap, (0.0, 0.0), 0.2, 1e-12, 100),
    ],
)
@pytest.mark.parametrize("walk_along", [mm.Simultaneous, mm.Alternating])
def test_the_toy_games_are_solved_as_fast_as_their_authors_show(
    make, optimum, step, squared, updates, walk_along
):
    run = mm.run(
        make(), mm.Anderson(walk_along(step), 20), (3.0, 3.0), updates, observe={"x": mm.position}
    )
    x, y = run.observed["x"]
    distances = (x - optimum[0]) ** 2 + (y - optimum[1]) ** 2
    assert distances.min() <= squared + 1e-15 * (
        optimum[0] != 0
    )  # the optimum of the second is listed to eight digits


def test_a_sweep_over_mixing_and_steps_is_each_run_alone():
    rules = mm.Anderson(mm.Simultaneous(np.array([0.2, 0.4])), 3, mixing=np.array([0.7, 1.0]))
    swept = mm.sweep(QUADRATIC, rules, START, 10, over="rule")
    for i, (step, mixing) in enumerate(((0.2, 0.7), (0.4, 1.0))):
        alone = mm.run(QUADRATIC, mm.Anderson(mm.Simultaneous(step), 3, mixing=mixing), START, 10)
        np.testing.assert_allclose(swept.final[0][i], alone.final[0], atol=1e-10)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: mm.Anderson(mm.Simultaneous(0.1), 0), ["Anderson.memory", "0", "at least 1"]),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), mixing=2.5),
            ["Anderson.mixing", "2.5", "at most 2"],
        ),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), mixing=0.0),
            ["Anderson.mixing", "greater than 0"],
        ),
        (lambda: mm.Anderson(mm.Simultaneous(0.1), kind=3), ["Anderson.kind", "1 or 2"]),
        (lambda: mm.Anderson(mm.Gradient()), ["inside Anderson", "must be an update rule"]),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), restart=3),
            ["Anderson.restart", "mm.Restart()"],
        ),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), remedy=mm.Gradient()),
            ["Anderson.remedy", "None"],
        ),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), kind=1, solver=mm.Orthogonal()),
            ["Anderson.solver", "mm.Gram()"],
        ),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), divergence=0.5),
            ["Anderson.divergence", "greater than 1"],
        ),
        (
            lambda: mm.Anderson(mm.Simultaneous(0.1), np.array([3, 5])),
            ["Anderson.memory", "a sweep for each"],
        ),
        (lambda: mm.Restart(keep=2), ["Restart.keep", "True or False"]),
        (
            lambda: mm.run(
                BILINEAR, mm.Anderson(mm.Simultaneous(0.1)), [jnp.ones(SIZE, jnp.bfloat16)] * 2, 1
            ),
            ["bfloat16", "float32 or float64"],
        ),
        (lambda: mm.Repeated(mm.Simultaneous(0.1), 0), ["Repeated.times", "at least 1"]),
        (
            lambda: mm.run(BILINEAR, mm.Anderson(mm.Simultaneous(0.1), 10**9), START, 1),
            ["Anderson.memory", "1000000000", "bytes"],
        ),
        (
            lambda: mm.run(BILINEAR, mm.Anderson(Growing()), START, 1),
            ["Growing", "another structure", "shape"],
        ),
        (
            lambda: mm.run(BILINEAR, mm.Simultaneous(0.1), START, 1, observe={"m": mm.mixing}),
            ["mm.mixing", "Anderson"],
        ),
        (lambda: mm.update_spectrum(BILINEAR, mm.Anderson(mm.Simultaneous(0.1)), START), ["0/0"]),
    ],
)
def test_bad_input_is_told_what_is_wrong(build, words):
    with pytest.raises(mm.InputError) as error:
        build()
    assert all(word in str(error.value) for word in words), str(error.value)


class Growing(mm.Simultaneous):
    """A rule whose profile grows."""

    step: float = 0.1

    def update(self, game, x, state, tick):
        return x.replace(0, jnp.concatenate([x[0], x[0]])), state
