"""A game is every player's loss; its field is the way each player turns to lower its own.

v_i(x) = d(losses + penalties)_i / dx_i;  descent walks x - step * v(x);  an equilibrium has v(x) =
0 and is stable for small steps when every eigenvalue of the Jacobian J = v'(x) has a positive real
part. J = S + A splits into the symmetric (potential) and the antisymmetric (Hamiltonian) part.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from .calls import READERS
from .checks import InputError, demand_function, number, refuse
from .forms import called
from .profile import Profile
from .settings import Declared, Key, count

Scalar = Float[Array, ""]
Sample = Any
Same = TypeVar("Same")
Losses = Callable[[Profile, Sample], tuple[Scalar, ...]]


def everything(data: PyTree, key: Key) -> Sample:
    """The draw of a deterministic game: every sample is all the data."""
    return data


def identity(x: Same) -> Same:
    """The projection onto the whole space."""
    return x


class Game(eqx.Module):
    """v_i(x) = d(losses + penalties)_i / dx_i: player i minimises its own loss.

    Penalties are kept apart because some directions read the losses alone. `data` is a leaf, so
    games stack under `vmap` and a new payoff matrix compiles nothing; all randomness a loss needs
    comes from `draw(data, key)`.
    """

    losses: Losses
    data: PyTree = None
    draw: Callable[[PyTree, Any], Sample] = everything
    penalties: Losses | None = eqx.field(default=None, kw_only=True)
    project: Callable[[Profile], Profile] = eqx.field(default=identity, kw_only=True)
    ideal: tuple[float | None, ...] | None = eqx.field(default=None, kw_only=True)

    def __init_subclass__(cls, **how: Any) -> None:
        super().__init_subclass__(**how)
        if callable(cls.__dict__.get("losses")):
            raise InputError(
                f"{cls.__name__} has losses as a method, but a game is given its losses: write "
                "mm.Game(losses) with a function of a profile, or with an object that has __call__."
            )

    def __post_init__(self) -> None:
        data, what = self.data is not None or self.random, "losses(x, sample), one scalar a player"
        self.losses = called(self.losses, "losses", what, data=data)
        if self.penalties is not None:
            what = "penalties(x, sample), one a player"
            self.penalties = called(self.penalties, "penalties", what, data=data)

    def __check_init__(self) -> None:
        demand_function(self.draw, "draw", "sample = draw(data, key), such as mm.Minibatch(64)")
        demand_function(self.project, "project", "the projection of a profile onto its set")
        if self.ideal is None:
            return
        if not isinstance(self.ideal, tuple | list) or not len(self.ideal):
            allowed = "a tuple with a loss for each player, None where it is not known"
            raise refuse("Game.ideal", self.ideal, allowed)
        for player, value in enumerate(self.ideal):
            if value is not None:
                number(value, f"Game.ideal[{player}]")

    @property
    def random(self) -> bool:
        """Whether a sample needs a key."""
        return self.draw is not everything

    def sample(self, key: Key) -> Sample:
        """One draw: the same key is the same sample."""
        return self.draw(self.data, key)

    def totals(self, x: Profile, sample: Sample = None) -> tuple[Scalar, ...]:
        """What each player minimises: its loss plus its penalty."""
        sample = self._given(sample)
        losses = _scalars(self.losses(x, sample), x, "losses")
        if self.penalties is None:
            return losses
        penalties = _scalars(self.penalties(x, sample), x, "penalties")
        return tuple(a + b for a, b in zip(losses, penalties, strict=True))

    def field(self, x: Profile, sample: Sample = None) -> Profile:
        """v(x); descent is x - step * v(x). Costs one gradient block per player."""
        totals, pull = jax.vjp(lambda x: self.totals(x, sample), x)
        return Profile(pull(_unit(totals, i))[0][i] for i in range(len(x)))

    def push(self, x: Profile, tangent: Profile, sample: Sample = None) -> Profile:
        """J t, forward over reverse."""
        return jax.jvp(lambda x: self.field(x, sample), (x,), (tangent,))[1]

    def pull(
        self, x: Profile, covector: Profile, sample: Sample = None, *, of: int | None = None
    ) -> Profile:
        """J^T c, reverse over reverse; `of` one player, J_i^T c_i from its rows alone, reverse over
        forward, which needs a fifth less where they are one block.
        """
        if of is None:
            return jax.vjp(lambda x: self.field(x, sample), x)[1](covector)[0]

        def slope(x: Profile) -> Scalar:
            def own(strategy: PyTree) -> Scalar:
                return self.totals(x.replace(of, strategy), sample)[of]

            return jax.jvp(own, (x[of],), (covector[of],))[1]

        return jax.grad(slope)(x)

    def jacobian(self, x: Profile, sample: Sample = None) -> Float[Array, "size size"]:
        """The dense Jacobian of the field, players stacked in order."""
        return dense(lambda x: self.field(x, sample), x)

    def _given(self, sample: Sample) -> Sample:
        if sample is not None:
            return sample
        if self.random:
            raise InputError(
                "sample is None, but this game draws its samples at random; pass "
                "sample=game.sample(key) with key = jax.random.key(seed)."
            )
        return self.data


def as_game(given: Any) -> Game:
    """The game that a verb is given: a `Game`, one of formulas, on arrays, or a bare expression in
    two symbols, which the first of them by name makes small and the second large.
    """
    if isinstance(given, Game):
        return given
    if not is_game(given):
        cause = "Write mm.Game(losses) or mm.SymbolicGame(...)."
        raise refuse("game", given, "a Game, or a SymPy expression in two symbols", cause)
    return given.numeric() if hasattr(given, "numeric") else _of_expression(given)


def is_game(given: object) -> bool:
    """Whether a verb may be given this as its game."""
    sympy = sys.modules.get("sympy")  # where there is an expression it is there
    formula = sympy is not None and isinstance(given, sympy.Expr)
    return isinstance(given, Game) or callable(getattr(given, "numeric", None)) or formula


def _of_expression(value: Any) -> Game:
    players = sorted(value.free_symbols, key=str)
    if len(players) != 2:
        cause = "Say whose the symbols are: mm.SymbolicGame((value, -value), ((x, y), (z,)))."
        names = ", ".join(map(str, players)) or "none"
        raise refuse("game", f"{value}, an expression in the symbols {names}", "in two", cause)
    # By name, since formulas stand above games.
    symbolic = importlib.import_module("minimax_lab.symbolic")
    return symbolic.SymbolicGame((value, -value), players).numeric()


READERS["Game"] = as_game


@contextlib.contextmanager
def suited(game: Game, x: Profile, sample: Sample) -> Iterator[None]:
    """A block in which a game is asked about one sample: where its losses fail on that, it is the
    sample that is said to be wrong.
    """
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError, IndexError, AttributeError, KeyError) as error:
        if sample is None:
            raise
        try:
            jax.eval_shape(lambda: game.totals(x, sample))
        except Exception as inner:
            cause = f"The game's losses fail on it ({type(inner).__name__}: {inner})."
            allowed = "a draw of this game, game.sample(key)"
            raise refuse("sample", sample, allowed, " ".join(cause.split())) from None
        raise error from None


class ZeroSum(eqx.Module):
    """(value, -value): what player 0 loses, player 1 wins."""

    value: Callable[[Profile, Sample], Scalar]

    def __call__(self, x: Profile, sample: Sample) -> tuple[Scalar, Scalar]:
        value = self.value(x, sample)
        return value, -value


def zero_sum(
    value: Callable[[Profile, Sample], Scalar],
    data: PyTree = None,
    draw: Callable[[PyTree, Any], Sample] = everything,
    *,
    penalties: Losses | None = None,
    project: Callable[[Profile], Profile] = identity,
    ideal: tuple[float | None, ...] | None = None,
) -> Game:
    """min over player 0, max over player 1 of value(x, sample): the losses are (value, -value).

    Arguments:
        value: what player 0 pays to player 1, a function of a profile and a sample.
        data: what samples are drawn from, any pytree of arrays.
        draw: sample = draw(data, key), such as `mm.Minibatch(64)`; all the data without.
        penalties: what each player pays besides, as a function of a profile and a sample.
        project: the projection onto the set the strategies live in; the whole space without.
        ideal: each player's loss where the game is solved, None where it is not known.

    Examples:
        >>> import minimax_lab as mm
        >>> game = mm.zero_sum(lambda x, sample: x[0] * x[1])
        >>> print(*game.field(mm.Profile((3.0, 4.0))))
        4.0 -3.0
    """
    told: dict[str, Any] = {"penalties": penalties, "project": project, "ideal": ideal}
    there = data is not None or draw is not everything
    what = "value(x, sample), what player 0 pays to player 1"
    return Game(ZeroSum(called(value, "value", what, data=there)), data, draw, **told)


class Minibatch(Declared):
    """A uniform draw, with replacement, of `size` rows of every array in the data: a gather inside
    the compiled loop.
    """

    size: int = count()

    def __call__(self, data: PyTree, key: PRNGKeyArray) -> Sample:
        lengths = {jnp.shape(leaf)[:1] for leaf in jax.tree.leaves(data)}
        if len(lengths) != 1 or lengths == {()}:
            shown = sorted(str(length[0]) if length else "no" for length in lengths) or "nothing"
            cause = "A minibatch draws the same rows of all."
            raise refuse("data", f"arrays of {shown} rows", "arrays of one number of rows", cause)
        rows = lengths.pop()[0]
        chosen = jax.random.randint(key, (self.size,), 0, rows, dtype=jnp.int32)
        return jax.tree.map(lambda a: jnp.asarray(a)[chosen], data)


def demand_key(key: Key, why: str) -> PRNGKeyArray:
    """The key that a random draw needs."""
    if key is None:
        raise InputError(f"key is None, but {why}; pass key=jax.random.key(seed).")
    return key


def demand_keys(key: object) -> None:
    """One start takes a key, a stack of starts an array of keys."""
    if not isinstance(key, jax.Array) or not jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key):
        raise refuse("key", key, "a key, or an array of keys", "Make it by jax.random.key(seed).")


def dense(function: Callable[[Profile], Profile], x: Profile) -> Float[Array, "size size"]:
    """The derivative of a profile-valued function as a matrix: linearised once a player, eight
    columns at a time.

    In one player's own columns all that depends on the others alone needs no tangents: a third of
    the work of a GAN.
    """

    def columns(player: int) -> Float[Array, "own size"]:
        own, unravel = ravel_pytree(x[player])
        _, push = jax.linearize(lambda z: function(x.replace(player, unravel(z))).ravel()[0], own)
        return jax.lax.map(
            push, jnp.eye(own.size, dtype=own.dtype), batch_size=min(8, own.size or 1)
        )

    return jnp.concatenate([columns(player) for player in range(len(x))]).T


def split(
    jacobian: Float[Array, "size size"],
) -> tuple[Float[Array, "size size"], Float[Array, "size size"]]:
    """J = S + A with S symmetric (the potential part) and A antisymmetric (the Hamiltonian
    part).

    Arguments:
        jacobian: a square matrix.

    Examples:
        >>> import numpy as np
        >>> import minimax_lab as mm
        >>> for part in mm.split(np.array([[1.0, 2.0], [0.0, 1.0]])):
        ...     print(part.tolist())
        [[1.0, 1.0], [1.0, 1.0]]
        [[0.0, 1.0], [-1.0, 0.0]]
    """
    shape = getattr(jacobian, "shape", None)
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[0] != shape[1]:
        given = jacobian if shape is None else f"an array of shape {shape}"
        raise refuse("jacobian", given, "a square matrix")
    return (jacobian + jacobian.T) / 2, (jacobian - jacobian.T) / 2


def _unit(totals: tuple[Scalar, ...], player: int) -> tuple[Scalar, ...]:
    return tuple(jnp.asarray(i == player, t.dtype) for i, t in enumerate(totals))


def _scalars(
    values: Scalar | tuple[Scalar, ...] | list[Scalar], x: Profile, name: str
) -> tuple[Scalar, ...]:
    found = tuple(values) if isinstance(values, tuple | list) else (values,)
    if len(found) != len(x):
        allowed = f"one returning {len(x)}, one per player of the profile"
        raise refuse(name, f"a function returning {len(found)} values", allowed)
    for i, value in enumerate(found):
        if jnp.shape(value) != ():
            cause = "Sum or average over the batch before returning it."
            raise refuse(f"{name}[{i}]", f"an array of shape {jnp.shape(value)}", "a scalar", cause)
        if jnp.iscomplexobj(value):
            cause = "Take its real part, or its absolute value."
            raise refuse(f"{name}[{i}]", "a complex number", "a real scalar", cause)
    return tuple(jnp.asarray(v) for v in found)
