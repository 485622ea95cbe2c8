"""Layers of weights and an activation between them."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray

from ..checks import nearest, refuse, whole
from ..settings import declared
from .base import Architecture, Shape

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "softplus": jax.nn.softplus,
    "leaky_relu": jax.nn.leaky_relu,
}
Parameters = tuple[dict[str, Array], ...]


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


class Perceptron(Architecture):
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
    def takes(self) -> Shape:
        return self.widths[:1]

    @property
    def gives(self) -> Shape:
        return self.widths[-1:]

    @property
    def size(self) -> int:
        """How many parameters there are."""
        return sum((inputs + 1) * outputs for inputs, outputs in self._shapes)

    @property
    def _shapes(self) -> list[tuple[int, int]]:
        return list(zip(self.widths[:-1], self.widths[1:], strict=True))


def _layer(key: PRNGKeyArray, inputs: int, outputs: int, dtype: DTypeLike) -> dict[str, Array]:
    bound = math.sqrt(6 / (inputs + outputs))
    weight = jax.random.uniform(key, (inputs, outputs), dtype, -bound, bound)
    return {"weight": weight, "bias": jnp.zeros((outputs,), dtype)}
