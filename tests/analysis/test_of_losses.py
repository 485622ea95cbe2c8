"""Spectra of games that are trained elsewhere: from losses and pytrees, from PyTorch modules."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm

R = np.random.default_rng(5)
REAL, LATENT = R.standard_normal((8, 2)), R.standard_normal((8, 3))
SHAPES = ((4, 3), (4,), (2, 4), (2,)), ((4, 2), (4,), (1, 4), (1,))
WEIGHTS = [[0.5 * R.standard_normal(shape) for shape in player] for player in SHAPES]


def network(weights, inputs):
    hidden = jnp.tanh(inputs @ weights[0].T + weights[1])
    return hidden @ weights[2].T + weights[3]


def generator_loss(generator, discriminator, batch):
    _, latent = batch
    return jnp.mean(jax.nn.softplus(-network(discriminator, network(generator, latent))))


def discriminator_loss(generator, discriminator, batch):
    real, latent = batch
    fake = network(discriminator, network(generator, latent))
    return jnp.mean(jax.nn.softplus(-network(discriminator, real))) + jnp.mean(
        jax.nn.softplus(fake)
    )


@functools.cache
def seen():
    """The spectrum of a small GAN by JAX."""
    x = tuple([jnp.asarray(w) for w in player] for player in WEIGHTS)
    batch = jnp.asarray(REAL), jnp.asarray(LATENT)
    return mm.spectrum_of((generator_loss, discriminator_loss), x, batch)


def test_norms_and_rotation_of_a_spectrum():
    found = mm.field_spectrum(mm.games.quadratic(1.0, 3.0, 1.0), (1.0, 2.0))
    np.testing.assert_allclose(found.norms, [7.0, 1.0], rtol=1e-12)  # x + 3y and y - 3x
    assert found.rotation == pytest.approx(3 / 10**0.5, rel=1e-12)
    still = mm.update_spectrum(mm.games.quadratic(1.0, 0.0, 1.0), mm.Simultaneous(0.1), (0.0, 0.0))
    assert (still.rotation, list(still.norms)) == (0.0, [0.0, 0.0])
    turning = mm.update_spectrum(mm.games.bilinear(1.0), mm.Simultaneous(0.1), (0.0, 0.0))
    assert turning.rotation == pytest.approx(1.0, rel=1e-12)


def test_two_losses_and_two_pytrees_are_a_game():
    found = seen()
    assert (found.of, found.size, found.norms.shape) == ("field", 43, (2,))
    assert 0 < found.rotation <= 1

    def both(x, batch):
        return generator_loss(*x, batch), discriminator_loss(*x, batch)

    x = mm.Profile([jnp.asarray(w) for w in player] for player in WEIGHTS)
    game = mm.Game(both, data=(jnp.asarray(REAL), jnp.asarray(LATENT)))
    np.testing.assert_allclose(found.norms, game.field(x).norms(), rtol=1e-10)
    with pytest.raises(mm.InputError, match=r"losses\[1\] is 3"):
        mm.spectrum_of((generator_loss, 3), x)


def test_pytorch_modules_have_the_same_spectrum():
    torch = pytest.importorskip("torch")
    from minimax_lab.torch import spectrum_of

    def module(weights):
        one, other = torch.nn.Linear(*weights[0].shape[::-1]), torch.nn.Linear(4, len(weights[2]))
        made = torch.nn.Sequential(one, torch.nn.Tanh(), other).double()
        with torch.no_grad():
            for parameter, values in zip(made.parameters(), weights, strict=True):
                parameter.copy_(torch.as_tensor(values))
        return made

    generator, discriminator = map(module, WEIGHTS)
    real, latent = torch.as_tensor(REAL), torch.as_tensor(LATENT)
    plus = torch.nn.functional.softplus

    def of_generator():
        return plus(-discriminator(generator(latent))).mean()

    def of_discriminator():
        fake = discriminator(generator(latent))
        return plus(-discriminator(real)).mean() + plus(fake).mean()

    modules, before = (generator, discriminator), [p.clone() for p in generator.parameters()]
    found, expected = spectrum_of((of_generator, of_discriminator), modules), seen()
    np.testing.assert_allclose(found.values, expected.values, atol=1e-8)
    np.testing.assert_allclose(found.norms, expected.norms, rtol=1e-8)
    assert found.rotation == pytest.approx(expected.rotation, rel=1e-6)
    assert found.at_equilibrium == expected.at_equilibrium
    few = spectrum_of((of_generator, of_discriminator), modules, leading=4)
    largest = expected.values[np.argsort(-np.abs(expected.values))[:4]]
    np.testing.assert_allclose(np.sort_complex(few.values), np.sort_complex(largest), atol=1e-5)
    assert few.residuals.max() < 1e-6
    assert all(torch.equal(a, b) for a, b in zip(before, generator.parameters(), strict=True))
    assert all(p.grad is None for p in generator.parameters())
    assert mm.draw.spectrum(found).get_xlabel() == "real part"

    def detached():
        return plus(discriminator(generator(latent).detach())).mean()

    with pytest.warns(UserWarning, match=r"losses\[1\] has a gradient that no other module's"):
        spectrum_of((of_generator, detached), modules)
    for losses, wrong, said in (
        ((of_generator,), modules, "losses is 1 functions, but must be 2, one a module"),
        ((of_generator, 3), modules, r"losses\[1\] is 3, but must be a function"),
        ((of_generator, of_discriminator), (generator, 3), r"modules\[1\] is 3"),
        ((of_generator, of_discriminator), (generator, generator), "share a parameter"),
        ((of_generator, of_discriminator), (generator, discriminator.float()), "one floating type"),
        ((lambda: generator(latent), of_generator), (generator, module(WEIGHTS[1])), "a scalar"),
    ):
        with pytest.raises(mm.InputError, match=said):
            spectrum_of(losses, wrong)


def test_without_pytorch_it_says_what_is_missing(monkeypatch):
    import sys

    from minimax_lab.torch import spectrum_of

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(mm.InputError, match="needs PyTorch, which is not installed"):
        spectrum_of((), ())
