"""Networks as pure functions: a frozen value that knows the architecture, and parameters that are
plain arrays.

A network is applied as `network(parameters, inputs)`, batch first, so that a player's strategy is
its parameters and nothing else; two networks of equal architecture are equal, and games built from
them share their compiled programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ..checks import nearest, refuse, whole
from ..settings import Declared, declared

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "softplus": jax.nn.softplus,
    "leaky_relu": jax.nn.leaky_relu,
}
Parameters = tuple[dict[str, Array], ...]


class Network(Protocol):
    """Applied as network(parameters, inputs), batch first; `init` makes fresh parameters."""

    def init(self, key: PRNGKeyArray, dtype: DTypeLike, /) -> PyTree: ...

    def __call__(self, parameters: PyTree, inputs: Array, /) -> Array: ...


def _activation(given: object, name: str) -> str:
    if isinstance(given, str) and given not in ACTIVATIONS:
        raise nearest(name, given, ACTIVATIONS)
    if not isinstance(given, str):
        raise refuse(name, given, "a name", f"One of {', '.join(sorted(ACTIVATIONS))}.")
    return given


def _widths(given: object, name: str) -> tuple[int, ...]:
    if not isinstance(given, tuple | list) or len(given) < 2:
        allowed = "two or more widths, of the input, the hidden layers and the output"
        raise refuse(name, given, allowed)
    return tuple(whole(width, f"{name}[{i}]") for i, width in enumerate(given))


def demand_network(given: object, argument: str) -> None:
    """A network is any value applied as network(parameters, inputs)."""
    if not callable(given) or isinstance(given, type):
        allowed = "a network applied as network(parameters, inputs)"
        raise refuse(argument, given, allowed, "Such as Perceptron((2, 16, 1)).")


class Perceptron(Declared):
    """h <- activation(h W + b), layer by layer; the last layer is linear.      Rosenblatt 1958.

    `widths` are those of the input, the hidden layers and the output.
    """

    widths: tuple[int, ...] = declared(_widths, static=True)
    activation: str = declared(_activation, "relu", static=True)

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Parameters:
        """Glorot and Bengio's uniform weights, U(-a, a) with a = sqrt(6 / (inputs + outputs)), and
        zero biases.
        """
        keys = jax.random.split(key, len(self.widths) - 1)
        return tuple(_layer(k, *shape, dtype) for k, shape in zip(keys, self._shapes, strict=True))

    def __call__(
        self, parameters: Parameters, inputs: Float[Array, "batch inputs"]
    ) -> Float[Array, "batch outputs"]:
        function, hidden = ACTIVATIONS[self.activation], inputs
        for i, layer in enumerate(parameters):
            hidden = hidden @ layer["weight"] + layer["bias"]
            hidden = function(hidden) if i < len(parameters) - 1 else hidden
        return hidden

    @property
    def inputs(self) -> int:
        """The width of the input."""
        return self.widths[0]

    @property
    def outputs(self) -> int:
        """The width of the output."""
        return self.widths[-1]

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return sum((inputs + 1) * outputs for inputs, outputs in self._shapes)

    @property
    def _shapes(self) -> list[tuple[int, int]]:
        return list(zip(self.widths[:-1], self.widths[1:], strict=True))


def demand_width(network: object, name: str, side: str, wanted: int, allowed: str) -> None:
    """Widths that do not fit are found here and not in a product of matrices; `side` is "inputs" or
    "outputs". Only a perceptron tells its own.
    """
    if isinstance(network, Perceptron) and (width := getattr(network, side)) != wanted:
        raise refuse(name, f"a network with {width} {side}", allowed)


def _layer(key: PRNGKeyArray, inputs: int, outputs: int, dtype: DTypeLike) -> dict[str, Array]:
    bound = math.sqrt(6 / (inputs + outputs))
    weight = jax.random.uniform(key, (inputs, outputs), dtype, -bound, bound)
    return {"weight": weight, "bias": jnp.zeros((outputs,), dtype)}
