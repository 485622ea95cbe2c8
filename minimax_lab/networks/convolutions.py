"""Strided convolutions and their transposes, channels last.

On a CPU both are made of convolutions without a stride (`canonical.py` says why):

    phased   each phase of the finer grid with the part of the kernel that meets it, no product
             more than there must be
    folded   all phases as channels, one convolution with a kernel filled up with zeros to whole
             blocks: faster where the finer pictures have few channels (as in Shi et al. 2016)
"""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from .canonical import CHANNELS_LAST, Borders, unstrided

Pictures = Float[Array, "count height width channels"]
Kernel = Float[Array, "rows columns inputs outputs"]
FEW = 16  # channels, below which folding was faster when it was measured


def convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[p] = sum_q x[stride * p + q] K[q], zeros outside, in the form that is fast here."""
    even = all(side % stride == 0 for side in inputs.shape[1:3])
    if not even or jax.default_backend() != "cpu":
        return plain_convolution(inputs, kernel, stride)
    form = folded_convolution if inputs.shape[3] < FEW else phased_convolution
    return form(inputs, kernel, stride)


def adjoint_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[stride * p + q] += x[p] K[q]: the transpose of the convolution whose kernel has inputs and
    outputs exchanged, in the form that is fast here.
    """
    if jax.default_backend() != "cpu":
        return plain_adjoint(inputs, kernel, stride)
    form = folded_adjoint if kernel.shape[3] < FEW else phased_adjoint
    return form(inputs, kernel, stride)


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


def phased_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """The sum over the phases of the input."""
    first, *others = (
        unstrided(inputs[:, p::stride, q::stride], part, borders)
        for (p, q), part, borders in _phases(kernel, stride)
    )
    return sum(others, first)


def phased_adjoint(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """Every phase of the output by itself; a phase that the kernel does not meet is zero."""
    count, height, width, _ = inputs.shape
    channels = kernel.shape[3]
    zeros = jnp.zeros((count, height, width, channels), inputs.dtype)
    outputs = dict.fromkeys(itertools.product(range(stride), repeat=2), zeros)
    for phase, part, borders in _phases(kernel, stride):
        turned = [(after, before) for before, after in borders]
        outputs[phase] = unstrided(inputs, part[::-1, ::-1], turned)
    rows = [jnp.stack([outputs[p, q] for q in range(stride)], 3) for p in range(stride)]
    laid = jnp.stack(rows, 2)
    return laid.reshape(count, height * stride, width * stride, channels)


def folded_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """Of pictures of blocks."""
    folded, borders = _folded(kernel, stride)
    count, height, width, channels = inputs.shape
    parted = inputs.reshape(count, height // stride, stride, width // stride, stride, channels)
    blocks = parted.swapaxes(2, 3).reshape(count, height // stride, width // stride, -1)
    return unstrided(blocks, folded, borders)


def folded_adjoint(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """To pictures of blocks, which are laid out."""
    folded, borders = _folded(kernel.swapaxes(2, 3), stride)
    turned = [(after, before) for before, after in borders]
    blocks = unstrided(inputs, folded[::-1, ::-1].swapaxes(2, 3), turned)
    count, height, width, _ = inputs.shape
    parted = blocks.reshape(count, height, width, stride, stride, -1)
    return parted.swapaxes(2, 3).reshape(count, height * stride, width * stride, -1)


def _border(size: int, stride: int) -> int:
    """How many zeros stand before a side that the stride divides."""
    return max(size - stride, 0) // 2


def _phases(kernel: Kernel, stride: int) -> list[tuple[tuple[int, int], Kernel, Borders]]:
    """Every phase that the kernel meets, the part that meets it, and the zeros around."""
    rows, columns = (_met(size, stride) for size in kernel.shape[:2])
    return [
        ((p, q), kernel[first::stride, second::stride], (above, beside))
        for p, first, above in rows
        for q, second, beside in columns
    ]


def _met(size: int, stride: int) -> list[tuple[int, int, tuple[int, int]]]:
    """Along one axis: the phase, where the part begins, the zeros before and after."""
    before = _border(size, stride)
    found = []
    for phase in range(stride):
        first = (phase + before) % stride
        if first < size:
            reach, count = (before + phase - first) // stride, len(range(first, size, stride))
            found.append((phase, first, (reach, count - 1 - reach)))
    return found


def _folded(kernel: Kernel, stride: int) -> tuple[Kernel, Borders]:
    """The kernel among blocks, and the zeros around."""
    befores = [_border(size, stride) for size in kernel.shape[:2]]
    leads = [-before % stride for before in befores]
    sizes = kernel.shape[:2]
    fills = [(lead, -(lead + size) % stride) for lead, size in zip(leads, sizes, strict=True)]
    filled = jnp.pad(kernel, (*fills, (0, 0), (0, 0)))
    rows, columns = (side // stride for side in filled.shape[:2])
    inputs, outputs = kernel.shape[2:]
    parted = filled.reshape(rows, stride, columns, stride, inputs, outputs)
    folded = parted.swapaxes(1, 2).reshape(rows, columns, stride * stride * inputs, outputs)
    reaches = [(before + lead) // stride for before, lead in zip(befores, leads, strict=True)]
    return folded, tuple((r, n - 1 - r) for r, n in zip(reaches, (rows, columns), strict=True))
