"""Random games twice, as a class plays them and in plain NumPy, and how a class's walk and its
reference's are set beside each other.

Several games of one shape are walked in one compiled program: a quadratic one, one with cubes,
one in a set, and one whose rows are a sample.
"""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab.profile import narrowed
from tests.references.plain import START, Plain, walk

STEPS, ROWS, DRAWN, CUBES = 30, 5, 2, 3
TURNS = 6  # most turns within an update


class Cubic(eqx.Module):
    """What `Plain` pays, as losses to be differentiated; without what is paid for size.

    Outside the set they are not a number, so that looking there, be it only ahead, shows.
    """

    s: jax.Array
    a: jax.Array
    constants: jax.Array
    fence: jax.Array

    def __call__(self, x, sample):
        Q, c = sample
        w = x.ravel()[0]
        inside = jnp.where(jnp.max(jnp.abs(w)) <= self.fence, 1.0, jnp.nan)
        cubes = self.s @ (self.a @ w) ** 3 / 6 + self.constants
        linear = jnp.mean(Q, 0) @ w / 2 + jnp.mean(c, 0)
        return tuple(inside * (linear[i] @ w + cubes[i]) for i in range(len(x)))


class Decay(eqx.Module):
    """m_i |w_i|^2 / 2."""

    m: jax.Array

    def __call__(self, x, sample):
        return tuple(
            m * (mm.Profile((p,)) @ mm.Profile((p,))) / 2 for m, p in zip(self.m, x, strict=True)
        )


class Sets(eqx.Module):
    """Boxes, balls and, where every strategy is a vector, simplexes: which of them binds is data,
    so that one program has them all.
    """

    box: mm.games.Box
    radii: jax.Array
    simplexes: jax.Array | None

    def __call__(self, x):
        boxed = self.box(x)
        balls = tuple(jnp.minimum(1, self.radii / jnp.maximum(boxed.norms(), 1e-300))) * boxed
        if self.simplexes is None:
            return balls
        corners = mm.games.Simplexes()(x)
        return jax.tree.map(lambda a, b: jnp.where(self.simplexes, a, b), corners, balls)


class Kind(NamedTuple):
    """What a random game is like: which set its players live in, whether J varies, whether rows
    differ.
    """

    box: float = np.inf
    radius: float = np.inf
    simplex: bool = False
    curved: bool = True
    noisy: bool = False
    bilinear: bool = False

    @property
    def fence(self):
        """The largest number a strategy may have, and a rounding."""
        return min(self.box, self.radius, 1 if self.simplex else np.inf) + 1e-12


FLAT = (np.zeros(3), np.zeros(2))
TREES = ({"bias": np.zeros(()), "weight": np.zeros(2)}, np.zeros(()), np.zeros(2))
# Mixing needs residuals of many directions, which corners do not leave.
KINDS = {
    "two": (
        FLAT,
        (
            Kind(curved=False),
            Kind(),
            Kind(box=0.6),
            Kind(radius=0.7, noisy=True),
            Kind(simplex=True),
        ),
    ),
    "three": (TREES, (Kind(curved=False), Kind(noisy=True, box=0.8))),
    "idle": ((np.zeros(3), np.zeros(3)), (Kind(bilinear=True, curved=False),)),
    "roomy": (
        FLAT,
        (
            Kind(curved=False),
            Kind(),
            Kind(noisy=True),
            Kind(radius=0.7, noisy=True),
            Kind(radius=0.5),
        ),
    ),
}


def nearest_probabilities(p):
    """The point of the simplex nearest to p: all entries sink alike until those left sum to one."""
    low, high = p.min() - 1, p.max()
    for _ in range(200):
        level = (low + high) / 2
        low, high = (level, high) if np.maximum(p - level, 0).sum() > 1 else (low, level)
    return np.maximum(p - level, 0)


def projection(kind, sizes):
    """The projection of a whole profile, player by player."""

    def nearest(p):
        if kind.simplex:
            return nearest_probabilities(p)
        p = np.clip(p, -kind.box, kind.box)
        return p * min(1, kind.radius / max(np.linalg.norm(p), 1e-300))

    ends = np.cumsum(sizes)[:-1]
    return lambda w: np.concatenate([nearest(p) for p in np.split(w, ends)])


class World(NamedTuple):
    """Games of one shape, stacked for the classes and one by one for the references."""

    games: mm.Game
    starts: mm.Profile
    keys: jax.Array
    plain: list


def zero_sum(A, sizes):
    """The second derivatives of x'Ay and of -x'Ay."""
    apart = np.not_equal.outer(*[np.repeat(range(2), sizes)] * 2)
    return np.stack([(A + A.T) * apart, -(A + A.T) * apart])


def one(kind, profile, seed):
    """A random game and a start, twice, and the key of its draws."""
    rng = np.random.default_rng(seed)
    sizes = tuple(mm.Profile((p,)).ravel()[0].size for p in profile)
    n, players = sum(sizes), len(sizes)
    rows = 1 if not kind.noisy else ROWS
    Q = rng.normal(size=(rows, players, n, n)) / np.sqrt(n)
    Q = np.broadcast_to(Q + Q.swapaxes(2, 3), (ROWS, players, n, n))
    J = Q.mean(0)[np.repeat(range(players), sizes), range(n)]
    Q = Q + (0.3 - np.linalg.eigvalsh((J + J.T) / 2)[0]) * np.eye(n)
    if kind.bilinear:
        Q = np.broadcast_to(zero_sum(rng.normal(size=(n, n)), sizes), Q.shape)
    c = np.broadcast_to(rng.normal(size=(rows, players, n)), (ROWS, players, n))
    s = 0.4 * rng.normal(size=(players, CUBES)) * kind.curved
    a, m = (
        rng.normal(size=(CUBES, n)) / np.sqrt(n),
        rng.uniform(0, 0.2, players) * (not kind.bilinear),
    )
    w = 0.5 * rng.normal(size=n)
    key = jax.random.key(seed)
    plain = Plain(sizes, Q, c, s, a, m, drawn(key), projection(kind, sizes))
    flat = all(np.ndim(p) == 1 for p in jax.tree.leaves(profile))
    sets = Sets(
        mm.games.Box(-jnp.asarray(kind.box), jnp.asarray(kind.box)),
        jnp.full(players, kind.radius),
        jnp.asarray(kind.simplex) if flat else None,
    )
    data = jnp.asarray(Q), jnp.asarray(c)
    game = mm.Game(
        Cubic(jnp.asarray(s), jnp.asarray(a), jnp.zeros(players), jnp.asarray(kind.fence)),
        data,
        mm.Minibatch(DRAWN),
        penalties=Decay(jnp.asarray(m)),
        project=sets,
    )
    start = mm.Profile(profile).ravel()[1](jnp.asarray(w))
    return game, start, key, (plain, w)


@functools.cache
def world(name):
    """Games whose profiles look alike."""
    profile, kinds = KINDS[name]
    made = [one(kind, profile, 20 + i) for i, kind in enumerate(kinds)]
    games, starts, keys, plain = zip(*made, strict=True)
    return World(mm.stack(games), mm.stack(starts), jnp.stack(keys), plain)


@jax.jit
def _tables(key):
    """The rows of every key that an update has use for: its own, those of its turns, of theirs."""
    sample = functools.partial(mm.Minibatch(DRAWN), jnp.arange(ROWS))

    fold = jax.vmap(jax.vmap(jax.random.fold_in, (None, 0)), (0, None))
    levels = [jnp.stack([key])]
    for count in (STEPS, TURNS, TURNS):
        levels.append(fold(levels[-1], jnp.arange(count)).reshape(-1))
    return [jax.vmap(lambda k: (sample(k), *map(sample, jax.random.split(k))))(k) for k in levels]


def drawn(key):
    """The rows of a key's sample, told by the path that leads to it."""
    tables = [[np.asarray(t) for t in level] for level in _tables(key)]

    def rows(path):
        which = {"first": 1, "second": 2}.get(path[-1], 0)
        path = () if path == START else path[:-1] if which else path
        place = 0
        for step, count in zip(path, (STEPS, TURNS, TURNS), strict=False):
            place = place * count + step
        return tables[len(path)][which][place]

    return rows


@eqx.filter_jit
def _walked(rule, games, starts, keys):
    def walked(game, x, key):
        x = game.project(x)

        def update(walk, index):
            x, state = walk
            tick = mm.Tick(index, jax.random.fold_in(key, index))
            x, state = mm.at(rule, index).update(game, x, state, tick)
            return (x, state), x.ravel()[0]

        state = mm.at(rule, jnp.zeros((), jnp.int32)).init(game, x, key)
        rows = jax.lax.scan(update, (x, state), jnp.arange(STEPS, dtype=jnp.int32))[1]
        return jnp.concatenate([x.ravel()[0][None], rows])

    return jax.vmap(walked)(games, starts, keys)


def walks(rule, games, starts, keys):
    """The walks of a class in all games, a row an update. Its numbers become arrays, so that rules
    which differ in nothing else share a program.
    """
    return np.asarray(_walked(narrowed(rule, starts.dtype), games, starts, keys))


def path_of(rule, game, w):
    """The reference's walk, a row an update."""
    return np.array(list(walk(rule, game, w, STEPS)))


def steady(wanted, rule, game, w):
    """How many updates the reference itself can be held to: how long a walk beside it, begun a
    rounding apart, stays there. Mixing divides by differences that vanish on the way.
    """
    shaken = path_of(rule, game, w * (1 + 1e-15 * np.arange(1, w.size + 1)))
    return int(np.argmax([*(np.abs(shaken - wanted).max(1) > 1e-12), True]))


def compare(rule, name, least=None, tolerance=1e-10):
    """Both walk every game of a world; they may part by `tolerance` of the largest number met.

    With `least`, only as long as the reference is steady, which must be that many updates.
    """
    games, starts, keys, plain = world(name)
    found = walks(rule, games, starts, keys)
    for which, (path, (game, w)) in enumerate(zip(found, plain, strict=True)):
        wanted = path_of(rule, game, w)
        if least is not None:
            count = steady(wanted, rule, game, w)
            assert count >= least, f"game {which}: the reference is steady for {count} updates"
            wanted, path = wanted[:count], path[:count]
        size = np.abs(wanted).max()
        assert 0.05 < size < 100, f"game {which} shows nothing: its numbers reach {size}"
        apart = np.abs(path - wanted).max(1) / max(size, 1)
        first = int(np.argmax(apart > tolerance))
        assert apart.max() <= tolerance, f"game {which} parts at update {first}: {apart.max():.1e}"
