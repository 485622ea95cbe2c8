"""Networks made of networks."""

import math

import jax
import jax.numpy as jnp
from equinox import AbstractVar
from jax.typing import DTypeLike
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from ..checks import refuse
from ..settings import Number, declared, real
from .base import Architecture, Shape, demand_architecture, projection_of, shape_of

PRECISIONS = ("bfloat16", "float16", "float32", "float64")


class Around(Architecture):
    """A network that has the parameters of another."""

    network: AbstractVar[Architecture]

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> PyTree:
        return self.network.init(key, dtype)


def _floating(given: object, name: str) -> str:
    if isinstance(given, str) and given in PRECISIONS:
        return given
    raise refuse(name, given, "one of " + ", ".join(PRECISIONS))


class Flattened(Around):
    """network(parameters, x as one long vector): pictures for a network that takes vectors.

    Examples:
        >>> from minimax_lab import networks
        >>> critic = networks.Flattened(networks.Perceptron((64, 256, 1)), (8, 8, 1))
        >>> critic.takes, critic.gives
        ((8, 8, 1), (1,))
    """

    network: Architecture = declared(demand_architecture)
    shape: Shape = declared(shape_of, static=True)

    def __check_init__(self) -> None:
        if self.network.takes != (math.prod(self.shape),):
            allowed = f"a shape of {math.prod(self.network.takes)} numbers, as the network takes"
            raise refuse("Flattened.shape", self.shape, allowed)

    def __call__(self, parameters: PyTree, inputs: Float[Array, "count ..."]) -> Array:
        return self.network(parameters, inputs.reshape(len(inputs), -1))

    @property
    def takes(self) -> Shape:
        return self.shape

    @property
    def gives(self) -> Shape:
        return self.network.gives


class Painted(Around):
    """tanh(network(parameters, z)) in the shape of a picture, between -1 and 1.

    Examples:
        >>> from minimax_lab import networks
        >>> generator = networks.Painted(networks.Perceptron((32, 256, 64)), (8, 8, 1))
        >>> generator.takes, generator.gives
        ((32,), (8, 8, 1))
    """

    network: Architecture = declared(demand_architecture)
    shape: Shape = declared(shape_of, static=True)

    def __check_init__(self) -> None:
        if self.network.gives != (math.prod(self.shape),):
            allowed = f"a shape of {math.prod(self.network.gives)} numbers, as the network gives"
            raise refuse("Painted.shape", self.shape, allowed)

    def __call__(self, parameters: PyTree, inputs: Array) -> Float[Array, "count ..."]:
        return jnp.tanh(self.network(parameters, inputs)).reshape(len(inputs), *self.shape)

    @property
    def takes(self) -> Shape:
        return self.network.takes

    @property
    def gives(self) -> Shape:
        return self.shape


class Computed(Around):
    """The network with its arithmetic in another precision, while parameters, gradients and what it
    gives stay in that of the parameters: bfloat16 halves what an accelerator moves.

    Batch statistics and losses keep single precision.

    Examples:
        >>> import jax
        >>> from minimax_lab import networks
        >>> network = networks.Computed(networks.Perceptron((2, 8, 1)), "bfloat16")
        >>> parameters = network.init(jax.random.key(0), "float32")
        >>> network(parameters, jax.numpy.ones((3, 2))).dtype
        dtype('float32')
    """

    network: Architecture = declared(demand_architecture)
    precision: str = declared(_floating, "bfloat16", static=True)

    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        outputs = self.network(_cast(parameters, self.precision), _cast(inputs, self.precision))
        return outputs.astype(jnp.result_type(*jax.tree.leaves(parameters)))

    @property
    def takes(self) -> Shape:
        return self.network.takes

    @property
    def gives(self) -> Shape:
        return self.network.gives


def _cast(tree: PyTree, precision: str) -> PyTree:
    return jax.tree.map(lambda leaf: leaf.astype(precision), tree)


class Bounded(Around):
    """The network with every parameter between -bound and bound: the critic of Wasserstein GANs
    with weight clipping (Arjovsky, Chintala, Bottou 2017).

    Examples:
        >>> from minimax_lab import networks
        >>> critic = networks.Bounded(networks.Perceptron((2, 8, 1)), 0.1)
        >>> (layer,) = critic.project(({"weight": jax.numpy.array([[-3.0, 0.05]])},))
        >>> print(layer["weight"])
        [[-0.1   0.05]]
    """

    network: Architecture = declared(demand_architecture)
    bound: Number = real(0.01, above=0)

    def __call__(self, parameters: PyTree, inputs: Array) -> Array:
        return self.network(parameters, inputs)

    @property
    def takes(self) -> Shape:
        return self.network.takes

    @property
    def gives(self) -> Shape:
        return self.network.gives

    def project(self, parameters: PyTree) -> PyTree:
        """Into the box, after what the network inside asks."""
        inner = projection_of(self.network)
        inside = parameters if inner is None else inner(parameters)
        return jax.tree.map(lambda leaf: jnp.clip(leaf, -self.bound, self.bound), inside)
