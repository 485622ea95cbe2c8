"""Anderson mixing against its textbook form, SciPy's GMRES, and what released codes do; windows, remedies, safeguards."""

import jax
import numpy as np
import pytest
import scipy.sparse.linalg

import minimax_lab as mm

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


def textbook(image, w, steps, memory, *, mixing=1.0, kind=2, restart=None, ridge=None):
    """w' = g - DG y - (1 - b)(f - DF y), column by column, as the books write it."""
    seen, df, dg, past = [w], [], [], None
    for _ in range(steps):
        g = image(w)
        f = g - w
        if past is not None:
            df, dg = [*df, f - past[0]][-memory:], [*dg, g - past[1]][-memory:]
        past, w = (f, g), g - (1 - mixing) * f
        if df:
            F, G = np.array(df).T, np.array(dg).T
            S = G - F
            if ridge is not None:
                system = F.T @ F + ridge * (np.linalg.norm(S) ** 2 + np.linalg.norm(F) ** 2) * np.eye(len(df))
                y = np.linalg.lstsq(system, F.T @ f, rcond=None)[0]
            else:
                y = np.linalg.lstsq(F, f, rcond=None)[0] if kind == 2 else np.linalg.solve(S.T @ F, S.T @ f)
            w = g - G @ y - (1 - mixing) * (f - F @ y)
            if restart is not None and len(df) == memory:
                df, dg, past = [], [], past if restart.keep else None
        seen.append(w)
    return np.array(seen)


@pytest.mark.parametrize(
    ("options", "reference"),
    [
        ({}, {}),
        ({"solver": mm.Orthogonal()}, {}),
        ({"solver": mm.Gram(fallback=None)}, {}),
        ({"mixing": 0.6}, {"mixing": 0.6}),
        ({"kind": 1}, {"kind": 1}),
        ({"restart": mm.Restart()}, {"restart": mm.Restart()}),
        ({"restart": mm.Restart(keep=True)}, {"restart": mm.Restart(keep=True)}),
        ({"solver": mm.Gram(ridge=1e-3)}, {"ridge": 1e-3}),
    ],
)
def test_iterates_are_those_of_the_textbook(options, reference):
    inner = mm.Simultaneous(0.4)
    found, _ = walk(mm.Anderson(inner, 3, **PLAIN, **options), 12)
    expected = textbook(map_of(inner), np.concatenate(START), 12, 3, **reference)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_delay_and_every_mix_where_they_say():
    inner = mm.Simultaneous(0.3)
    image, w = map_of(inner), np.concatenate(START)
    late, _ = walk(mm.Anderson(inner, 3, delay=2, **PLAIN), 6)
    plain = [w, image(w), image(image(w))]
    np.testing.assert_allclose(late[:3], plain, atol=1e-14)
    np.testing.assert_allclose(late[2:], textbook(image, plain[2], 4, 3), atol=1e-10)

    seen, run = walk(mm.Anderson(inner, 5, every=3, **PLAIN), 9, mixing=mm.mixing)
    np.testing.assert_array_equal(run.observed["mixing"].rank, [0, 0, 0, 2, 0, 0, 5, 0, 0, 5])
    for k in (0, 1, 3, 4, 6, 7):
        np.testing.assert_allclose(seen[k + 1], image(seen[k]), atol=1e-14)


def gmres_point(matrix, right, start, k):
    """x_k of SciPy's GMRES: one cycle of k steps."""
    return scipy.sparse.linalg.gmres(matrix, right, x0=start, rtol=1e-300, restart=k, maxiter=1)[0] if k else start


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
        np.testing.assert_allclose(found[k + 1], expected, atol=1e-10 * np.abs(found[0]).max(), err_msg=str(k))


def test_cycles_that_land_are_restarted_gmres_however_expanding_the_map():
    inner = mm.Simultaneous(5.0)
    image = map_of(inner, BILINEAR)
    found, run = walk(mm.Anderson(inner, 4, restart=mm.Restart(land=True)), 40, BILINEAR, mixing=mm.mixing)
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
    # With its own step where it stagnates it is GMRES still, one evaluation a dimension: 2n of them lead to the saddle.
    matrix, right = linear_part(image, 2 * SIZE)
    for k in range(2, 2 * SIZE, 2):
        expected = image(gmres_point(np.eye(2 * SIZE) - matrix, right, found[0], k))
        np.testing.assert_allclose(found[k + 1], expected, atol=1e-9, err_msg=str(k))
    np.testing.assert_allclose(found[-1], mm.games.saddle(BILINEAR).ravel()[0], atol=1e-9)
    assert run.observed["mixing"].stagnations[-1] == SIZE
    assert run.observed["mixing"].remedied[-1]


@pytest.mark.parametrize(
    ("memory", "remedy"),
    [(2, mm.Restart(land=True)), (4, mm.Restart(land=True)), (4, mm.Repeated(mm.Simultaneous(0.8), 2)), (4, mm.Alternating(0.8))],
)
def test_every_remedy_converges_where_the_plain_form_does_not(memory, remedy):
    found = [mm.solve(BILINEAR, mm.Anderson(mm.Simultaneous(0.8), memory, remedy=r), START, most=600) for r in (remedy, None)]
    assert [solution.verdict.kind == "converged" for solution in found] == [True, False]


def test_a_game_without_stagnation_is_mixed_alike_with_and_without_a_remedy():
    with_one, run = walk(mm.Anderson(mm.Simultaneous(0.4), 4), 15, mixing=mm.mixing)
    without, _ = walk(mm.Anderson(mm.Simultaneous(0.4), 4, **PLAIN), 15)
    np.testing.assert_array_equal(with_one, without)
    assert run.observed["mixing"].stagnations[-1] == 0


def test_a_point_at_rest_has_not_stagnated():
    saddle = mm.games.saddle(BILINEAR)
    run = mm.run(BILINEAR, mm.Anderson(mm.Simultaneous(0.5), 4), saddle, 20, observe={"mixing": mm.mixing, "x": mm.position})
    assert run.observed["mixing"].stagnations[-1] == 0
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(run.observed))
