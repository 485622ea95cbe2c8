"""The exact Jacobian of the eight-Gaussian GAN (2003 parameters, one batch of 512, 64-bit):
`Game.jacobian` against JAX's whole Jacobians at once, a loop over rows, and torch.func in chunks
of 32, which are quicker there than 256.

The limit is the products alone: of 2003 tangents with every layer, forwards and back, eight at a
time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab import adversarial as adv

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "matrix"
SETTINGS = {"hidden": 16, "layers": 4, "batch": 512, "seed": 0, "rows": 100, "chunk": 32}


def problem(hidden: tuple[int, ...], batch: int) -> tuple[mm.Game, mm.Profile, Any]:
    """The GAN, its start in double precision, and a batch."""
    networks = adv.Perceptron((16, *hidden, 2)), adv.Perceptron((2, *hidden, 1))
    game = adv.gan(*networks, data=adv.ring(8, deviation=0.01), batch=batch)
    key = jax.random.key(SETTINGS["seed"])
    return game, adv.start(game, key, jnp.float64), game.sample(key)


def groups(small: bool = False) -> Iterator[Group]:
    """One group of the matrix, one with its spectrum."""
    hidden = (4,) if small else (SETTINGS["hidden"],) * SETTINGS["layers"]
    game, x, sample = problem(hidden, 16 if small else SETTINGS["batch"])
    flat, unravel = x.ravel()
    program = eqx.filter_jit(lambda game, x, sample: game.jacobian(x, sample))

    def field(z: jax.Array) -> jax.Array:
        return game.field(unravel(z), sample).ravel()[0]

    def ours() -> np.ndarray:
        return np.asarray(program(game, x, sample))

    row = jax.jit(lambda z, i: jax.grad(lambda z: field(z)[i])(z))
    few = min(SETTINGS["rows"], flat.size)
    contenders: dict[str, Any] = {"minimax_lab": Contender(ours)}
    for name, whole in (("jax.jacfwd", jax.jacfwd(field)), ("jax.jacrev", jax.jacrev(field))):
        compiled = jax.jit(whole)
        contenders[f"{name} at once"] = Contender(lambda f=compiled: np.asarray(f(flat)))
    contenders["a loop over rows"] = Contender(
        lambda: np.stack([np.asarray(row(flat, i)) for i in range(few)]), few / flat.size
    )
    contenders["torch.func, in chunks"] = peer("torch", lambda torch: _torch(torch, x, sample))
    contenders["limit: its products"] = products(hidden, len(sample.real), flat.size)
    targets = [Target("a loop over rows", "minimax_lab", least=6)]
    targets += [Target("torch.func, in chunks", "minimax_lab", least=3)]
    name = f"Jacobian of {flat.size}"
    yield Group(name, contenders, check, tuple(targets))

    spectrum = {"minimax_lab": Contender(lambda: mm.field_spectrum(game, x, sample).values)}
    spectrum["limit: LAPACK's eigenvalues"] = limits.eigenvalues(flat.size)
    trace = float(np.trace(ours()))
    yield Group("with its spectrum", spectrum, lambda results: _summed(results, trace))


def products(hidden: tuple[int, ...], batch: int, size: int) -> Contender:
    """Two products of a batch with a layer, for each column, through the layers of both networks
    (the discriminator sees two batches): a tangent forwards, and one backwards.
    """
    shapes = [*itertools.pairwise((16, *hidden, 2))] + 2 * [*itertools.pairwise((2, *hidden, 1))]
    some = min(size, 8)
    pairs = [(jnp.ones((some, batch, a)), jnp.ones((a, b))) for a, b in shapes]
    work = jax.jit(lambda pairs: [a @ b for a, b in pairs])

    def run() -> Any:
        for _ in range(2):
            found = jax.block_until_ready(work(pairs))
        return found

    return Contender(run, some / size)


def _torch(torch: ModuleType, x: mm.Profile, sample: Any) -> Contender:
    """The same field out of gradients of torch's, and its Jacobian by torch.func."""
    parts, tree = jax.tree.flatten(x.players)
    shapes = [part.shape for part in parts]
    sizes = [part.size for part in parts]
    real, latent = (torch.tensor(np.asarray(a, float)) for a in (sample.real, sample.latent))
    softplus = torch.nn.functional.softplus

    def applied(layers: Any, inputs: Any) -> Any:
        for i, layer in enumerate(layers):
            inputs = inputs @ layer["weight"] + layer["bias"]
            inputs = torch.relu(inputs) if i < len(layers) - 1 else inputs
        return inputs

    def field(z: Any) -> Any:
        blocks = torch.split(z, sizes)
        leaves = [part.reshape(shape) for part, shape in zip(blocks, shapes, strict=True)]
        one, two = jax.tree.unflatten(tree, leaves)

        def first(one: Any) -> Any:
            return softplus(-applied(two, applied(one, latent))).mean()

        def second(two: Any) -> Any:
            fake = softplus(applied(two, applied(one, latent))).mean()
            return softplus(-applied(two, real)).mean() + fake

        turns = [torch.func.grad(first)(one), torch.func.grad(second)(two)]
        return torch.cat([leaf.reshape(-1) for turn in turns for leaf in jax.tree.leaves(turn)])

    flat = torch.tensor(np.asarray(x.ravel()[0]))
    whole = torch.func.jacrev(field, chunk_size=SETTINGS["chunk"])
    return Contender(lambda: whole(flat).detach().numpy())


def check(results: Mapping[str, Any]) -> None:
    """The matrices are equal, or their first rows."""
    for name, other in results.items():
        if "limit" not in name:
            ours = results["minimax_lab"][: len(other)]
            np.testing.assert_allclose(other, ours, atol=1e-12, err_msg=name)


def _summed(results: Mapping[str, Any], trace: float) -> None:
    """The sum of the eigenvalues is the trace."""
    np.testing.assert_allclose(results["minimax_lab"].sum(), trace, rtol=1e-8, atol=1e-12)
