"""Random games of polynomials, twice: as NumPy formulas whose derivatives are written out, and as
a `Game` that jax differentiates.

Player i loses, on the rows S of a draw,

    x'Q_i x / 2 + c_i'x + (u_i'x)^3 / 6 + w_i mean_S (s'x)^2 / 2,

and pays x'R_i x / 2 besides; strategies live in a box and in one ball a player. x has all players'
numbers behind one another, and every player's are cut into tensors.
"""

import functools
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab.profile import narrowed

TWO = ((2, 1), (2,))  # how long each player's tensors are: three numbers against two
THREE = ((1, 2), (2,), (1, 1))
ROWS, DRAWN = 8, 3


class Draw(NamedTuple):
    """The rows an update sees, and those of the two halves of its key."""

    whole: np.ndarray
    first: np.ndarray
    second: np.ndarray


class Polynomials:
    """The game in NumPy. `numbers` are the coefficients by the names in the head of the module."""

    def __init__(self, lengths, numbers, ideal=None):
        self.lengths, self.numbers, self.ideal = lengths, numbers, ideal
        starts = iter(np.cumsum([0, *(n for player in lengths for n in player)]))
        self.tensors = [[np.arange(n) + next(starts) for n in player] for player in lengths]
        self.blocks = [np.concatenate(player) for player in self.tensors]

    def loss(self, player, x, rows):
        """What a player loses, penalties apart."""
        q, c, u, w = (self.numbers[name][player] for name in "Qcuw")
        return x @ q @ x / 2 + c @ x + (u @ x) ** 3 / 6 + w * np.mean((rows @ x) ** 2) / 2

    def slope(self, player, x, rows):
        """The gradient of a player's loss in everybody's numbers."""
        q, c, u, w = (self.numbers[name][player] for name in "Qcuw")
        return q @ x + c + (u @ x) ** 2 / 2 * u + w * rows.T @ rows @ x / len(rows)

    def field(self, x, rows, penalties=True):
        """Each player's gradient of its own loss, and of what it pays, in its own numbers."""
        v = np.zeros(len(x))
        for player, own in enumerate(self.blocks):
            paid = penalties * (self.numbers["R"][player] @ x)
            v[own] = (self.slope(player, x, rows) + paid)[own]
        return v

    def jacobian(self, x, rows, penalties=True):
        """The derivative of the field."""
        jacobian = np.zeros((len(x), len(x)))
        for player, own in enumerate(self.blocks):
            q, _, u, w, r = (self.numbers[name][player] for name in "QcuwR")
            second = q + (u @ x) * np.outer(u, u) + w * rows.T @ rows / len(rows)
            jacobian[own] = (second + penalties * r)[own]
        return jacobian

    def project(self, x):
        """The nearest point of the set: box first, then every player's ball."""
        x = np.clip(x, -self.numbers["side"], self.numbers["side"])
        for own in self.blocks:
            x[own] *= min(1.0, self.numbers["radius"] / np.linalg.norm(x[own]))
        return x

    def game(self, draws):
        """The same as the library's game, on minibatches or on all rows."""
        numbers = {name: jnp.asarray(value) for name, value in self.numbers.items()}
        drawn = {"draw": mm.Minibatch(DRAWN)} if draws else {}
        return mm.Game(
            Losses({name: numbers[name] for name in "Qcuw"}),
            numbers["rows"],
            penalties=Penalties(numbers["R"]),
            project=Within(numbers["side"], numbers["radius"]),
            ideal=self.ideal,
            **drawn,
        )

    def profile(self, x):
        """The flat x as the library's profile."""
        players = [tuple(jnp.asarray(x[tensor]) for tensor in player) for player in self.tensors]
        return mm.Profile(players)


class Losses(eqx.Module):
    """The losses as jax differentiates them."""

    numbers: dict

    def __call__(self, profile, rows):
        x, _ = profile.ravel()

        def loss(q, c, u, w):
            return x @ q @ x / 2 + c @ x + (u @ x) ** 3 / 6 + w * jnp.mean((rows @ x) ** 2) / 2

        return tuple(
            loss(*(self.numbers[name][player] for name in "Qcuw")) for player in range(len(profile))
        )


class Penalties(eqx.Module):
    """The penalties as jax differentiates them."""

    matrices: jax.Array

    def __call__(self, profile, rows):
        x, _ = profile.ravel()
        return tuple(x @ self.matrices[player] @ x / 2 for player in range(len(profile)))


class Within(eqx.Module):
    """The projection onto box and balls."""

    side: jax.Array
    radius: jax.Array

    def __call__(self, x):
        x = jax.tree.map(lambda leaf: jnp.clip(leaf, -self.side, self.side), x)
        return tuple(jnp.minimum(1, self.radius / norm) for norm in x.norms()) * x


def random_game(seed, lengths=TWO, *, cubic=0.0, noise=0.0, side=np.inf, radius=np.inf, flat=()):
    """A game that pulls everybody home and turns besides; no loss depends on the numbers in
    `flat`.
    """
    rng = np.random.default_rng(seed)
    size, players = sum(map(sum, lengths)), len(lengths)
    q, r = (symmetric(rng.normal(size=(players, size, size))) for _ in range(2))
    numbers = {
        "Q": q + 2 * np.eye(size),
        "c": rng.normal(size=(players, size)),
        "u": cubic * rng.normal(size=(players, size)),
        "w": noise * rng.uniform(0.5, 1.5, players),
        "R": 0.3 * r,
        "rows": rng.normal(size=(ROWS, size)),
    }
    for name in ("Q", "R"):
        numbers[name][:, flat, :] = numbers[name][:, :, flat] = 0
    for name in ("c", "u", "rows"):
        numbers[name][:, flat] = 0
    start = rng.normal(size=size)
    return Polynomials(lengths, numbers | {"side": side, "radius": radius, "start": start})


def symmetric(matrices):
    """Half of each plus its transpose."""
    return (matrices + np.swapaxes(matrices, 1, 2)) / 2


KINDS = {
    "quadratic": {},
    "stochastic": {"noise": 1.0},
    "cubic": {"cubic": 0.5, "noise": 0.5},
    "boxed": {"side": 0.4, "noise": 0.5},
    "in balls": {"radius": 0.5, "cubic": 0.3, "noise": 0.5},
}


def random_games(count, lengths=TWO, seed=0):
    """The kinds in turn, each from a seed of its own."""
    kinds = list(KINDS.values())
    return [random_game(seed + i, lengths, **kinds[i % len(kinds)]) for i in range(count)]


def walk(game, rule, start, key, steps):
    """Where a rule goes in the game, the start first; the loop of a run without its judge."""

    def update(carry, index):
        x, state = carry
        x, state = rule.update(game, x, state, mm.Tick(index, jax.random.fold_in(key, index)))
        return (x, state), x

    _, xs = jax.lax.scan(update, (start, rule.init(game, start, key)), jnp.arange(steps))
    return jax.vmap(lambda x: x.ravel()[0])(xs)


def library_walks(rules, games, key, steps, draws=True):
    """The walks of the library's rules, the first in the first game and so on, in one program."""
    starts = [game.profile(game.numbers["start"]) for game in games]
    stacked = [
        mm.stack(narrowed(items, np.float64))
        for items in ([g.game(draws) for g in games], rules, starts)
    ]
    arrays, rest = eqx.partition(stacked, eqx.is_array)

    @jax.jit
    @jax.vmap
    def each(arrays):
        return walk(*eqx.combine(arrays, rest), key, steps)

    return np.asarray(each(arrays))


@functools.cache
def rows_drawn(seed, steps, turns):
    """Which rows a minibatch holds at every update: for the update's own key and, in the order of
    `Draw`, its halves; then the same for the key of each turn.
    """

    def rows(key):
        draw = mm.Minibatch(DRAWN)
        return jnp.stack([draw(jnp.arange(ROWS), k) for k in (key, *jax.random.split(key))])

    @jax.vmap
    def drawn(index):
        key = jax.random.fold_in(jax.random.key(seed), index)
        keys = [key, *(jax.random.fold_in(key, turn) for turn in range(turns))]
        return jnp.stack([rows(key) for key in keys])

    return np.asarray(jax.jit(drawn)(jnp.arange(steps)))


def draws_of(game, seed, steps, draws=True):
    """For every update the draw it sees, and the list of those its turns see."""
    data, turns = game.numbers["rows"], len(game.blocks)
    if not draws:
        return [(Draw(data, data, data), [Draw(data, data, data)] * turns)] * steps
    found = [[Draw(*data[rows]) for rows in update] for update in rows_drawn(seed, steps, turns)]
    return [(update[0], update[1:]) for update in found]


def simultaneous(make, game, steps, step, draws):
    """x <- P(x - step d(x)), the positions after every update."""
    x, direction, path = game.numbers["start"], make(), []
    for draw, _ in draws[:steps]:
        x = game.project(x - step * direction(game, x, draw))
        path.append(x)
    return np.array(path)


def alternating(make, game, steps, step, draws):
    """Each player in turn on the newest profile. A player remembers its own turns alone, so each
    has a direction of its own.
    """
    x, directions, path = game.numbers["start"], [make() for _ in game.blocks], []
    for _, turns in draws[:steps]:
        for own, direction, draw in zip(game.blocks, directions, turns, strict=True):
            moved = game.project(x - step * direction(game, x, draw))
            x = x.copy()
            x[own] = moved[own]
        path.append(x)
    return np.array(path)


def distance(found, wanted):
    """The largest difference of any number at any update, relative to the largest number of that
    walk.
    """
    return np.max(np.abs(found - wanted)) / np.max(np.abs(wanted))
