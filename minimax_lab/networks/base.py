"""What a network is here: a frozen value that knows the architecture, applied to parameters that
are plain arrays, `network(parameters, inputs)`, batch first.

A player's strategy is its parameters and nothing else; two networks of equal architecture are
equal, and games built from them share their compiled programs.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Protocol

from jax.typing import DTypeLike
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import refuse, whole
from ..settings import Declared

Shape = tuple[int, ...]
Projection = Callable[[PyTree], PyTree]


class Network(Protocol):
    """Applied as network(parameters, inputs), batch first; `init` makes fresh parameters."""

    def init(self, key: PRNGKeyArray, dtype: DTypeLike, /) -> PyTree: ...

    def __call__(self, parameters: PyTree, inputs: Array, /) -> Array: ...


class Architecture(Declared):
    """A network of ours, which knows the shapes of one input and one output."""

    @abc.abstractmethod
    def init(self, key: PRNGKeyArray, dtype: DTypeLike) -> PyTree:
        """Fresh parameters."""

    @abc.abstractmethod
    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        """Applied to a batch."""

    @property
    @abc.abstractmethod
    def takes(self) -> Shape:
        """The shape of one input."""

    @property
    @abc.abstractmethod
    def gives(self) -> Shape:
        """The shape of one output."""


def projection_of(network: object) -> Projection | None:
    """Its method `project(parameters)`, or that of the network inside it; None where there is none,
    since parameters may be anything.
    """
    own, inside = getattr(network, "project", None), getattr(network, "network", None)
    return projection_of(inside) if own is None and inside is not None else own


def shape_of(given: object, name: str) -> Shape:
    """Such as (28, 28, 1)."""
    if not isinstance(given, tuple | list) or not given:
        raise refuse(name, given, "a shape such as (28, 28, 1)")
    return tuple(whole(side, f"{name}[{i}]") for i, side in enumerate(given))


def demand_architecture(given: object, name: str) -> Architecture:
    """What is asked for its shapes must know them."""
    if not isinstance(given, Architecture):
        raise refuse(name, given, "a network of minimax_lab.networks, such as Perceptron((2, 1))")
    return given


def demand_network(given: object, argument: str) -> None:
    """A network is any value applied as network(parameters, inputs)."""
    if not callable(given) or isinstance(given, type):
        allowed = "a network applied as network(parameters, inputs)"
        raise refuse(argument, given, allowed, "Such as Perceptron((2, 16, 1)).")


def demand_takes(network: object, name: str, wanted: Shape, allowed: str) -> None:
    """Inputs that do not fit are found here and not in a product of matrices; a network that is not
    ours does not tell.
    """
    if isinstance(network, Architecture) and network.takes != wanted:
        raise refuse(name, f"a network with {told(network.takes)} inputs", allowed)


def demand_gives(network: object, name: str, wanted: Shape, allowed: str) -> None:
    """Outputs that do not fit."""
    if isinstance(network, Architecture) and network.gives != wanted:
        raise refuse(name, f"a network with {told(network.gives)} outputs", allowed)


def told(shape: Shape) -> str:
    """A shape in words."""
    return " x ".join(map(str, shape))
