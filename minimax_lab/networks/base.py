"""What a network is here: a frozen value that knows the architecture, applied to parameters that
are plain arrays, `network(parameters, inputs)`, batch first.

A player's strategy is its parameters and nothing else; two networks of equal architecture are
equal, and games built from them share their compiled programs.
"""

from __future__ import annotations

import abc
from typing import Protocol

from jax.typing import DTypeLike
from jaxtyping import Array, PRNGKeyArray, PyTree

from ..checks import refuse
from ..settings import Declared

Shape = tuple[int, ...]


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
        raise refuse(name, f"a network with {_told(network.takes)} inputs", allowed)


def demand_gives(network: object, name: str, wanted: Shape, allowed: str) -> None:
    """Outputs that do not fit."""
    if isinstance(network, Architecture) and network.gives != wanted:
        raise refuse(name, f"a network with {_told(network.gives)} outputs", allowed)


def _told(shape: Shape) -> str:
    return " x ".join(map(str, shape))
