# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Train and diagnose
#
# Two small networks on eight Gaussians: train them, ask what is going on, change one thing, and
# look again. The rules are the objects of the other notebooks, unchanged.

# %%
import jax
import matplotlib.pyplot as plt
import numpy as np

import minimax_lab as mm
from minimax_lab import adversarial as adv

jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits; pictures do not need them

# %% [markdown]
# ## Networks, data, game
#
# `gan` is a game like any other. What a profile was in the plane is now two networks.

# %%
data, key = adv.ring(), jax.random.key(0)
networks = adv.Perceptron((2, 32, 2)), adv.Perceptron((2, 32, 1))
gan = adv.gan(*networks, data=data, batch=128)
start = adv.start(gan, key)
distance = adv.Sampled(lambda fake: adv.sliced_wasserstein(fake, data(key, len(fake))), 512)


def trained(game, rule, steps=1500):
    watch = {"distance": distance, "losses": mm.losses}
    return mm.run(game, rule, start, steps, key=key, observe=watch, every=20)


# %%
rule = mm.Alternating(1e-3, mm.Adam())
before = trained(gan, rule)
before

# %%
mm.draw.curves(before, observable="distance")

# %% [markdown]
# ## What is it doing?
#
# The eigenvalues of both players' gradients at the end, by Krylov's method, so that networks of
# thousands of weights are no obstacle.


# %%
def spectrum(run):
    precise = jax.tree.map(lambda leaf: leaf.astype(float), run.final)
    return mm.field_spectrum(gan, precise, gan.sample(key), leading=20)


turning = spectrum(before)
turning

# %%
mm.draw.spectrum(turning)

# %% [markdown]
# Pairs off the real axis turn: players who chase each other. The diagnosis looks at that and at
# seven other mechanisms, says of each yes, no or cannot tell, and what would address it.

# %%
report = mm.training.diagnose(gan, rule, before.final, before.state, key=key)
print(report)

# %% [markdown]
# ## One thing changed
#
# A consensus term in the direction, or a penalty in the game: neither is a line of its own in the
# training.

# %%
runs = {
    "as it was": before,
    "consensus": trained(gan, mm.Alternating(1e-3, mm.Adam(mm.Consensus(1.0)))),
    "penalised": trained(adv.slope_penalty(gan, 1.0), rule),
}
mm.draw.curves(runs, observable="distance")

# %%
late = {name: float(np.mean(run.observed["distance"][-20:])) for name, run in runs.items()}
late

# %%
assert late["consensus"] < late["as it was"] and late["penalised"] < late["as it was"]

# %% [markdown]
# ## Seen
#
# What the generator makes, before and after.

# %%
figure, axes = plt.subplots(
    1, 3, figsize=(7.5, 2.6), sharex=True, sharey=True, layout="constrained"
)
real = np.asarray(data(key, 500))
for axis, (name, run) in zip(axes, runs.items(), strict=True):
    made = np.asarray(adv.generate(gan, run.final, key, 500))
    axis.scatter(*real.T, s=4, color="0.8", label="data")
    axis.scatter(*made.T, s=4, label="generated")
    axis.set(title=name, aspect="equal")
axes[0].legend()

# %% [markdown]
# On pictures the same words go behind a dash: `minimax-lab train --rule "Alternating(2e-4,
# Adam(Consensus(1.0)))"`, and `minimax-lab diagnose RUN` looks at what came of it ([train on
# pictures](../training.md)).
