"""Networks of other libraries, taken as they are: their parameters are split from the rest, which
stays fixed.

What a module remembers between calls (running averages of batch normalisation, a generator of
random numbers) is no strategy of a player and is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import InputError, refuse
from ..settings import Declared, declared
from .base import Shape, shape_of

STATELESS = (
    "Batch statistics without running averages are in minimax_lab.networks, and so is a spectral "
    "norm that the game refreshes."
)


def _module(given: object, name: str) -> eqx.Module:
    """A module, whose layers keep no state."""
    if not isinstance(given, eqx.Module) or not callable(given):
        allowed = "an Equinox module applied to one input, or a function from a key to one"
        raise refuse(name, given, allowed)
    stateful = [type(part).__name__ for part in _parts(given) if _keeps_state(part)]
    if stateful:
        raise refuse(name, f"a module with a {stateful[-1]}", "one without state", STATELESS)
    return given


def _keeps_state(part: object) -> bool:
    return isinstance(part, eqx.nn.StatefulLayer) and part.is_stateful()


def _parts(tree: PyTree) -> list[object]:
    """A module and every one inside it, the outer ones first."""
    found: list[object] = []

    def met(part: object) -> bool:
        found.append(part)
        return False

    jax.tree.leaves(tree, is_leaf=met)
    return found


def _maker(given: object, name: str) -> Callable[[PRNGKeyArray], eqx.Module] | None:
    if given is not None and not callable(given):
        raise refuse(name, given, "a function from a key to a module, or None")
    return given


class FromEquinox(Declared):
    """A module of Equinox, applied to each example of a batch: its floating arrays are the
    parameters.

    Starts from the weights that the module has, whatever the key, or with `fresh` from those of
    `fresh(key)`. It takes and gives what the module does: `eqx.nn.Conv2d` has channels first.

    Examples:
        >>> import equinox as eqx
        >>> import jax
        >>> from minimax_lab import networks
        >>> def made(key):
        ...     return eqx.nn.MLP(2, 1, 16, 2, key=key)
        >>> network = networks.FromEquinox(made(jax.random.key(0)), made)
        >>> parameters = network.init(jax.random.key(1))
        >>> network(parameters, jax.numpy.ones((5, 2))).shape
        (5, 1)
    """

    module: eqx.Module = declared(_module)
    fresh: Callable[[PRNGKeyArray], eqx.Module] | None = declared(_maker, None, static=True)

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> PyTree:
        module = self.module if self.fresh is None else self.fresh(key)
        parameters = eqx.filter(module, eqx.is_inexact_array)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), parameters)

    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        rest = eqx.filter(self.module, eqx.is_inexact_array, inverse=True)
        return jax.vmap(eqx.combine(parameters, rest))(inputs)


def _linen(given: object, name: str) -> object:
    """Known by its methods, so that Flax need not be there."""
    if isinstance(given, type) or not (hasattr(given, "init") and hasattr(given, "apply")):
        raise refuse(name, given, "a module of Flax's linen, such as flax.linen.Dense(1)")
    return given


class FromLinen(Declared):
    """A module of Flax's linen, applied to batches of inputs of this shape: its collection "params"
    is the parameters.

    With `flax.linen` imported as `nn`, `FromLinen(nn.Sequential([nn.Dense(16), nn.relu,
    nn.Dense(1)]), (2,))` is a discriminator of the plane.
    """

    module: Any = declared(_linen, static=True)
    shape: Shape = declared(shape_of, static=True)

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> PyTree:
        variables = self.module.init(key, jnp.zeros((1, *self.shape), dtype))
        if others := sorted(set(variables) - {"params"}):
            given = f"a module with {', '.join(others)}"
            raise refuse("FromLinen.module", given, "one without state", STATELESS)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), variables["params"])

    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        return self.module.apply({"params": parameters}, inputs)


def _nnx(given: object, name: str) -> object:
    if isinstance(given, type) or not callable(given):
        raise refuse(name, given, "a function from nnx.Rngs to a module of Flax's nnx")
    return given


class FromNnx(Declared):
    """A module of Flax's nnx, made by `make(rngs)` and applied to batches: its variables of kind
    `nnx.Param` are the parameters.

    With `nnx` imported from `flax`, `FromNnx(lambda rngs: nnx.Linear(2, 1, rngs=rngs))` is a
    discriminator of the plane. Two lambdas are two networks, even where they say the same.
    """

    make: Callable[[Any], Any] = declared(_nnx, static=True)

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> PyTree:
        nnx = _flax_nnx()
        _, parameters, others = nnx.split(self.make(nnx.Rngs(key)), nnx.Param, ...)
        rest = jax.tree.leaves(others, is_leaf=lambda part: isinstance(part, nnx.Variable))
        if kinds := sorted({type(variable).__name__ for variable in rest}):
            given = f"a function whose module has {', '.join(kinds)}"
            raise refuse("FromNnx.make", given, "one without state", STATELESS)
        return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), nnx.to_pure_dict(parameters))

    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        nnx = _flax_nnx()
        abstract = nnx.eval_shape(lambda: self.make(nnx.Rngs(0)))
        graph, state = nnx.split(abstract)
        nnx.replace_by_pure_dict(state, parameters)
        return nnx.merge(graph, state)(inputs)


def _flax_nnx() -> Any:
    try:
        from flax import nnx
    except ImportError as error:
        raise InputError("FromNnx needs Flax, which is not installed: pip install flax.") from error
    return nnx
