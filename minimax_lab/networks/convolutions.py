"""Strided convolutions and their transposes, channels last."""

from __future__ import annotations

import jax
from jaxtyping import Array, Float

Pictures = Float[Array, "count height width channels"]
Kernel = Float[Array, "rows columns inputs outputs"]
CHANNELS_LAST = ("NHWC", "HWIO", "NHWC")


def convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[p] = sum_q x[stride * p + q] K[q], zeros outside."""
    return jax.lax.conv_general_dilated(
        inputs, kernel, (stride, stride), "SAME", dimension_numbers=CHANNELS_LAST
    )


def adjoint_convolution(inputs: Pictures, kernel: Kernel, stride: int) -> Pictures:
    """y[stride * p + q] += x[p] K[q]: the transpose of the convolution whose kernel has inputs and
    outputs exchanged.
    """
    return jax.lax.conv_general_dilated(
        inputs,
        kernel[::-1, ::-1],
        (1, 1),
        [_adjoint_border(size, stride) for size in kernel.shape[:2]],
        lhs_dilation=(stride, stride),
        dimension_numbers=CHANNELS_LAST,
    )


def border(size: int, stride: int) -> tuple[int, int]:
    """How many zeros stand before and after a side that `stride` divides."""
    both = max(size - stride, 0)
    return both // 2, both - both // 2


def _adjoint_border(size: int, stride: int) -> tuple[int, int]:
    before, _ = border(size, stride)
    return size - 1 - before, stride - 1 + before
