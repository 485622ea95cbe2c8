"""Layers against loops that say what they are."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from minimax_lab.networks.convolutions import (
    adjoint_convolution,
    convolution,
    folded_adjoint,
    folded_convolution,
    phased_adjoint,
    phased_convolution,
    plain_adjoint,
    plain_convolution,
)
from minimax_lab.networks.layers import batch_normalised, enlarged, layer, pooled

GEOMETRY = [
    (5, 2, 8, 4),
    (4, 2, 4, 6),
    (3, 1, 4, 3),
    (1, 1, 3, 2),
    (3, 3, 6, 9),
    (2, 3, 6, 3),
    (1, 2, 4, 2),
]
STRIDED = pytest.mark.parametrize(("size", "stride", "height", "width"), GEOMETRY)


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def by_loops(inputs, kernel, stride):
    """y[p] = sum_q x[stride * p + q - before] K[q], place by place."""
    size, (count, height, width, _) = len(kernel), inputs.shape
    rows, columns = -(-height // stride), -(-width // stride)
    befores = [
        max((out - 1) * stride + size - side, 0) // 2
        for out, side in ((rows, height), (columns, width))
    ]
    outputs = np.zeros((count, rows, columns, kernel.shape[-1]))
    for p, q, i, j in itertools.product(range(rows), range(columns), range(size), range(size)):
        row, column = stride * p + i - befores[0], stride * q + j - befores[1]
        if 0 <= row < height and 0 <= column < width:
            outputs[:, p, q] += inputs[:, row, column] @ kernel[i, j]
    return outputs


@STRIDED
@pytest.mark.parametrize("form", [plain_convolution, phased_convolution, folded_convolution])
def test_a_convolution_is_its_loop(form, size, stride, height, width):
    inputs, kernel = numbers(1, 2, height, width, 3), numbers(2, size, size, 3, 2)
    found = form(jnp.asarray(inputs), jnp.asarray(kernel), stride)
    np.testing.assert_allclose(found, by_loops(inputs, kernel, stride), atol=1e-13)


@STRIDED
@pytest.mark.parametrize("form", [plain_adjoint, phased_adjoint, folded_adjoint])
def test_the_transpose_is_the_adjoint(form, size, stride, height, width):
    """<y, K x> = <K' y, x> for the basis of all x at once."""
    kernel = numbers(2, size, size, 2, 3)
    y = jnp.asarray(numbers(3, 2, height // stride, width // stride, 2))
    shape = jax.ShapeDtypeStruct((2, height, width, 3), y.dtype)
    transpose = jax.linear_transpose(
        lambda x: plain_convolution(x, jnp.asarray(kernel.swapaxes(2, 3)), stride), shape
    )
    np.testing.assert_allclose(form(y, jnp.asarray(kernel), stride), *transpose(y), atol=1e-13)


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
@pytest.mark.parametrize("channels", [1, 20])
def test_a_stride_is_left_to_accelerators(monkeypatch, backend, channels):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    pictures, kernel = jnp.ones((1, 4, 4, channels)), jnp.ones((4, 4, channels, channels))
    for form in (convolution, adjoint_convolution):
        program = str(jax.make_jaxpr(lambda p, k, form=form: form(p, k, 2))(pictures, kernel))
        spread = "window_strides=(2, 2)" in program or "lhs_dilation=(2, 2)" in program
        assert spread == (backend == "gpu")


def test_a_side_that_the_stride_does_not_divide_is_rounded_up():
    inputs, kernel = numbers(1, 1, 7, 5, 1), numbers(2, 3, 3, 1, 1)
    found = convolution(jnp.asarray(inputs), jnp.asarray(kernel), 2)
    np.testing.assert_allclose(found, by_loops(inputs, kernel, 2), atol=1e-13)


def test_a_normalised_batch_has_mean_shift_and_deviation_scale():
    batch = jnp.asarray(50 + 20 * numbers(1, 6, 3, 3, 2))
    scale, shift = jnp.array([2.0, 0.5]), jnp.array([-1.0, 3.0])
    found = batch_normalised(batch, scale, shift)
    np.testing.assert_allclose(found.mean((0, 1, 2)), shift, atol=1e-12)
    np.testing.assert_allclose(found.std((0, 1, 2)), scale, rtol=1e-6)


def test_statistics_of_half_precision_are_taken_in_single():
    """The mean of 4096 numbers near 100 is lost in bfloat16, whose step there is a half."""
    batch = jnp.asarray(100 + 10 * numbers(1, 4096, 1), jnp.bfloat16)
    one = jnp.ones((1,), jnp.bfloat16)
    found = batch_normalised(batch, one, 0 * one)
    exact = batch_normalised(batch.astype(jnp.float64), jnp.ones((1,)), jnp.zeros((1,)))
    assert found.dtype == jnp.bfloat16
    np.testing.assert_allclose(found.astype(jnp.float64), exact, rtol=2**-8)


def test_pooling_undoes_enlarging():
    pictures = jnp.asarray(numbers(1, 2, 3, 2, 2))
    large = enlarged(pictures)
    assert large.shape == (2, 6, 4, 2)
    np.testing.assert_array_equal(large[:, 1::2, ::2], pictures)
    np.testing.assert_allclose(pooled(large), pictures, rtol=1e-14)


def test_weights_are_glorots(key):
    weight = layer(key, (5, 5, 30, 50), jnp.float64)["weight"]
    bound = np.sqrt(6 / (25 * 80))
    assert np.abs(weight).max() <= bound
    np.testing.assert_allclose(weight.std(), bound / np.sqrt(3), rtol=0.02)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_layers_are_made_in_the_precision_asked_for(key, dtype):
    made = layer(key, (3, 3, 1, 2), dtype, normalised=True)
    assert {leaf.dtype for leaf in jax.tree.leaves(made)} == {jnp.dtype(dtype)}
