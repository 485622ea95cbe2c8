"""Spectra and kinds as arrays, which may be compiled, mapped and differentiated: `jax.jit`,
`jax.vmap` and `jax.grad` go through them, by a setting, by the game's data, by the profile.

What the verbs on the host refuse or warn of by values cannot be seen here; it comes out as NaN,
and as -1 for a kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int, PRNGKeyArray, PyTree

from ..checks import number
from ..game import Game, Same, Sample, suited
from ..kinds import Kind
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.prepare import demand_key, demand_rule
from .classification import demand_leader, margin, sizes_of
from .eigenvalues import Of
from .fields import Field, field_of
from .misfits import fitted
from .spectrum import demand_dense, demand_linear, started
from .update_map import advancing, precision_of, size_of

NEWTON = 20  # steps at most to the state at which a rule rests; of a linear memory one is enough
NOT_AT_REST = -1


@fitted("x")
def field_values(game: Game, x: Strategies, sample: Sample = None) -> Complex[Array, " size"]:
    """The eigenvalues of `field_spectrum` as an array, in its order. May be compiled, mapped and
    differentiated.

    Arguments:
        game: whose field it is.
        x: where, a profile or a tuple with one strategy per player; at best in float64.
        sample: the draw at which a random game is held, `game.sample(key)`.

    Returns:
        All values, smallest real part first; NaN where the field has no derivative.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> def abscissa(curvature):
        ...     return mm.field_values(mm.games.quadratic(curvature, 1.0, 0.5), (0.0, 0.0)).real[0]
        >>> print(jax.vmap(abscissa)(jax.numpy.array([0.5, 1.5])), jax.grad(abscissa)(0.5))
        [0.5 1. ] 0.5
    """
    game, x = started(game, x)
    demand_dense(x)
    game = narrowed(game, x.dtype)
    with suited(game, x, sample):
        return _values(_jacobian(game, x, sample), "field")


@fitted("x")
def update_values(
    game: Game, rule: UpdateRule, x: Strategies, *, key: PRNGKeyArray | None = None
) -> Complex[Array, " size"]:
    """The eigenvalues of `update_spectrum` as an array, in its order. May be compiled, mapped and
    differentiated, so that the best of many steps is one `jax.vmap`.

    Derivatives follow the state at which the rule rests as well. Where two values have met they
    have none, and where two are equally large the largest modulus has a kink.

    Arguments:
        game: what is played.
        rule: whose update it is; without schedules, and linear at rest.
        x: where, a profile or a tuple with one strategy per player; at best in float64.
        key: fixes the sample of a random game.

    Returns:
        All values, largest modulus first; NaN where the rule's state does not settle.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> game, origin = mm.games.quadratic(0.5, 1.0, 0.5), mm.Profile((0.0, 0.0))
        >>> def radius(step):
        ...     return abs(mm.update_values(game, mm.Extragradient(step), origin)).max()
        >>> steps = jax.numpy.linspace(0.1, 1.0, 10)
        >>> radii = jax.vmap(radius)(steps)
        >>> print(steps[radii.argmin()].round(1), radii.min().round(3))
        0.9 0.107
        >>> print(f"{jax.grad(radius)(0.5):.3f}")
        -1.142
    """
    game, x = started(game, x)
    demand_rule(rule)
    demand_linear(rule)
    demand_suited(rule, game)
    demand_dense(x)
    key = demand_key(game, key, "It fixes the sample: key=jax.random.key(seed).")
    narrow = narrowed(game, x.dtype), narrowed(rule, x.dtype)
    return _values(_update(*narrow, x, key, rule.rest.period), "update")


@fitted("x")
def kind_index(
    game: Game, x: Strategies, leader: int = 0, *, sample: Sample = None, tolerance: float = 1e-6
) -> Int[Array, ""]:
    """What `classify` says, as a number: tuple(mm.Kind)[index], and -1 where x is not stationary.
    May be compiled and mapped.

    Arguments:
        game: whose equilibrium it is.
        x: a profile at which the field vanishes.
        leader: the player who leads where the kind is "strict local minimax".
        sample: the draw at which a random game is frozen, `game.sample(key)`.
        tolerance: how large |v(x)| may be, relative to |J| |x|.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # signs deserve 64 bits
        >>> def kind(curvature):
        ...     return mm.kind_index(mm.games.quadratic(curvature, 1.0, 0.5), (0.0, 0.0))
        >>> curvatures = jax.numpy.array([0.5, -0.3, -3.0])
        >>> print(*[tuple(mm.Kind)[index] for index in jax.vmap(kind)(curvatures)], sep=", ")
        strict local Nash, strict local minimax, saddle of the flow
    """
    x = as_profile(x, "x")
    demand_leader(leader, len(x))
    tolerance = number(tolerance, "tolerance", above=0)
    with suited(game, x, sample):
        field = field_of(game, None, sample, x.dtype)
        return _index(*_held((field, x)), leader, tolerance)


@eqx.filter_jit
def _jacobian(game: Game, x: Profile, sample: Sample) -> Float[Array, "size size"]:
    return game.jacobian(x, sample)


@eqx.filter_jit
def _update(
    game: Game, rule: UpdateRule, x: Profile, key: PRNGKeyArray | None, period: int
) -> Float[Array, "size size"]:
    """The derivative of an update where the rule's state is at rest."""
    size = size_of(x)
    advance, first = advancing(game, rule, x, key, period)
    still, begun = advancing(*_held((game, rule, x)), key, period)

    def remembered(memory: Array) -> Array:
        return still(jnp.concatenate([begun[:size], memory]))[size:]

    state, inverse, far = _settled(remembered, begun[size:])
    # One step of Newton's more, which carries derivatives: at rest those of the state itself.
    place = jnp.concatenate([first[:size], state])
    memory = state + inverse @ (advance(place)[size:] - state)
    matrix = _slope(advance, jnp.concatenate([first[:size], memory]))
    allowed = precision_of(x) ** 0.5 * (1 + jnp.linalg.norm(place))
    return jnp.where(far <= allowed, matrix, jnp.nan)


@eqx.filter_jit
def _index(field: Field, x: Profile, leader: int, tolerance: float) -> Int[Array, ""]:
    """Where the kind stands in `Kind`; the first of these that holds."""
    turn, jacobian = field(x).ravel()[0], field.game.jacobian(x)
    bad = ~jnp.all(jnp.isfinite(jacobian))
    jacobian = jnp.where(bad, 0, jacobian)
    scale, near = jnp.linalg.norm(jacobian), margin(x.dtype) * jnp.linalg.norm(jacobian, 2)
    at = [slice(*ends) for ends in itertools.pairwise(itertools.accumulate(sizes_of(x), initial=0))]
    real = jnp.linalg.eigvals(jacobian).real
    kinds = {
        Kind.NASH: jnp.all(jnp.stack([_definite(jacobian[own, own], near) for own in at])),
        Kind.MINIMAX: jnp.asarray(False)
        if len(at) != 2
        else _minimax(jacobian, at[leader], at[1 - leader], near),
        Kind.DEGENERATE: jnp.any(jnp.abs(real) <= near),
        Kind.STABLE: jnp.all(real > 0),
        Kind.SOURCE: jnp.all(real < 0),
    }
    index = jnp.int32(tuple(Kind).index(Kind.SADDLE))
    for kind, holds in reversed(kinds.items()):
        index = jnp.where(holds, jnp.int32(tuple(Kind).index(kind)), index)
    rests = jnp.linalg.norm(turn) <= tolerance * (1 + scale * x.norm())
    return jnp.where(bad | ~rests, jnp.int32(NOT_AT_REST), index)


def _minimax(jacobian: Array, leads: slice, follows: slice, near: Array) -> Bool[Array, ""]:
    across, back = jacobian[leads, follows], jacobian[follows, leads]
    schur = jacobian[leads, leads] - across @ jnp.linalg.solve(jacobian[follows, follows], back)
    opposed = jnp.linalg.norm(across + back.T) <= near
    return opposed & _definite(jacobian[follows, follows], near) & _definite(schur, near)


def _slope(function: Callable[[Array], Array], z: Array) -> Float[Array, "size size"]:
    _, push = jax.linearize(function, z)
    return jax.vmap(push, out_axes=1)(jnp.eye(z.size, dtype=z.dtype))


def _definite(block: Array, near: Array) -> Bool[Array, ""]:
    return jnp.linalg.eigvalsh((block + block.T) / 2)[0] > near


@eqx.filter_jit
def _values(matrix: Float[Array, "size size"], of: Of) -> Complex[Array, " size"]:
    """The eigenvalues in the order of a `Spectrum`."""
    finite = jnp.all(jnp.isfinite(matrix))  # LAPACK may wait for ever on NaN
    values = jnp.linalg.eigvals(jnp.where(finite, matrix, 0))
    first = values.real if of == "field" else -jnp.abs(values)
    order = jnp.lexsort(jax.lax.stop_gradient((-values.imag, -jnp.abs(values.imag), first)))
    return jnp.where(finite, values[order], jnp.nan)


def _settled(
    update: Callable[[Array], Array], first: Float[Array, " memory"]
) -> tuple[Float[Array, " memory"], Float[Array, "memory memory"], Float[Array, ""]]:
    """The state s at which s = update(s), as far as Newton's method improves it; (1 - update')^-1
    there, least squares where there is none, and how far it still moves.
    """

    def looked(state: Array) -> tuple[Array, Array, Array]:
        gap = update(state) - state
        system = jnp.eye(state.size, dtype=state.dtype) - _slope(update, state)
        return gap, jnp.linalg.pinv(system), jnp.linalg.norm(gap)

    if first.size == 0:
        return first, jnp.zeros((0, 0), first.dtype), jnp.zeros((), first.dtype)

    def step(now: tuple[PyTree, Array, Array]) -> tuple[PyTree, Array, Array]:
        found, _, count = now
        state, gap, inverse, far = found
        tried = state + inverse @ gap
        better = (tried, *looked(tried))
        went = better[-1] < far
        found = jax.tree.map(lambda a, b: jnp.where(went, a, b), better, found)
        return found, went & (count < NEWTON), count + 1

    begun = ((first, *looked(first)), jnp.asarray(True), jnp.int32(0))
    (state, _, inverse, far), _, _ = jax.lax.while_loop(lambda now: now[1], step, begun)
    return state, inverse, far


def _held(tree: Same) -> Same:
    """The same numbers, of which nothing is differentiated."""
    return jax.tree.map(
        lambda leaf: jax.lax.stop_gradient(leaf) if eqx.is_inexact_array(leaf) else leaf, tree
    )
