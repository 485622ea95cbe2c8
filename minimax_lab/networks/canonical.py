"""Convolutions without a stride whose every derivative is such a convolution again, in the one
arrangement of axes for which XLA has a fast program on a CPU.

XLA brings other arrangements into this one, but not inside loops (its pass looks at the outermost
computation alone), and JAX writes derivatives in others. So a loop that trains a network would take
six times as long as its updates one by one. Here the axes of arrays are exchanged instead of their
names. Where the kernel is larger than the picture, as in second derivatives, the two change places,
since XLA would change them in an arrangement without a fast program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

Pictures = Float[Array, "count height width inputs"]
Kernel = Float[Array, "rows columns inputs outputs"]
Borders = Sequence[tuple[int, int]]
CHANNELS_LAST = ("NHWC", "HWIO", "NHWC")

_convolution = Primitive("canonical_convolution")


def unstrided(inputs: Pictures, kernel: Kernel, borders: Borders) -> Pictures:
    """y[p] = sum_q x[p + q - before] K[q], with as many zeros before and after each side."""
    return _convolution.bind(inputs, kernel, borders=tuple(borders))


def _written(inputs: Pictures, kernel: Kernel, *, borders: Borders) -> Pictures:
    sides, sizes = inputs.shape[1:3], kernel.shape[:2]
    swapped = [
        (side - size + before, side - size + after)
        for side, size, (before, after) in zip(sides, sizes, borders, strict=True)
    ]
    larger = sizes[0] * sizes[1] > sides[0] * sides[1]
    if larger and min(min(pair) for pair in swapped) >= 0:
        turned = kernel[::-1, ::-1].transpose(3, 0, 1, 2)
        around = inputs[:, ::-1, ::-1].transpose(1, 2, 3, 0)
        return _plain(turned, around, swapped).transpose(3, 1, 2, 0)
    return _plain(inputs, kernel, borders)


def _plain(inputs: Pictures, kernel: Kernel, borders: Any) -> Pictures:
    return jax.lax.conv_general_dilated(
        inputs, kernel, (1, 1), borders, dimension_numbers=CHANNELS_LAST
    )


def _shaped(inputs: ShapedArray, kernel: ShapedArray, *, borders: Borders) -> ShapedArray:
    sides = (
        side + sum(border) - size + 1
        for side, size, border in zip(inputs.shape[1:3], kernel.shape[:2], borders, strict=True)
    )
    return inputs.update(shape=(inputs.shape[0], *sides, kernel.shape[3]), weak_type=False)


def _to_inputs(change: Pictures, inputs: Any, kernel: Kernel, *, borders: Borders) -> Pictures:
    """The kernel turned about, its inputs and outputs exchanged."""
    sizes = zip(kernel.shape[:2], borders, strict=True)
    rest = [(size - 1 - before, size - 1 - after) for size, (before, after) in sizes]
    return unstrided(change, kernel[::-1, ::-1].swapaxes(2, 3), rest)


def _to_kernel(change: Pictures, inputs: Pictures, kernel: Any, *, borders: Borders) -> Kernel:
    """The change as a kernel, examples as channels and channels as examples."""
    found = unstrided(inputs.transpose(3, 1, 2, 0), change.transpose(1, 2, 0, 3), borders)
    return found.transpose(1, 2, 0, 3)


def _batched(arguments: Any, axes: Any, *, borders: Borders) -> tuple[Pictures, int]:
    """Batches of pictures are one batch, kernels of one batch are one kernel of more outputs;
    batches that have a kernel each go one by one, for which there is a fast program.
    """
    (inputs, kernel), (of_inputs, of_kernel) = arguments, axes
    if of_kernel is None:
        return _many_pictures(jnp.moveaxis(inputs, of_inputs, 0), kernel, borders), 0
    kernels = jnp.moveaxis(kernel, of_kernel, 0)
    if of_inputs is None:
        return _many_kernels(inputs, kernels, borders), 0
    pairs = jnp.moveaxis(inputs, of_inputs, 0), kernels
    return jax.lax.map(lambda pair: unstrided(pair[0], pair[1], borders), pairs), 0


def _many_pictures(inputs: Array, kernel: Kernel, borders: Borders) -> Array:
    members, count, *picture = inputs.shape
    outputs = unstrided(inputs.reshape(members * count, *picture), kernel, borders)
    return outputs.reshape(members, count, *outputs.shape[1:])


def _many_kernels(inputs: Pictures, kernels: Array, borders: Borders) -> Array:
    members, *places, outputs = kernels.shape
    joined = jnp.moveaxis(kernels, 0, 3).reshape(*places, members * outputs)
    found = unstrided(inputs, joined, borders)
    return jnp.moveaxis(found.reshape(*found.shape[:3], members, outputs), 3, 0)


_convolution.def_impl(jax.jit(_written, static_argnames="borders"))
_convolution.def_abstract_eval(_shaped)
ad.defbilinear(_convolution, _to_inputs, _to_kernel)
batching.primitive_batchers[_convolution] = _batched
mlir.register_lowering(_convolution, mlir.lower_fun(_written, multiple_results=False))
