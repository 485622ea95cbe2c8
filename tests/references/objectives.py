"""Adversarial objectives as NumPy formulas of logits, with their derivatives, their values at the
solution and what they make of the Dirac-GAN; and the games that are made of games.

An objective's reference is a function of its settings that gives `(losses, slopes)`: of the
generator and the discriminator, and their derivatives in every real and every fake logit. With
s(u) = log(1 + e^u), s' = 1 / (1 + e^-u).
"""

import math

import numpy as np
from scipy.special import expit

from minimax_lab import objectives as ob
from minimax_lab import reshaped


def s(u):
    return np.logaddexp(0, u)


def averaged(generator, discriminator):
    """Means over real and over fake terms. Each player's are two pairs (values, derivatives)."""
    losses = [np.mean(real[0]) + np.mean(fake[0]) for real, fake in (generator, discriminator)]
    slopes = [
        (real[1] / np.size(real[1]), fake[1] / np.size(fake[1]))
        for real, fake in (generator, discriminator)
    ]
    return losses, slopes


def opposed(pair):
    return tuple((-values, -slopes) for values, slopes in pair)


def nothing(logits):
    return 0 * logits, 0 * logits


def cross_entropies(real, fake):
    return (s(-real), -expit(-real)), (s(fake), expit(fake))


def saturating(real, fake):
    """L_D = E s(-real) + E s(fake), L_G = -L_D."""
    pair = cross_entropies(real, fake)
    return averaged(opposed(pair), pair)


def non_saturating(real, fake, smoothing=0.0):
    """L_G = E s(-fake); with real labels of 1 - e the cross-entropy is (1 - e) s(-u) + e s(u)."""
    smoothed = (
        (1 - smoothing) * s(-real) + smoothing * s(real),
        -(1 - smoothing) * expit(-real) + smoothing * expit(real),
    )
    generator = nothing(real), (s(-fake), -expit(-fake))
    return averaged(generator, (smoothed, (s(fake), expit(fake))))


def wasserstein(real, fake):
    """L_D = E fake - E real, L_G = -L_D."""
    pair = (-real, -np.ones_like(real)), (fake, np.ones_like(fake))
    return averaged(opposed(pair), pair)


def least_squares(real, fake, a=0.0, b=1.0, c=1.0):
    """L_D = E (real - b)^2 + E (fake - a)^2, L_G = E (fake - c)^2: no halves."""
    pair = ((real - b) ** 2, 2 * (real - b)), ((fake - a) ** 2, 2 * (fake - a))
    return averaged((nothing(real), ((fake - c) ** 2, 2 * (fake - c))), pair)


def hinge(real, fake):
    """L_D = E (1 - real)_+ + E (1 + fake)_+, L_G = -E fake."""
    pair = (
        (np.maximum(1 - real, 0), -1.0 * (real < 1)),
        (np.maximum(1 + fake, 0), 1.0 * (fake > -1)),
    )
    return averaged((nothing(real), (-fake, -np.ones_like(fake))), pair)


def relativistic(real, fake):
    """L_D = E s(-(real - fake)), L_G = E s(real - fake), in pairs."""
    apart = real - fake
    losses = [np.mean(s(apart)), np.mean(s(-apart))]
    rise, fall = expit(apart) / apart.size, expit(-apart) / apart.size
    return losses, [(rise, -rise), (-fall, fall)]


def domain_confusion(real, fake, share=0.5):
    """L_D = w E s(-real) + (1 - w) E s(fake), L_G = -L_D."""
    real_part, fake_part = cross_entropies(real, fake)
    pair = tuple(share * p for p in real_part), tuple((1 - share) * p for p in fake_part)
    return averaged(opposed(pair), pair)


def weighted(inner, generator=1.0, discriminator=1.0):
    """Each player's loss times its weight."""

    def objective(real, fake):
        losses, slopes = inner(real, fake)
        weights = generator, discriminator
        return (
            [w * loss for w, loss in zip(weights, losses, strict=True)],
            [(w * r, w * f) for w, (r, f) in zip(weights, slopes, strict=True)],
        )

    return objective


def domains(blocks, shares):
    """L_D = -sum_k w_k mean over domain k of log softmax(D)_k; and its derivative in every logit of
    every domain.
    """
    loss, slopes = 0.0, []
    for k, (share, block) in enumerate(zip(shares, blocks, strict=True)):
        shifted = block - block.max(axis=1, keepdims=True)
        chances = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
        loss -= share * np.mean(shifted[:, k] - np.log(np.exp(shifted).sum(axis=1)))
        slopes.append(share * (chances - np.eye(len(shares))[k]) / len(block))
    return loss, slopes


def entropy(*shares):
    return sum(w * math.log(1 / w) for w in shares)


# What the fact sheets say of the solution, q = p with the best discriminator: both losses.
IDEALS = {
    ob.Saturating(): (-math.log(4), math.log(4)),
    ob.NonSaturating(): (math.log(2), math.log(4)),
    ob.NonSaturating(0.2): (-math.log(0.4), 2 * entropy(0.4, 0.6)),
    ob.Weighted(ob.NonSaturating(), discriminator=0.5): (math.log(2), math.log(2)),
    ob.LeastSquares(): (0.25, 0.5),
    ob.LeastSquares(-1.0, 1.0, 0.0): (0.0, 2.0),
    ob.LeastSquares(-1.0, 1.0, 1.0): (1.0, 2.0),
    ob.LeastSquares(0.0, 3.0, 1.0): (0.25, 4.5),
    ob.Weighted(ob.LeastSquares(), 0.5, 0.5): (0.125, 0.25),
    ob.Hinge(): (None, 2.0),
    ob.Weighted(ob.Hinge(), 3.0, 2.0): (None, 4.0),
    ob.Wasserstein(): (0.0, 0.0),
    ob.Relativistic(): (math.log(2), math.log(2)),
    ob.DomainConfusion(): (-math.log(2), math.log(2)),
    ob.DomainConfusion(0.3): (-entropy(0.3, 0.7), entropy(0.3, 0.7)),
    ob.Domains(3): (-math.log(3), math.log(3)),
    ob.Domains((0.2, 0.5, 0.3)): (-entropy(0.2, 0.5, 0.3), entropy(0.2, 0.5, 0.3)),
}

# f'(0) and f''(0) of what the Dirac-GAN's discriminator gains, f(theta psi): its turning and its
# damping. For logistic losses f = -s(-t) up to a constant.
AT_EQUILIBRIUM = {
    ob.Saturating(): (1 / 2, -1 / 4),
    ob.NonSaturating(): (1 / 2, -1 / 4),
    ob.Relativistic(): (1 / 2, -1 / 4),
    ob.Wasserstein(): (1, 0),
    ob.Hinge(): (1, 0),
    ob.LeastSquares(-1.0, 1.0): (2, -2),
    ob.LeastSquares(): (0, -2),
    ob.DomainConfusion(0.3): (0.7 / 2, -0.7 / 4),
    ob.Weighted(ob.Saturating(), 2.0, 0.5): (1 / 4, -1 / 8),
}


def perceptron(parameters, inputs):
    """One hidden layer of tanh, and its slope in the inputs, one row a sample."""
    (w, b), (v, c) = ((layer["weight"], layer["bias"]) for layer in parameters)
    hidden = np.tanh(inputs @ w + b)
    return hidden @ v + c, ((1 - hidden**2) * v[:, 0]) @ w.T


def slope_penalty(parameters, seen, strength):
    """R1 on real samples, R2 on fake ones: strength / 2 E |grad D|^2."""
    slopes = perceptron(parameters, seen)[1]
    return strength / 2 * np.mean(np.sum(slopes**2, axis=1))


def gradient_penalty(parameters, real, fake, between, strength, target):
    """WGAN-GP: strength E (|grad D(a)| - target)^2, a = e real + (1 - e) fake."""
    places = between[:, None] * real + (1 - between[:, None]) * fake
    slopes = perceptron(parameters, places)[1]
    return strength * np.mean((np.linalg.norm(slopes, axis=1) - target) ** 2)


def dirac_penalty(psi, strength, target):
    """strength / 2 (|psi| - target)^2, WGAN-GP where the target is one; value and slope."""
    return strength / 2 * (abs(psi) - target) ** 2, strength * (psi - target * np.sign(psi))


def decayed(game, strengths):
    """v_i + strength_i x_i."""

    def field(x, rows):
        v = game.field(x, rows)
        for own, strength in zip(game.blocks, strengths, strict=True):
            v[own] += strength * x[own]
        return v

    return field


def assisted(game, strength, adversary, penalties):
    """v_i + strength grad_i |g|^2 for all but the adversary, g its own gradient."""

    def field(x, rows):
        v, a = game.field(x, rows), game.blocks[adversary]
        g, slope = game.field(x, rows, penalties)[a], game.jacobian(x, rows, penalties)[a]
        for player, own in enumerate(game.blocks):
            if player != adversary:
                v[own] += 2 * strength * (slope.T @ g)[own]
        return v

    return field


def unrolled(game, steps, rate, adversary):
    """All but the adversary descend their loss after its steps y <- y - rate v_a(x, y), through
    which the derivative goes: dy <- dy - rate (dv_a/dx + dv_a/dy dy).
    """

    def field(x, rows):
        v, a = game.field(x, rows), game.blocks[adversary]
        ahead, turn = x.copy(), np.zeros((len(a), len(x)))  # dy/dx, x the others' numbers
        for _ in range(steps):
            slope = game.jacobian(ahead, rows)[a]
            turn = turn - rate * (slope + slope[:, a] @ turn)
            ahead[a] -= rate * game.field(ahead, rows)[a]
        for player, own in enumerate(game.blocks):
            if player != adversary:
                paid = (game.field(x, rows) - game.field(x, rows, penalties=False))[own]
                foreseen = game.slope(player, ahead, rows)
                v[own] = paid + foreseen[own] + foreseen[a] @ turn[:, own]
        return v

    return field


REFERENCES = {
    ob.Saturating: saturating,
    ob.NonSaturating: non_saturating,
    ob.Wasserstein: wasserstein,
    ob.LeastSquares: least_squares,
    ob.Hinge: hinge,
    ob.Relativistic: relativistic,
    ob.DomainConfusion: domain_confusion,
    ob.Weighted: weighted,
    ob.Domains: domains,
    reshaped.Decay: decayed,
    reshaped.Stray: assisted,
    reshaped.Unrolled: unrolled,
}
