"""What the page computes is what JAX computes, from the same objects."""

import functools
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from jax.flatten_util import ravel_pytree

import minimax_lab as mm
from minimax_lab.directions.base import Tick
from minimax_lab.explorer import bundle, programs, source, verb
from minimax_lab.explorer.leaves import turned
from minimax_lab.explorer.sums import Tables
from minimax_lab.profile import narrowed

GAMES = ("dirac_gp", "cubic")
RULES = (
    mm.Alternating((0.1, 0.2), mm.Momentum(-0.5)),
    mm.Lookahead(mm.Extragradient(0.1)),
    mm.Simultaneous(0.1, mm.Graft(mm.Symplectic(), mm.Adam())),
    mm.FollowTheRidge(0.1),
)
STATES, WALKED = 1000, 4  # as many walks, since most of one may be too far away to tell


@functools.cache
def carried(games=GAMES, rules=RULES):
    return bundle.bundled([bundle.of_catalogue(name) for name in games], bundle.labelled(rules))


def otherwise(found):
    """The numbers that can be turned, each turned a little."""
    return [0.9 * leaf.value + (0.05 if leaf.low < 0 else 0.0) for leaf in found.leaves]


def by_jax(game, rule, box, seed=0):
    """A thousand states on short walks from random starts: the index of the update, the state
    before and after, and the derivative of the one after along a direction.
    """
    draw = np.random.default_rng(seed)
    x = jnp.asarray(np.stack([draw.uniform(*side, STATES) for side in box], 1))

    def flat(pair):
        return jnp.concatenate([jnp.ravel(leaf).astype(float) for leaf in jax.tree.leaves(pair)])

    @jax.jit
    @jax.vmap
    def walk(point):
        x = game.project(mm.Profile((point[0], point[1])))

        def step(pair, k):
            real, rest = eqx.partition(pair, eqx.is_inexact_array)
            numbers, back = ravel_pytree(real)

            def after(real):
                whole = eqx.combine(back(real), rest)
                new = mm.at(rule, k).update(game, *whole, Tick(k, None))
                return flat(eqx.filter(new, eqx.is_inexact_array)), new

            along = (direction(numbers.size),)
            _, slope, new = jax.jvp(after, (numbers,), along, has_aux=True)
            return new, (k, flat(pair), flat(new), slope)

        return jax.lax.scan(step, (x, rule.init(game, x, None)), jnp.arange(WALKED, dtype="int32"))

    rows = [np.asarray(part).reshape(STATES * WALKED, -1) for part in walk(x)[1]]
    near = (np.abs(rows[1]).max(1) < 1e3) & np.all(np.isfinite(rows[2]), 1)
    kept = draw.permutation(np.flatnonzero(near))[:STATES]
    assert len(kept) == STATES
    return [part[kept] for part in rows]


def direction(size):
    return jnp.cos(jnp.arange(size, dtype=float))


STEPPED = """
  const game = DATA.games.find((one) => one.name === NAMES[0]);
  const rule = DATA.rules.find((one) => one.name === NAMES[1]);
  const d = Float64Array.from({ length: rule.size }, () => 0);
  rule.moving.forEach((at, i) => (d[at] = ALONG[i]));
  return STATES.map(([k, row]) => {
    const z = Float64Array.from(row, (v) => v ?? NaN);
    const slope = rule.f.tangent && rule.f.tangent(game.f, P, Q, z, 0, k, d);
    rule.f.step(game.f, P, Q, z, 0, k);
    return [Array.from(z), slope && Array.from(slope)];
  });
"""


def agree(evaluated, found, name, rule, label):
    """From a thousand states, with every number of game and rule turned; the derivative too."""
    entry = mm.games.entry(name)
    tables = turned(entry.make(), fixed="ideal"), turned(rule)
    numbers = [otherwise(table) for table in tables]
    game, rule = (
        narrowed(table.made(jnp.asarray(own)), jnp.float64)
        for table, own in zip(tables, numbers, strict=True)
    )
    k, before, after, slope = by_jax(game, rule, entry.box or ((-2, 2), (-2, 2)))
    parts = {
        "NAMES": [name, label],
        "P": numbers[0],
        "Q": numbers[1],
        "ALONG": direction(slope.shape[1]).tolist(),
        "STATES": [[int(i), row.tolist()] for i, row in zip(k[:, 0], before, strict=True)],
    }
    given = ",".join(f"{key}={json.dumps(value)}" for key, value in parts.items())
    answers = evaluated(f"const {given};{STEPPED}", found.script)
    stepped = np.array([row for row, _ in answers], float)
    scale = 1 + np.maximum(np.abs(before).max(1), np.abs(after).max(1))[:, None]
    assert np.max(np.abs(stepped - after) / scale) < 1e-12, (name, label)
    if answers[0][1] is not None:
        along = np.array([row for _, row in answers], float)
        whole = np.all(np.isfinite(slope), 1)
        assert np.sum(whole) > STATES / 2
        scale = 1 + np.abs(slope[whole]).max(1, keepdims=True)
        # Roots of small squares, as in RMSProp, have slopes that multiply rounding: 1e-12 and more.
        assert np.max(np.abs(along[whole] - slope[whole]) / scale) < 1e-10, (name, label)


@pytest.mark.parametrize("rule", RULES, ids=mm.label)
def test_a_step_is_that_of_jax_from_a_thousand_states(evaluated, rule):
    agree(evaluated, carried(), "dirac_gp", rule, mm.label(rule))


@pytest.mark.slow
@pytest.mark.parametrize("name", bundle.planar())
def test_every_game_and_rule_steps_as_in_jax(evaluated, name):
    made = mm.Exploration((name,), verb.RULES, strict=False)
    if mm.games.entry(name).make().random:
        with pytest.raises(mm.InputError, match="game or a rule"):
            _ = made.bundle
        return
    found = made.bundle
    assert not found.left_out
    for label, rule in bundle.labelled(verb.RULES).items():
        shown = bundle.of_catalogue(name)
        if not bundle._against(rule, shown):
            agree(evaluated, found, name, rule, label)


RESTS = """
  return DATA.games.map((game) => {
    const p = Float64Array.from(game.leaves, (leaf) => leaf.value);
    return equilibria(game, p, game.box).map((rest) => [rest.x, rest.kind, rest.values]);
  });
"""


def test_equilibria_are_those_that_are_known(evaluated):
    for name, rests in zip(GAMES, evaluated(RESTS, carried().script), strict=True):
        entry = mm.games.entry(name)
        known = sorted((*map(float, point), str(kind)) for point, kind in entry.known)
        box = np.array(entry.box)
        seen = [r for r in rests if np.all((box[:, 0] < r[0]) & (r[0] < box[:, 1]))]
        assert [kind for _, kind, _ in seen] == [kind for *_, kind in known]
        for (*point, _), (x, _, values) in zip(known, seen, strict=True):
            np.testing.assert_allclose(x, point, atol=1e-9)
            at = mm.Profile(tuple(jnp.asarray(float(number)) for number in x))
            jacobian = np.asarray(entry.make().jacobian(at))
            agreeing(values, np.linalg.eigvals(jacobian))


@pytest.mark.parametrize(
    ("decay", "turn", "first"),
    [(0.9, 0.3, 1.0), (1.02, 0.0, 0.5), (0.999, 1.0, 3.0)],
    ids=["arrives", "leaves", "is still far away"],
)
def test_the_rate_measured_is_that_of_the_walk(evaluated, decay, turn, first):
    """Of a spiral towards a point, and of one away from it; of too few points none is told."""
    points = 2 - 1j + first * (decay * np.exp(1j * turn)) ** np.arange(400)
    told = json.dumps(np.stack([points.real, points.imag], axis=1).ravel().tolist())
    few = "measuredRate(p.slice(0, 6), [2, -1])"
    rate, none = evaluated(f"const p = {told}; return [measuredRate(p, [2, -1]), {few}];")
    assert rate == pytest.approx(np.log(decay), rel=1e-3)
    assert none is None


SPECTRUM = """
  const game = DATA.games.find((one) => one.name === "dirac_gp");
  const p = Float64Array.from(game.leaves, (leaf) => leaf.value);
  return DATA.rules.map((rule) => {
    const q = Float64Array.from(rule.leaves, (leaf) => leaf.value);
    const found = updateSpectrum({ game, rule, p, q }, [0, 0]);
    return found && [found.values, found.rate];
  });
"""


def agreeing(pairs, values):
    """The same eigenvalues in some order; a double one is known to half the digits."""
    found = [complex(*pair) for pair in pairs]
    for value in values:
        near = min(found, key=lambda other: abs(other - value))
        assert abs(near - value) < 1e-7
        found.remove(near)
    assert not found


def test_eigenvalues_of_the_update_are_those_of_its_spectrum(evaluated):
    game, origin = mm.games.entry("dirac_gp").make(), mm.Profile((0.0, 0.0))
    seen = 0
    for rule, found in zip(RULES, evaluated(SPECTRUM, carried().script), strict=True):
        if rule.rest.obstacle:
            assert found is None
            continue
        spectrum = mm.update_spectrum(game, rule, origin)
        agreeing(found[0], np.asarray(spectrum.values))
        assert found[1] == pytest.approx(spectrum.rate, abs=1e-9)
        seen += 1
    assert seen == 3


def test_far_out_the_stable_program_is_the_one_that_is_carried(evaluated):
    body = "const g = DATA.games[0]; return g.f.field(g.leaves.map((l) => l.value), 20, -40);"
    game = mm.games.entry("dirac_gp").make()
    field = game.field(mm.Profile((jnp.asarray(20.0), jnp.asarray(-40.0))))
    np.testing.assert_allclose(evaluated(body, carried().script), field.ravel()[0], rtol=1e-14)


def test_the_algebra_of_the_page_is_that_of_scipy(evaluated):
    draw = np.random.default_rng(1)
    points = [*draw.normal(0, 2, 50), 0.0, 7.0, -30.0]
    matrices = [draw.normal(size=(n, n)) for n in (2, 3, 5, 8)] + [np.zeros((3, 3)), np.eye(4)]
    small = draw.normal(size=12)
    plain = [matrix.tolist() for matrix in matrices]
    body = f"""
      const small = {json.dumps(small.tolist())}, all = {json.dumps(plain)};
      return {{ erf: {json.dumps(points)}.map(erf), values: all.map(eigenvalues),
        svd: [[2, 3], [2, 2], [4, 3]].map(([m, n]) => svd(small.slice(0, m * n), m, n)),
        long: sum([[1, 2, 3], [4, 5, 6]], (a, b) => a * b),
        modes: all.slice(0, 4).map((m) => eigenvector(m, eigenvalues(m)[0])) }};
    """
    found = evaluated(body)
    np.testing.assert_allclose(found["erf"], scipy.special.erf(points), rtol=1e-14, atol=1e-15)
    for matrix, values in zip(matrices, found["values"], strict=True):
        agreeing(values, np.linalg.eigvals(matrix))
    for matrix, value, mode in zip(matrices[:4], found["values"], found["modes"], strict=False):
        v = np.array([complex(*entry) for entry in mode])
        np.testing.assert_allclose(matrix @ v, complex(*value[0]) * v, atol=1e-9)
    for (m, n), parts in zip(((2, 3), (2, 2), (4, 3)), found["svd"], strict=True):
        matrix, (s, u, v) = small[: m * n].reshape(m, n), map(np.array, parts)
        np.testing.assert_allclose(s, np.linalg.svd(matrix, compute_uv=False), rtol=1e-13)
        np.testing.assert_allclose(u.reshape(m, -1) * s @ v.reshape(-1, n), matrix, atol=1e-14)
    assert found["long"] == 32


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: mm.explore("ring"), "game is ring, of 3 numbers, but must be one of two"),
        (lambda: mm.explore("cubik"), "Did you mean 'cubic'"),
        (lambda: mm.explore(3), "game is 3, but must be a Game"),
        (lambda: mm.explore("cubic", mm.Gradient()), "rules is Gradient"),
        (lambda: mm.explore("cubic", box=(0, 1)), "box is .*left out"),
        (lambda: mm.explore(mm.games.bilinear(1.0), box=(1, 0)), "box is .*must be .low, high"),
        (
            lambda: mm.explore("noisy_exchange", [mm.Simultaneous(0.1)]).bundle,
            "game is noisy_exchange.*draws its samples at random",
        ),
        (
            lambda: mm.explore("cubic", [mm.Anderson(mm.Simultaneous(0.1))]).bundle,
            "rule is Anderson.*needs dynamic_slice, which the page has no JavaScript for",
        ),
    ],
)
def test_what_cannot_be_carried_is_refused_with_the_reason(make, reason):
    with pytest.raises(mm.InputError, match=reason):
        make()


@pytest.mark.parametrize("rule", [*RULES, *verb.RULES], ids=mm.label)
def test_the_python_of_a_rule_makes_that_rule(rule):
    leaves = turned(rule).leaves
    text = source.expression(rule, leaves).format(*(repr(leaf.value) for leaf in leaves))
    assert mm.label(eval(text, {"mm": mm})) == mm.label(rule)


def test_numbers_know_what_their_fields_allow():
    found = {leaf.name: leaf for leaf in turned(RULES[0]).leaves}
    assert list(found) == ["Alternating.step[0]", "Alternating.step[1]", "Momentum.decay"]
    step, decay = found["Alternating.step[0]"], found["Momentum.decay"]
    assert (step.value, step.low, step.open) == (0.1, 0.0, True)
    assert (decay.value, decay.low, decay.high) == (-0.5, -0.99, 0.99)


@pytest.mark.slow
def test_a_long_sum_is_a_loop(evaluated):
    name = "dirac_noise"
    shown, tables = bundle.of_catalogue(name), Tables()
    program = programs.game_program(shown.game, shown.start, (), tables)
    assert len(program.members) < 10_000 and "sum(" in program.members
    body = f"const T={tables.written()}, f={{{program.members}}}; return f.field([], 0.7, -1.3);"
    field = shown.game.field(mm.Profile((jnp.asarray(0.7), jnp.asarray(-1.3))))
    np.testing.assert_allclose(evaluated(body), field.ravel()[0], rtol=1e-12)
