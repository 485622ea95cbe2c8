# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # A theorem
#
# From a claim on paper to one that has been attacked: derive it on symbols, watch it happen, break
# its hypotheses, and leave it where it will be tried again. The claim: on $\min_x \max_y \; xy$,
# extragradient with step $h$ converges exactly when $0 < h < 1$, and fastest at $h = 1/\sqrt{2}$,
# by the factor $\sqrt{3}/2$.

# %%
import jax
import jax.numpy as jnp
import numpy as np
import sympy

import minimax_lab as mm

jax.config.update("jax_enable_x64", True)

# %% [markdown]
# ## Derived
#
# The same rule object that walks on arrays runs on symbols.

# %%
x, y = sympy.symbols("x y", real=True)
h = sympy.symbols("h", positive=True)
game = mm.SymbolicGame((x * y, -x * y), (x, y))
origin = {x: 0, y: 0}
matrix = game.update_matrix(mm.Extragradient(h), origin)
matrix

# %%
mm.Extragradient(h)

# %% [markdown]
# Two conjugate eigenvalues have the determinant as the square of their modulus.

# %%
squared = sympy.expand(matrix.det())
squared

# %%
assert sympy.simplify(squared - (1 - h**2 + h**4)) == 0
sympy.solveset(squared < 1, h, sympy.Interval.open(0, sympy.oo))

# %%
best = sympy.solve(sympy.diff(squared, h), h)
best, [sympy.sqrt(squared.subs(h, b)) for b in best]

# %% [markdown]
# ## Seen
#
# The formula against the spectrum by automatic differentiation, and against what a run loses an
# update. Neither has seen the derivation.

# %%
steps = jnp.linspace(0.05, 1.2, 47)
numeric = mm.games.bilinear(1.0)


def radius(step):
    return jnp.abs(mm.update_values(numeric, mm.Extragradient(step), (0.0, 0.0))).max()


radii = jax.jit(jax.vmap(radius))(steps)
assert np.allclose(radii**2, 1 - steps**2 + steps**4, atol=1e-12)

# %%
watch = {"distance": mm.distance_to((0.0, 0.0))}
runs = {
    f"h = {step}": mm.run(numeric, mm.Extragradient(step), (1.0, 0.0), 120, observe=watch)
    for step in (0.2, 0.7071, 1.0, 1.05)
}
mm.draw.curves(runs, observable="distance")

# %%
measured = mm.measured_rate(runs["h = 0.7071"].observed["distance"])
round(measured.value, 8), round(float(jnp.log(3**0.5 / 2)), 8)

# %% [markdown]
# ## Attacked
#
# A theorem of this project is a statement with checks that could refute it, and hypotheses whose
# breaking must break it. On random bilinear games of largest singular value $s$, the claim becomes
# $h s < 1$.

# %%
from theory.theorem import Bound, Family, Outside, Source, Theorem


def parameters():
    return {"entries": (3, 3), "share": ()}


def short(p):
    """A game, and a step below the inverse of its largest singular value."""
    share = jax.nn.sigmoid(p["share"])
    return p["entries"], share / jnp.linalg.norm(p["entries"], 2)


def long(p):
    A, step = short(p)
    return A, step + 1 / jnp.linalg.norm(A, 2)


def margin(instance, *, limit=1.0):
    """Positive exactly when the walk does not move outwards."""
    A, step = instance
    values = mm.update_values(
        mm.games.bilinear(A), mm.Extragradient(step), (jnp.zeros(3), jnp.zeros(3))
    )
    return limit - jnp.max(jnp.abs(values))


EG_1 = Theorem(
    id="EG-1",
    name="Extragradient does not leave while its step is short",
    statement=r"On $x^\top A y$ with $0 < h < 1/\|A\|_2$ extragradient has a radius below one.",
    source=Source("derived above", "derived"),
    checks=(
        Bound(
            family=Family(parameters, short),
            margin=margin,
            sharp=True,
            outside=(Outside("a long step", family=Family(parameters, long)),),
        ),
    ),
)

# %%
from theory.verify.check import verify

result = verify(EG_1, 100, seeds=(0,))
print(result)
assert result.passed

# %% [markdown]
# Put into a file of its own under `theory/`, it is found, tried at new seeds by `make verify`, and
# listed by `minimax-lab verify --list` ([add your own theorem](../add/theorem.md)).
