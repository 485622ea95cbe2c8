# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Portraits
#
# A game of two numbers is a picture: where its field points, where it rests, and where a rule walks
# from a start. This notebook draws some, asks what the resting points are, and changes one thing at
# a time.

# %%
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## A game and its field
#
# Two basins: the first player descends a function that the second climbs. Nobody was told where it
# rests; the portrait looks in a box and types what it finds.

# %%
game = mm.games.two_basins()
starts = [(1.0, 2.5), (-0.5, 1.5), (2.0, -1.0)]
seen = mm.portrait(game, box=4, rules=mm.Extragradient(0.02), starts=starts, steps=400)
seen

# %%
mm.draw.portrait(seen)

# %% [markdown]
# An equilibrium has a kind, from the second-order conditions of every player, and eigenvalues,
# which say how the flow moves beside it. The two are different questions: a point can attract the
# flow and be no equilibrium of the game.

# %%
seen.equilibria

# %% [markdown]
# ## One game, several rules
#
# The smallest game that turns has the losses $xy$ and $-xy$. Its flow goes round for ever, and
# every rule makes something of its own of that.

# %%
bilinear = mm.games.bilinear(1.0)
rules = (mm.Simultaneous(0.1), mm.Alternating(0.1), mm.Extragradient(0.1), mm.Optimistic(0.1))
walks = mm.portrait(bilinear, box=2, rules=rules, starts=[(1.0, 0.0)], steps=200)
mm.draw.portrait(walks)

# %%
found = mm.compare(bilinear, rules, (1.0, 0.0), 2000)
found

# %% [markdown]
# The verdicts were in the spectrum of the update before anything walked: outside the circle for
# updates at once, on it for updates in turn, inside for the two that look ahead.

# %%
{mm.label(rule): float(mm.update_spectrum(bilinear, rule, (0.0, 0.0)).radius) for rule in rules}

# %%
mm.draw.spectrum(mm.update_spectrum(bilinear, mm.Optimistic(0.1), (0.0, 0.0)))

# %% [markdown]
# ## From which start to which end
#
# The basins of the first game under two rules. Their boundary belongs to the rule as much as to the
# game.

# %%
slow, fast = (
    mm.basins(game, mm.Simultaneous(step), box=4, grid=120, steps=1024) for step in (0.01, 0.06)
)
mm.draw.basins(fast)

# %%
changed = np.mean(slow.index != fast.index)
print(f"{changed:.1%} of the starts end elsewhere, or nowhere, when the step is six times as long")

# %% [markdown]
# ## A game of your own
#
# Any function of two strategies will do. This one has three points to end in, all of them centres
# but for a little friction.


# %%
def mine(x, y):
    return jnp.sin(x) * y + 0.05 * x**2


own = mm.zero_sum(mine)
mm.draw.portrait(
    mm.portrait(own, box=4, rules=mm.Alternating(0.05), starts=[(3.0, 1.0)], steps=600)
)
