"""Layers against loops that say what they are."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from minimax_lab.networks.canonical import unstrided
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


@pytest.mark.parametrize("channels", [1, 20])
def test_on_a_processor_all_derivatives_are_of_one_kind(monkeypatch, channels):
    """XLA's own are left to accelerators."""
    pictures, kernel = jnp.ones((1, 4, 4, channels)), jnp.ones((4, 4, channels, channels))

    def programs(form):
        def curved(x, k):
            return jnp.sum(jnp.tanh(form(x, k, 2)))

        def squared(x, k):
            return sum(jnp.sum(slope**2) for slope in jax.grad(curved, (0, 1))(x, k))

        return str(jax.make_jaxpr(jax.grad(squared, (0, 1)))(pictures, kernel))

    for form in (convolution, adjoint_convolution):
        said = programs(form)
        assert "canonical_convolution" in said and "conv_general_dilated" not in said
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    for form in (convolution, adjoint_convolution):
        said = programs(lambda *given, form=form: form(*given))
        assert "conv_general_dilated" in said and "canonical_convolution" not in said


@pytest.mark.parametrize("size", [3, 6])
def test_derivatives_are_those_of_xlas_convolution(size):
    """Up to the third, forward and reverse, mapped or not; with a kernel larger than the picture,
    too.
    """
    borders = ((size // 2, size // 2), (size // 2, size // 2 - 1))
    x, kernel = jnp.asarray(numbers(1, 2, 4, 5, 2)), jnp.asarray(numbers(2, size, size, 2, 3) / 9)
    turns = [jnp.asarray(numbers(seed, 3, *kernel.shape)) for seed in (3, 4)]

    def derivatives(form):
        def curved(x, k):
            return jnp.sum(jnp.tanh(form(x, k)) ** 3)

        def slope(x, k, turn):
            return jax.jvp(lambda k: jax.grad(curved, (0, 1))(x, k), (k,), (turn,))[1]

        def bent(x, k, one, two):
            return jax.grad(lambda x, k: jnp.vdot(slope(x, k, one)[1], two), (0, 1))(x, k)

        return jax.jit(jax.vmap(bent, (None, None, 0, 0)))(x, kernel, *turns)

    def plain(x, k):
        return jax.lax.conv_general_dilated(
            x, k, (1, 1), borders, dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    ours, theirs = derivatives(lambda x, k: unstrided(x, k, borders)), derivatives(plain)
    for found, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (1, 4), (0, 0)])
def test_a_convolution_is_mapped_over_members(axes):
    borders = ((1, 0), (1, 1))
    made = [numbers(1, 3, 2, 4, 5, 2), numbers(2, 3, 2, 3, 2, 4)]
    members = range(3)
    expected = [
        unstrided(
            *(a[m if axis is not None else 0] for a, axis in zip(made, axes, strict=True)), borders
        )
        for m in members
    ]
    given = [
        a[0] if axis is None else np.moveaxis(a, 0, axis)
        for a, axis in zip(made, axes, strict=True)
    ]
    mapped = jax.jit(jax.vmap(lambda x, k: unstrided(x, k, borders), axes))
    np.testing.assert_allclose(mapped(*given), expected, atol=1e-13)


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
    # One mean and one variance a channel, the same at every place.
    mean, variance = batch.mean((0, 1, 2)), batch.var((0, 1, 2))
    expected = scale * (batch - mean) / jnp.sqrt(variance + 1e-5) + shift
    np.testing.assert_allclose(found, expected, rtol=1e-10)


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
