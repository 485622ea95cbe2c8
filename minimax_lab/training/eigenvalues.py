"""The outer eigenvalues of a run's field and of its update map, where it stands, from products
alone; those that are not well known are left out.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Complex, Float, PRNGKeyArray

from ..adversarial.gan import Draw
from ..analysis.eigensolvers import outer_values
from ..analysis.frozen import adapts, frozen
from ..analysis.update_map import Push, product, size_of, update_products
from ..checks import InputError, whole
from ..game import Game, Minibatch, everything
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules import Averaged
from ..rules.base import State, UpdateRule, at
from ..running.program import Carry

ROOM = 3  # products for each eigenvalue wanted, so that those at the rim converge
TRUSTED = 0.1  # of the distance from zero (of an update: from one), the most a residual may be


class Walk(NamedTuple):
    """The walk behind a run: of an average the walker, since that is what gradients act upon."""

    rule: UpdateRule
    x: Profile
    state: State | None
    steps: int


@dataclasses.dataclass(frozen=True)
class Leading:
    """Some eigenvalues of a large matrix, the farthest from `centre` first, with residuals; only
    those whose residual is below a tenth of that distance.
    """

    name: str
    centre: float
    size: int
    values: Complex[np.ndarray, " values"]
    residuals: Float[np.ndarray, " values"]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def rotation(self) -> float:
        """The largest share |Im| / |value - centre| among them."""
        return float(np.max(self.shares)) if len(self) else float("nan")

    @property
    def shares(self) -> Float[np.ndarray, " values"]:
        """|Im| / |value - centre| of each."""
        return np.abs(self.values.imag) / np.abs(self.values - self.centre)

    @property
    def radius(self) -> float:
        """The largest modulus."""
        return float(np.max(np.abs(self.values))) if len(self) else float("nan")

    @property
    def abscissa(self) -> float:
        """The smallest real part."""
        return float(np.min(self.values.real)) if len(self) else float("nan")

    @property
    def step_limit(self) -> float:
        """min 2 Re / |.|^2 over those of positive real part: of a field, above which step some of
        them is lost that a smaller step would keep.
        """
        inward = self.values[self.values.real > 0]
        return float(np.min(2 * inward.real / np.abs(inward) ** 2)) if len(inward) else float("inf")


def walk_of(rule: UpdateRule, x: Profile, state: State | None, index: int) -> Walk:
    """The rule that takes gradients, and where it is."""
    rule = at(rule, index)
    while isinstance(rule, Averaged):
        rule = rule.rule
        if state is not None:
            x, state = state.walker, state.inner
    return Walk(rule, x, state, index)


def leading_field(
    game: Game,
    rule: UpdateRule,
    x: Strategies,
    carry: Carry | None = None,
    *,
    key: PRNGKeyArray,
    leading: int = 8,
    samples: int = 256,
) -> Leading:
    """The outer eigenvalues of the field where a run stands, from three products for each that is
    wanted; of `Averaged` rules at the walker.

    Arguments:
        game: what is played.
        rule: how it is walked.
        x: where the run is.
        carry: `run.state`; without, x is taken for the walker.
        key: the randomness of the one draw that the field is linearised on.
        leading: how many eigenvalues are wanted.
        samples: how many samples that draw has, at least the game's batch.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> game, rule = mm.games.bilinear(2.0), mm.Simultaneous(0.1)
        >>> found = mm.training.leading_field(game, rule, (1.0, 1.0), key=jax.random.key(0))
        >>> print(f"{found.radius:.4f}, turning {found.rotation:.2f}")
        2.0000, turning 1.00
    """
    state, steps = (None, 0) if carry is None else (carry.state, int(carry.index))
    x = walk_of(rule, as_profile(x, "x"), state, steps).x
    held = held_game(narrowed(game, x.dtype), samples, key)
    return field_values(held, x, ROOM * whole(leading, "leading"))


def field_values(held: Game, x: Profile, depth: int) -> Leading:
    return _leading("the field", _linearised(held, x), x, size_of(x), depth, 0.0)


def update_values(held: Game, walk: Walk, depth: int) -> tuple[Leading | None, str]:
    """Of the update map, or why there is none."""
    rule, name = walk.rule, "the update map"
    try:
        if adapts(rule):
            if walk.state is None:
                return None, "nothing is known of what the rule remembers"
            rule = frozen(rule, held, walk.x, walk.state, index=walk.steps)
            name = "the update map, its scales frozen"
    except InputError as error:
        return None, str(error)
    if rule.rest.obstacle:
        return None, f"{type(rule).__name__} has none: {rule.rest.obstacle}"
    z, _, push = update_products(held, rule, walk.x, None, rule.rest.period)
    return _leading(name, push, walk.x, z.size, depth, 1.0), ""


def _leading(name: str, push: Push, x: Profile, size: int, depth: int, centre: float) -> Leading:
    values, residuals = outer_values(product(push, x.dtype), size, depth)
    far = np.abs(values - centre)
    good = (residuals <= TRUSTED * far) & (far > 0)
    order = np.argsort(-far[good], kind="stable")
    return Leading(name, centre, size, values[good][order], residuals[good][order])


@eqx.filter_jit
def _linearised(held: Game, x: Profile) -> Push:
    flat, unravel = x.ravel()
    return jax.linearize(lambda z: held.field(unravel(z), held.data).ravel()[0], flat)[1]


def enlarged(game: Game, samples: int) -> Game:
    """The same game whose draws hold at least so many samples, where it says how many they hold."""

    def sized(part: object) -> bool:
        return isinstance(part, Draw | Minibatch)

    def larger(part: Any) -> Any:
        if isinstance(part, Draw):
            return Draw(max(part.count, samples), part.latent)
        return Minibatch(max(part.size, samples)) if isinstance(part, Minibatch) else part

    draw = jax.tree.map(larger, game.draw, is_leaf=sized)
    return dataclasses.replace(game, draw=draw)


def held_game(game: Game, samples: int, key: PRNGKeyArray) -> Game:
    """The game on one large draw, for good."""
    sample = enlarged(game, samples).sample(key)
    return dataclasses.replace(game, data=sample, draw=everything)
