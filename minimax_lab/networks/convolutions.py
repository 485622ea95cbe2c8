"""Strided convolutions and their transposes, channels last.

Both are also convolutions without a stride, of pictures whose blocks of stride * stride places have
become channels (Shi et al. 2016): the kernel is filled up with zeros to whole blocks and folded
likewise. On a CPU that is the form to take: XLA knows no fast program for convolutions whose input
is spread out, which every derivative of a strided one and of a transposed one with respect to the
kernel is, while all derivatives of one without a stride are of its own kind, however often it is
differentiated.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Pictures = Float[Array, "count height width channels"]
Kernel = Float[Array, "rows columns inputs outputs"]
CHANNELS_LAST = ("NHWC", "HWIO", "NHWC")


def convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[p] = sum_q x[stride * p + q] K[q], zeros outside, in the form that is fast here."""
    even = all(side % stride == 0 for side in inputs.shape[1:3])
    folds = stride > 1 and even and jax.default_backend() == "cpu"
    return (folded_convolution if folds else plain_convolution)(inputs, kernel, stride)


def adjoint_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[stride * p + q] += x[p] K[q]: the transpose of the convolution whose kernel has inputs and
    outputs exchanged, in the form that is fast here.
    """
    folds = stride > 1 and jax.default_backend() == "cpu"
    return (folded_adjoint if folds else plain_adjoint)(inputs, kernel, stride)


def plain_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """As XLA has it."""
    return jax.lax.conv_general_dilated(
        inputs, kernel, (stride, stride), "SAME", dimension_numbers=CHANNELS_LAST
    )


def plain_adjoint(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """As XLA has it: the convolution of what is spread out with the kernel turned about."""
    borders = []
    for size in kernel.shape[:2]:
        before = _border(size, stride)
        borders.append((size - 1 - before, stride - 1 + before))
    return jax.lax.conv_general_dilated(
        inputs,
        kernel[::-1, ::-1],
        (1, 1),
        borders,
        lhs_dilation=(stride, stride),
        dimension_numbers=CHANNELS_LAST,
    )


def folded_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """Without a stride, on pictures of blocks."""
    folded, before = folded_kernel(kernel, stride)
    borders = [(b, n - 1 - b) for b, n in zip(before, folded.shape[:2], strict=True)]
    return jax.lax.conv_general_dilated(
        blocks(inputs, stride), folded, (1, 1), borders, dimension_numbers=CHANNELS_LAST
    )


def folded_adjoint(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """Without a stride, to pictures of blocks, which are laid out."""
    folded, before = folded_kernel(kernel.swapaxes(2, 3), stride)
    borders = [(n - 1 - b, b) for b, n in zip(before, folded.shape[:2], strict=True)]
    outputs = jax.lax.conv_general_dilated(
        inputs,
        folded[::-1, ::-1].swapaxes(2, 3),
        (1, 1),
        borders,
        dimension_numbers=CHANNELS_LAST,
    )
    return unblocked(outputs, stride)


def blocks(pictures: Pictures, size: int) -> Pictures:
    """Every block of size * size places as one place of size * size times the channels."""
    count, height, width, channels = pictures.shape
    parted = pictures.reshape(count, height // size, size, width // size, size, channels)
    return parted.swapaxes(2, 3).reshape(
        count, height // size, width // size, size * size * channels
    )


def unblocked(pictures: Pictures, size: int) -> Pictures:
    """The way back."""
    count, height, width, channels = pictures.shape
    parted = pictures.reshape(count, height, width, size, size, channels // size**2)
    return parted.swapaxes(2, 3).reshape(count, height * size, width * size, channels // size**2)


def folded_kernel(kernel: Kernel, stride: int) -> tuple[Kernel, tuple[int, int]]:
    """The kernel among blocks, and how many blocks it reaches back from its place."""
    befores = [_border(size, stride) for size in kernel.shape[:2]]
    leads = [-before % stride for before in befores]
    fills = [
        (lead, -(lead + size) % stride) for lead, size in zip(leads, kernel.shape[:2], strict=True)
    ]
    filled = jnp.pad(kernel, (*fills, (0, 0), (0, 0)))
    rows, columns, inputs, outputs = filled.shape
    parted = filled.reshape(rows // stride, stride, columns // stride, stride, inputs, outputs)
    folded = parted.swapaxes(1, 2).reshape(
        rows // stride, columns // stride, stride * stride * inputs, outputs
    )
    reach = tuple((b + lead) // stride for b, lead in zip(befores, leads, strict=True))
    return folded, reach


def _border(size: int, stride: int) -> int:
    """How many zeros stand before a side that the stride divides."""
    return max(size - stride, 0) // 2
