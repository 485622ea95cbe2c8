"""The methods in a training loop of one's own: a rule as (init, step), a direction as a transform
of optax.

    init, step = mm.stepper(mm.Alternating(1e-4, mm.Adam()), losses)
    state = init(players, batch)
    players, state = step(players, state, batch)  # within jit or without

Nothing is kept here: parameters, state and batches are the loop's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import refuse
from ..directions.base import Direction, Memory, Memoryless, Particular, Tick, demand_direction
from ..directions.gradient import Gradient
from ..game import Game, Losses, Sample, demand_keys, identity
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import State, UpdateRule, at, demand_suited
from .prepare import demand_rule


class Stepped(NamedTuple):
    """What one step leaves to the next: how many were made, the key, and the rule's own state."""

    index: Any
    key: PRNGKeyArray | None
    state: State


Init: TypeAlias = Callable[..., Stepped]
Stepping: TypeAlias = Callable[..., tuple[Strategies, Stepped]]


def stepper(
    rule: UpdateRule,
    losses: Losses,
    *,
    project: Callable[[Profile], Profile] = identity,
) -> tuple[Init, Stepping]:
    """(init, step) of a rule, pure functions for a training loop of one's own.

    `state = init(players, batch)`, then `players, state = step(players, state, batch)`. The players
    are a tuple (or Profile) with one pytree of floating arrays each, and come back as they were
    given; what is no such array is split off first (`eqx.partition`, `nnx.split`). All turns of one
    step see the same batch. `init` takes a `key` for rules that draw.

    Arguments:
        rule: how to walk, such as `mm.Alternating(1e-4, mm.Adam())`.
        losses: losses(players, batch), one scalar a player, in any form that `mm.Game` takes.
        project: the projection onto the set the parameters live in; the whole space without.

    Returns:
        The two functions.

    Examples:
        >>> import minimax_lab as mm
        >>> def losses(players, batch):
        ...     theta, psi = players
        ...     return theta * psi * batch, -theta * psi * batch
        >>> init, step = mm.stepper(mm.Alternating(0.5), losses)
        >>> players, batch = (1.0, 1.0), 1.0
        >>> state = init(players, batch)
        >>> for _ in range(2):
        ...     players, state = step(players, state, batch)
        >>> print(*players, state.index)
        -0.125 1.1875 2
    """
    demand_rule(rule)
    shown = Game(losses, project=project)

    def game_of(batch: Sample) -> Game:
        return Game(shown.losses, data=batch, project=project)

    def init(players: Strategies, batch: Sample = None, key: PRNGKeyArray | None = None) -> Stepped:
        x = as_profile(players, "players")
        if key is not None:
            demand_keys(key)
        game, walk = narrowed(game_of(batch), x.dtype), narrowed(rule, x.dtype)
        demand_suited(rule, game)
        index = jnp.zeros((), jnp.int32)
        return Stepped(index, key, at(walk, index).init(game, x, key))

    def step(
        players: Strategies, state: Stepped, batch: Sample = None
    ) -> tuple[Strategies, Stepped]:
        x = as_profile(players, "players", finite=False)
        if not isinstance(state, Stepped):
            raise refuse("state", state, "what init(players, batch) or the step before has given")
        game, walk = narrowed(game_of(batch), x.dtype), narrowed(rule, x.dtype)
        index, key, inner = state
        now = Tick(index, None if key is None else jax.random.fold_in(key, index))
        x, inner = at(walk, index).update(game, x, inner, now)
        moved = x if isinstance(players, Profile) else tuple(x)
        return moved, Stepped(index + 1, key, inner)

    return init, step


class Counted(NamedTuple):
    """How many updates were made, and what the direction remembers."""

    count: Any
    memory: Memory


def as_optax(direction: Direction) -> optax.GradientTransformation:
    """A direction that needs no game as an optax transform: it gives d where optax gave a gradient.

    As `optax.scale_by_adam` does it keeps the sign: chain `optax.scale_by_learning_rate` behind it.
    What is made of gradients alone will do (`Momentum`, `Adam`, `Clipped`, `Normalised`, `Graft`,
    `Optax`, and those of one's own); directions that read losses or Jacobians are refused, and want
    `mm.stepper`. The parameters are one player's.

    Arguments:
        direction: a direction such as `mm.Normalised(mm.Momentum(0.9))`.

    Examples:
        >>> import jax.numpy as jnp
        >>> import minimax_lab as mm
        >>> import optax
        >>> adadir = mm.as_optax(mm.Graft(mm.Gradient(), mm.Adam()))
        >>> transform = optax.chain(adadir, optax.scale_by_learning_rate(0.1))
        >>> weights = {"w": jnp.zeros(2)}
        >>> updates, _ = transform.update({"w": jnp.array([3.0, 4.0])}, transform.init(weights))
        >>> print(updates["w"].round(4))  # 5 / sqrt(2) in both
        [-0.3536 -0.3536]
    """
    demand_direction(direction, "direction")
    _demand_without_game(direction)

    def init(params: PyTree) -> Counted:
        count = jnp.zeros((), jnp.int32)
        x = Profile((params,))
        (memory,) = _held(direction, count, x).init(_pushing(x), x, None)
        return Counted(count, memory)

    def update(
        updates: PyTree, state: Counted, params: PyTree | None = None, **_: Any
    ) -> tuple[PyTree, Counted]:
        given = Profile((updates,))
        x = given if params is None else Profile((params,))
        held = _held(direction, state.count, x)
        turn, (memory,) = held(_pushing(given), x, (state.memory,), Tick(state.count, None))
        return turn[0], Counted(state.count + 1, memory)

    return optax.GradientTransformationExtraArgs(init, update)


def _held(direction: Direction, count: Array, x: Profile) -> Direction:
    """As it is at this update, in the precision of the parameters."""
    return at(narrowed(direction, x.dtype), count)


def _pushed(x: Profile, given: Profile) -> tuple[Array]:
    return (given @ x,)


def _pushing(given: Profile) -> Game:
    """The game of one player whose gradient is what was given."""
    return Game(_pushed, data=given)


def _demand_without_game(direction: Direction) -> None:
    """What is made of anything but gradients would see a game without losses and curvature."""
    inside = [part for part in _parts(direction) if _asks_for_a_game(part)]
    if inside:
        name = type(inside[-1]).__name__
        given = f"the direction {type(direction).__name__}"
        if name != type(direction).__name__:
            given += f" with a {name} inside"
        allowed = "made of gradients alone"
        cause = f"{name} asks the game itself; use mm.stepper(mm.Simultaneous(step, ...), losses)."
        raise refuse("direction", given, allowed, cause)


def _asks_for_a_game(part: Direction) -> bool:
    plain, cost = isinstance(part, Gradient), part.cost(2, (0, 1))
    made = isinstance(part, Memoryless) and not plain
    return made or isinstance(part, Particular) or bool(cost.products or cost.solves)


def _parts(direction: Direction) -> list[Direction]:
    """The direction and all inside it."""

    def inner(part: object) -> bool:
        return part is not direction and isinstance(part, Direction)

    found = [part for part in jax.tree.leaves(direction, is_leaf=inner) if inner(part)]
    return [direction, *(one for part in found for one in _parts(part))]
