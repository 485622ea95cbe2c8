"""Games as a paper writes them: gradients and Jacobians by hand, in NumPy, on the rows of a sample.

A profile is here one vector, all players' numbers in a row. A key is the path that leads to it: the
index of the update, then the turns within, as in (7, 1) for the second turn of update 7.
"""

import importlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

START = ("start",)  # the key of what a rule looks at before its first update


class Plain(NamedTuple):
    """Player i pays w'Q_i w/2 + c_i'w + sum_k s_ik (a_k'w)^3/6 + m_i |w_i|^2/2, with Q and c the
    means of a sample's rows.
    """

    sizes: tuple
    Q: np.ndarray  # rows, players, numbers, numbers; symmetric
    c: np.ndarray  # rows, players, numbers
    s: np.ndarray  # players, cubes
    a: np.ndarray  # cubes, numbers
    m: np.ndarray  # players
    rows: object  # key -> the rows of its sample
    project: object  # w -> the nearest point of the set

    @property
    def players(self):
        return range(len(self.sizes))

    @property
    def owner(self):
        """Whose number it is."""
        return np.repeat(self.players, self.sizes)

    def own(self, player):
        """Where a player's numbers stand."""
        return np.flatnonzero(self.owner == player)

    def field(self, w, key):
        """v_i: the gradient of player i's loss in its own numbers."""
        Q, c = (table[self.rows(key)].mean(0) for table in (self.Q, self.c))
        gradients = Q @ w + c + (self.s * (self.a @ w) ** 2 / 2) @ self.a
        return gradients[self.owner, np.arange(len(w))] + self.m[self.owner] * w

    def jacobian(self, w, key):
        """J: every row of it is a row of the second derivative of its owner's loss."""
        Q = self.Q[self.rows(key)].mean(0)
        curved = np.einsum("ik,kn,km->inm", self.s * (self.a @ w), self.a, self.a)
        return (Q + curved)[self.owner, np.arange(len(w))] + np.diag(self.m[self.owner])

    def a_number(self, value):
        """A step, or another number that may differ from player to player, as a vector."""
        return np.broadcast_to(value, (len(self.sizes),))[self.owner]


class Tick(NamedTuple):
    """Which update this is, and its key."""

    index: int
    key: tuple


def replaced(w, where, values):
    """w with some of its numbers replaced."""
    w = w.copy()
    w[where] = values
    return w


def references():
    """What every module of this room has in its REFERENCES: the transcription of each class."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if not path.stem.startswith("test_"):
            module = importlib.import_module(f"tests.references.{path.stem}")
            found |= getattr(module, "REFERENCES", {})
    return found


def turn(direction, game, player, w, key, memory):
    """A direction's block of one player, and what it remembers of that player; None before it has
    seen anything.
    """
    return references()[type(direction)](direction, game, player, w, key, memory)


def turns(direction, game, w, key, memories):
    """The whole direction, and the memories of all players."""
    memories = [None] * len(game.sizes) if memories is None else memories
    blocks = [turn(direction, game, i, w, key, memories[i]) for i in game.players]
    return np.concatenate([block for block, _ in blocks]), [memory for _, memory in blocks]


def update(rule, game, w, memory, tick):
    """One update of a rule, and what it remembers; None before the first."""
    return references()[type(rule)](rule, game, w, memory, tick)


def walk(rule, game, w, steps):
    """The points that a rule stands for."""
    memory, w = None, game.project(w)
    yield w
    for index in range(steps):
        w, memory = update(rule, game, w, memory, Tick(index, (index,)))
        yield w
