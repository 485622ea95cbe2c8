"""Toy theorems: a check of each kind that holds, and the same with errors planted in them."""

import dataclasses

import jax
import jax.numpy as jnp
import sympy

import minimax_lab as mm
from theory.theorem import Bound, Family, Identity, Outside, Proof, Scenario, Source, Theorem

SOURCE = Source("nobody 2026", "derived")


# A toy of each kind: the means inequality, the square of a sum, the eigenvalues of a turn, a coin.


def two(count=2):
    return {"numbers": (count,)}


def positive(p):
    return jnp.exp(p["numbers"])


def signed(p):
    return p["numbers"]


def means(x, *, power=0.5, constant=1.0):
    """(a + b)/2 >= sqrt(ab)."""
    return 1 - constant * jnp.abs(jnp.prod(x)) ** power / (jnp.sum(x) / 2)


def means_by_a_constant(x):
    return means(x, constant=1.01)


def means_by_an_exponent(x):
    return means(x, power=0.55)


def means_flipped(x):
    return -means(x)


def means_of_one(x):
    return jnp.nan * x[0]


BOUND = Bound(
    family=Family(two, positive),
    margin=means,
    sharp=True,
    outside=(Outside("of any sign", Family(two, signed)),),
)


def pair(key):
    return jax.random.normal(key, (2,))


def square(x, *, middle=2.0):
    return (x[0] + x[1]) ** 2, x[0] ** 2 + middle * x[0] * x[1] + x[1] ** 2


def forgetful_square(x):
    return square(x, middle=0.0)


IDENTITY = Identity(
    draw=pair,
    sides=square,
    tolerance=1e-12,
    outside=(Outside("without the middle term", change={"middle": 0.0}),),
)


def spiral(*, shrunk=0, power=sympy.Integer(2)):
    x, y = sympy.symbols("x y", real=True)
    h = sympy.Symbol("h", positive=True)
    game = mm.SymbolicGame((x * y, -x * y), ((x,), (y,)))
    matrix = game.update_matrix(mm.Simultaneous(h), {x: 0, y: 0})
    return [("|mu|^2 = 1 + h^2", matrix.det() - (1 + h**power) * (1 - shrunk))]


def shrinking_spiral():
    return spiral(shrunk=sympy.Rational(1, 10))


def undecided():
    return [("nobody knows", None)]


PROOF = Proof(derive=spiral, outside=(Outside("shrunk", change={"shrunk": sympy.Rational(1, 10)}),))


def coins(key):
    return jax.random.bernoulli(key, 0.5, (1000,))


def loaded_coins(key):
    return jax.random.bernoulli(key, 0.9, (1000,))


def fair(tossed, *, apart=0.1):
    share = float(tossed.mean())
    return abs(share - 0.5) < apart, {"share": share}


SCENARIO = Scenario(simulate=coins, reading=fair, outside=(Outside("loaded", family=loaded_coins),))


def theorem(*checks, name="NUM-1"):
    return Theorem(
        id=name,
        name="A toy",
        statement=r"Let $a, b > 0$. Then $\sqrt{ab} \leq (a+b)/2$.",
        source=SOURCE,
        checks=checks,
    )


def changed(check, **fields):
    return dataclasses.replace(check, **fields)


PLANTED = {
    "wrong constant": changed(BOUND, margin=means_by_a_constant),
    "wrong exponent": changed(BOUND, margin=means_by_an_exponent),
    "flipped sign": changed(BOUND, margin=means_flipped),
    "dropped hypothesis": changed(BOUND, family=Family(two, signed)),
    "not a number": changed(BOUND, margin=means_of_one),
    "wrong identity": changed(
        IDENTITY, sides=forgetful_square, outside=(Outside("no other", claim=square),)
    ),
    "wrong formula": changed(
        PROOF, derive=shrinking_spiral, outside=(Outside("the same", claim=shrinking_spiral),)
    ),
    "undecided": changed(PROOF, derive=undecided, outside=(Outside("the same", claim=undecided),)),
    "loaded coin": changed(SCENARIO, simulate=loaded_coins),
}
