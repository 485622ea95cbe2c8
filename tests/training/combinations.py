"""What is combined when everything trains with everything: rules, directions, objectives, games
made of games, precisions; and what the library refuses, with the reason that it gives.

Whoever adds a method, an objective or a way to reshape a game adds it here.
"""

import functools
from functools import partial

import jax.numpy as jnp
import lineax as lx

import minimax_lab as mm
from minimax_lab import adversarial, reshaped
from minimax_lab import objectives as ob
from minimax_lab.networks import Computed, dcgan
from tests.methods import every
from tests.methods.covering import pairwise, singles
from tests.networks import tiny

STEP = 1e-2
RIDGE = mm.FollowTheRidge(STEP, solver=lx.Normal(lx.CG(rtol=1e-2, atol=1e-2, max_steps=5)))
RULES = every.rules(STEP) | {"follow the ridge": RIDGE}
DIRECTIONS = every.DIRECTIONS | {
    "gap-aware": mm.GapAware(),  # by the ideal loss that the objective brings along
    "gap-aware adam": mm.GapAware(mm.Adam(), 0),
    "reversal": adversarial.Reversal(),
}
OBJECTIVES = {
    "saturating": ob.Saturating(),
    "non-saturating": ob.NonSaturating(),
    "smoothed labels": ob.NonSaturating(smoothing=0.1),
    "Wasserstein": ob.Wasserstein(),
    "least squares": ob.LeastSquares(),
    "hinge": ob.Hinge(),
    "relativistic": ob.Relativistic(),
    "domain confusion": ob.DomainConfusion(0.3),
    "mean of two means": ob.Weighted(ob.NonSaturating(), discriminator=0.5),
}
RESHAPED = {
    "plain": (),
    "R1": (partial(adversarial.slope_penalty, strength=1.0),),
    "R2": (partial(adversarial.slope_penalty, strength=1.0, on="fake"),),
    "gradient penalty": (partial(adversarial.gradient_penalty, strength=1.0),),
    "decay": (partial(reshaped.weight_decay, strength=(0.1, 0.2)),),
    "noise": (partial(reshaped.noisy, sigma=0.01),),
    "assistance": (partial(reshaped.assisted, strength=0.1),),
    "unrolling": (partial(reshaped.unrolled, steps=2, rate=0.01),),
    "R1 and decay": (
        partial(adversarial.slope_penalty, strength=1.0),
        partial(reshaped.weight_decay, strength=0.1),
    ),
    "no penalty left": (
        partial(reshaped.penalised, penalties=reshaped.Decay(1.0)),
        reshaped.unpenalised,
    ),
}
PRECISIONS = ("float32", "bfloat16")
FOREIGN = "reversal"  # plays domain-adversarial games only
AXES = {
    "rule": list(RULES),
    "direction": [name for name in DIRECTIONS if name != FOREIGN],
    "objective": list(OBJECTIVES),
    "game made of it": list(RESHAPED),
    "arithmetic in": list(PRECISIONS),
}

# Pairs that are refused, and a part of the sentence that says why.
REFUSED = {
    ("gap-aware", "Wasserstein"): "GapAware.width_low is None",
    ("gap-aware adam", "Wasserstein"): "GapAware.width_low is None",
    ("gap-aware adam", "hinge"): "whose ideal losses are not known",
}
REFUSED |= {(FOREIGN, name): "made by adversarial.domain_game" for name in OBJECTIVES}
# The ridge is followed by gradients alone: it cannot be given another direction.
IMPOSSIBLE = {("follow the ridge", name) for name in AXES["direction"] if name != "gradient"}
NEVER = {*REFUSED, *IMPOSSIBLE}

EVERY_PAIR = pairwise(*AXES.values(), refused=NEVER)
EVERY_ONE = singles(*AXES.values(), refused=NEVER)

SHAPE = (4, 4, 1)
PAIR = dcgan(SHAPE, 1, latent=2, width=2, kernel=3)


@functools.cache
def pictures():
    """Twelve pictures of noise."""
    return adversarial.Pictures(tiny.pixels(SHAPE))


def rule_of(name, direction):
    """The rule with this direction."""
    if name == "follow the ridge":
        return RIDGE
    return every.rules(STEP, DIRECTIONS[direction])[name]


def game_of(objective, made_of_it, precision):
    """A tiny convolutional GAN. Parameters are in single precision, whatever it computes in."""
    networks = PAIR if precision == "float32" else [Computed(n, precision) for n in PAIR]
    game = adversarial.gan(*networks, OBJECTIVES[objective], data=pictures(), batch=4)
    for reshape in RESHAPED[made_of_it]:
        game = reshape(game)
    return game


def trained(combination, key):
    """Start and run of ten updates."""
    rule, direction, *of_game = combination
    game = game_of(*of_game)
    start = adversarial.start(game, key, jnp.float32)
    return start, mm.run(game, rule_of(rule, direction), start, 10, key=key)
