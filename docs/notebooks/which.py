# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Which method when
#
# Every method is best at something. Tuned, on games that say what they are, this notebook asks
# which: how the rate at best settings depends on how much a game turns, and on how unlike its
# directions are.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import minimax_lab as mm

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## One game
#
# A zero-sum game that pulls a little and turns a lot. `compare(best=True)` tunes two settings of
# every rule before it walks, and sorts by what a gradient block buys.

# %%
game = mm.games.quadratic(0.1, 1.0, 0.1)
rules = (
    mm.Simultaneous(0.1),
    mm.Alternating(0.1),
    mm.Alternating(0.1, mm.Momentum(-0.3)),
    mm.Extragradient(0.1),
    mm.Optimistic(0.1),
    mm.Simultaneous(0.1, mm.Consensus(0.5)),
)
mm.compare(game, rules, (1.0, 1.0), 2000, best=True)

# %% [markdown]
# ## How much it turns
#
# The field's eigenvalue is $e^{i \varphi}$: all pull at $\varphi = 0$, all rotation at a right
# angle. For each angle the least radius that any settings of a rule reach, and from it the number
# of gradient blocks a factor of ten costs. A consensus direction pays for its product; here a
# product counts as two gradients.

# %%
angles = np.linspace(0.0, np.pi / 2, 7)
tuned = {
    "simultaneous": (mm.Simultaneous(0.5), ("step",)),
    "alternating": (mm.Alternating(0.5), ("step",)),
    "alternating, momentum": (mm.Alternating(0.5, mm.Momentum(-0.1)), ("step", "direction.decay")),
    "extragradient": (mm.Extragradient(0.5), ("step",)),
    "optimistic": (mm.Optimistic(0.5), ("step",)),
    "consensus": (mm.Simultaneous(0.5, mm.Consensus(0.5)), ("step", "direction.strength")),
}


def price(rule, settings, game):
    """Gradient blocks for a factor of ten, at the best settings."""
    radius = mm.tune(game, rule, over=settings).radius
    cost = rule.cost(2)
    blocks = cost.gradients + 2 * cost.products
    return blocks * np.log(10) / -np.log(min(radius, 1 - 1e-9))


games = [mm.games.quadratic(np.cos(a), np.sin(a), np.cos(a)) for a in angles]
prices = {name: [price(*how, one) for one in games] for name, how in tuned.items()}

# %%
figure, axis = plt.subplots(figsize=(6, 3.4), layout="constrained")
for name, values in prices.items():
    shown = np.where(np.array(values) < 1e3, values, np.nan)
    axis.semilogy(np.degrees(angles), shown, marker=".", label=name)
axis.set_xlabel("angle of the eigenvalue (degrees)")
axis.set_ylabel("gradient blocks for a factor of ten")
axis.legend(ncols=2)

# %% [markdown]
# Simultaneous descent has the radius $\sin \varphi$ at its best and nothing left at a right angle;
# what looks ahead or remembers still moves there. The same chart for all methods, drawn from a
# record, is on the page [which method when](../methods.md).

# %%
simultaneous = [mm.tune(one, mm.Simultaneous(0.5), over=("step",)).radius for one in games[1:-1]]
assert np.allclose(simultaneous, np.sin(angles[1:-1]), atol=1e-6)

# %% [markdown]
# ## How unlike its directions are
#
# On a bilinear game of singular values 1 and $s$ one step has to serve both. The optimum of
# extragradient is known: the step $1/\sqrt{1 + s^2}$ and the radius $\sqrt{1 - u + u^2}$ with $u =
# s^2 / (1 + s^2)$.

# %%
values = np.array([0.2, 0.4, 0.7, 1.0])
best = [
    mm.tune(mm.games.bilinear(np.diag([1.0, s])), mm.Extragradient(0.5), over=("step",))
    for s in values
]
u = values**2 / (1 + values**2)
{float(s): (one.settings["step"], one.radius) for s, one in zip(values, best, strict=True)}

# %%
assert np.allclose([one.radius for one in best], np.sqrt(1 - u + u**2), atol=1e-6)

# %% [markdown]
# ## A bound instead of an instance
#
# The best on one game may be poor on its neighbour. A certificate is for a class: every game whose
# field is 0.1-strongly monotone and 1-Lipschitz, linear or not.

# %%
print(mm.certify(mm.Extragradient(0.5), mm.Monotone(0.1, 1.0)))
