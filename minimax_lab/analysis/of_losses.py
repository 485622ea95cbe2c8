"""The spectrum of a game that is trained somewhere else, from its losses and its parameters."""

from __future__ import annotations

from ..game import Game, Losses, Sample
from ..profile import Strategies
from .eigenvalues import Spectrum
from .spectrum import field_spectrum


def spectrum_of(
    losses: Losses,
    parameters: Strategies,
    batch: Sample = None,
    *,
    leading: int | None = None,
    rightmost: bool = False,
    leftmost: bool = False,
) -> Spectrum:
    """Eigenvalues of J = v'(x), v the gradients of two or more losses on a batch, each by the
    parameters of its own player.

    For a look into a training that is not run here: its losses, its parameters, one batch, and
    nothing else. `spectrum.norms` are the norms of the gradients, `spectrum.rotation` says how much
    turns, `mm.draw.spectrum(spectrum)` draws it. For PyTorch see `minimax_lab.torch`.

    Arguments:
        losses: losses(parameters, batch), one scalar a player, in any form that `mm.Game` takes; a
            tuple of functions, one a player, will do.
        parameters: a tuple with one pytree of floating arrays a player; at best in float64.
        batch: what the losses are taken on, any pytree.
        leading: how many values to take from products; all from the matrix without.
        rightmost: whether to take those with the largest real part.
        leftmost: whether to take those with the smallest.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> def generator_loss(theta, psi, batch):
        ...     return theta * psi * batch
        >>> def discriminator_loss(theta, psi, batch):
        ...     return -theta * psi * batch + psi**2 / 2
        >>> losses = (generator_loss, discriminator_loss)
        >>> print(mm.spectrum_of(losses, (0.0, 0.0), 2.0).values.round(3))
        [0.5+1.936j 0.5-1.936j]
    """
    game = Game(losses, data=batch)
    return field_spectrum(game, parameters, leading=leading, rightmost=rightmost, leftmost=leftmost)
