"""An update of the eight-Gaussian GAN (batch 512, 32-bit), batches drawn anew, under five methods:
`run` against torch's eager loop and against a jitted step with optax, called once a step; and
sixteen seeds in one `sweep` against one after another.

Results are compared on one batch that is given, for each draws its own. The limit is the step's
products in a scan: a batch through the generator, two through the discriminator, each three times,
since a gradient costs twice what the function does.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import minimax_lab as mm
from minimax_lab import adversarial as adv

from .. import limits
from ..race import Contender, Group, peer
from ..results import Target

UNIT = "step"
STEP, STRENGTH = 0.02, 0.5
SETTINGS = {"hidden": 16, "layers": 4, "batch": 512, "steps": 300, "seeds": 16, "step": STEP}
# method -> the rule, and at least so many times faster than torch
METHODS: dict[str, tuple[mm.UpdateRule, float]] = {
    "simultaneous": (mm.Simultaneous(STEP), 3),
    "alternating": (mm.Alternating(STEP), 2.3),
    "consensus": (mm.Simultaneous(STEP, mm.Consensus(STRENGTH)), 4),
    "AdvAs": (mm.Simultaneous(STEP, mm.AssistAdversary(strength=STRENGTH)), 2.8),
    "extragradient": (mm.Extragradient(STEP), 3.2),
}
FEW, CENTRES = 5, adv.ring(8).centres.astype("float32")


def groups(small: bool = False) -> Iterator[Group]:
    """A group a method, one of consensus in plain steps, one of an ensemble."""
    hidden = (4,) if small else (SETTINGS["hidden"],) * SETTINGS["layers"]
    batch, steps = (16, 10) if small else (SETTINGS["batch"], SETTINGS["steps"])
    shapes = (16, *hidden, 2), (2, *hidden, 1)
    game = adv.gan(*map(adv.Perceptron, shapes), data=adv.ring(8, deviation=0.01), batch=batch)
    x = adv.start(game, jax.random.key(0))
    given = jax.tree.map(jnp.float32, game.sample(jax.random.key(1)))

    def ours(name: str) -> Contender:
        def run(game: mm.Game = game, key: Any = jax.random.key(2), steps: int = steps) -> Any:
            end = mm.run(game, METHODS[name][0], x, steps, key=key, every=steps).final
            return np.asarray(jax.block_until_ready(end.ravel()[0]))

        held = mm.Game(game.losses, data=given)
        return Contender(run, steps, answer=lambda: run(held, None, FEW))

    for name in ("AdvAs",) if small else METHODS:
        slow = max(steps // 5, FEW)
        contenders = {
            "minimax_lab": ours(name),
            "torch, eager": peer(
                "torch", lambda torch, name=name, slow=slow: _torch(torch, name, x, given, slow)
            ),
            "optax, a program a step": _optax(name, game, x, given, steps),
            "limit: products": products(shapes, batch, steps),
        }
        target = Target("torch, eager", "minimax_lab", least=METHODS[name][1])
        yield Group(name, contenders, check, (target,))
    if not small:
        plain = {
            "minimax_lab, consensus": ours("consensus"),
            "minimax_lab, plain": ours("simultaneous"),
        }
        most = Target("minimax_lab, consensus", "minimax_lab, plain", most=2.2)
        yield Group("consensus in plain steps", plain, _finite, (most,))
    yield ensemble(game, 2 if small else SETTINGS["seeds"], steps)


def ensemble(game: mm.Game, seeds: int, steps: int) -> Group:
    """As many seeds at once and in turn."""
    rule, keys = METHODS["simultaneous"][0], jax.random.split(jax.random.key(3), seeds)
    starts = adv.start(game, keys)

    def together(steps: int = steps) -> np.ndarray:
        over = ("start", "key")
        run = mm.sweep(game, rule, starts, steps, over=over, key=keys, every=steps)
        return np.asarray(jax.vmap(lambda x: x.ravel()[0])(run.final))

    def in_turn(steps: int = steps) -> np.ndarray:
        alone = [(jax.tree.map(lambda leaf, i=i: leaf[i], starts), keys[i]) for i in range(seeds)]
        ends = [mm.run(game, rule, x, steps, key=key, every=steps).final for x, key in alone]
        return np.stack([np.asarray(end.ravel()[0]) for end in ends])

    contenders = {
        "minimax_lab": Contender(together, seeds * steps, answer=lambda: together(FEW)),
        "`run`, in turn": Contender(in_turn, seeds * steps, answer=lambda: in_turn(FEW)),
    }
    target = Target("`run`, in turn", "minimax_lab", least=1.4)
    return Group(f"an ensemble of {seeds}", contenders, check, (target,))


def products(shapes: Any, batch: int, steps: int) -> Contender:
    """Every layer's product three times, of two batches in the discriminator."""
    pairs = [*itertools.pairwise(shapes[0])] + 2 * [*itertools.pairwise(shapes[1])]
    layers = [(jnp.ones((batch, a), "float32"), jnp.ones((a, b), "float32") / a) for a, b in pairs]

    def step(layers: Any) -> Any:
        return [(a + 1e-9 * sum(jnp.sum((a + i) @ w) for i in range(3)), w) for a, w in layers]

    return limits.scanned(step, layers, steps)


def _optax(name: str, game: mm.Game, x: mm.Profile, given: Any, steps: int) -> Contender:
    """The displayed equations over jax.grad, and optax.sgd to walk."""
    sgd = optax.sgd(STEP)

    def field(x: Any, batch: Any) -> Any:
        def loss(player: int, own: Any) -> Any:
            return game.losses(mm.Profile((*x[:player], own, *x[player + 1 :])), batch)[player]

        return tuple(jax.grad(functools.partial(loss, player))(x[player]) for player in (0, 1))

    def square(x: Any, batch: Any, players: tuple[int, ...]) -> Any:
        turn = field(x, batch)
        return sum(jnp.sum(leaf**2) for p in players for leaf in jax.tree.leaves(turn[p]))

    def added(a: Any, b: Any, factor: float) -> Any:
        return jax.tree.map(lambda a, b: a + jnp.float32(factor) * b, a, b)

    @jax.jit
    def step(x: Any, state: Any, key: Any, batch: Any = None) -> Any:
        def drawn(key: Any) -> Any:
            return jax.tree.map(jnp.float32, game.sample(key)) if batch is None else batch

        one, two = jax.random.split(key)
        seen = drawn(one)
        turn = field(x, seen)
        if name == "consensus":
            turn = added(turn, jax.grad(square)(x, seen, (0, 1)), STRENGTH / 2)
        if name == "AdvAs":
            turn = added(turn[0], jax.grad(square)(x, seen, (1,))[0], STRENGTH), turn[1]
        if name == "extragradient":
            turn = field(added(x, turn, -STEP), seen)
        if name == "alternating":
            ahead = added(x[0], turn[0], -STEP), x[1]
            turn = turn[0], field(ahead, drawn(two))[1]
        turned, state = sgd.update(turn, state)
        return optax.apply_updates(x, turned), state

    def run(steps: int = steps, batch: Any = None) -> np.ndarray:
        now, key = (x.players, sgd.init(x.players)), jax.random.key(2)
        for i in range(steps):
            now = step(*now, jax.random.fold_in(key, i), batch)
        return np.asarray(jax.block_until_ready(mm.Profile(now[0]).ravel()[0]))

    return Contender(run, steps, answer=lambda: run(FEW, given))


def _torch(torch: ModuleType, name: str, x: mm.Profile, given: Any, steps: int) -> Contender:
    """The same equations; a squared gradient is differentiated once more."""
    softplus, grad = torch.nn.functional.softplus, torch.autograd.grad
    batch, latent = given.latent.shape
    centres = torch.tensor(np.resize(CENTRES, (batch, 2)))
    fed = tuple(torch.tensor(np.asarray(part)) for part in (given.real, given.latent))

    def drawn() -> Any:
        return centres + 0.01 * torch.randn(batch, 2), torch.randn(batch, latent)

    def applied(layers: Any, a: Any) -> Any:
        for i, (bias, weight) in enumerate(zip(layers[::2], layers[1::2], strict=True)):
            a = torch.addmm(bias, a, weight)
            a = torch.relu(a) if 2 * i + 2 < len(layers) else a
        return a

    def field(x: Any, seen: Any, players: Any = (0, 1), graph: bool = False) -> Any:
        real, z = seen
        fake = applied(x[1], applied(x[0], z))
        losses = (
            lambda: softplus(-fake).mean(),
            lambda: softplus(-applied(x[1], real)).mean() + softplus(fake).mean(),
        )
        return [grad(losses[p](), x[p], retain_graph=True, create_graph=graph) for p in players]

    def moved(x: Any, turn: Any, players: Any = (0, 1)) -> Any:
        found = list(x)
        for player, own in zip(players, turn, strict=True):
            pairs = zip(x[player], own, strict=True)
            found[player] = [(a - STEP * d).detach().requires_grad_() for a, d in pairs]
        return found

    def step(x: Any, draw: Any) -> Any:
        seen = draw()
        if name == "alternating":
            x = moved(x, field(x, seen, (0,)), (0,))
            return moved(x, field(x, draw(), (1,)), (1,))
        if name == "extragradient":
            return moved(x, field(moved(x, field(x, seen)), seen))
        if name == "simultaneous":
            return moved(x, field(x, seen))
        turn = field(x, seen, graph=True)
        helped = (0, 1) if name == "consensus" else (0,)
        summed = sum(
            (d**2).sum() for own in (turn if name == "consensus" else turn[1:]) for d in own
        )
        strength = STRENGTH / 2 if name == "consensus" else STRENGTH
        for player in helped:
            pulled = grad(summed, x[player], retain_graph=True)
            pairs = zip(turn[player], pulled, strict=True)
            turn[player] = [d + strength * p for d, p in pairs]
        return moved(x, turn)

    def run(steps: int = steps, draw: Any = drawn) -> np.ndarray:
        now = [
            [torch.tensor(np.asarray(leaf)).requires_grad_() for leaf in jax.tree.leaves(own)]
            for own in x.players
        ]
        for _ in range(steps):
            now = step(now, draw)
        return np.concatenate([leaf.detach().cpu().numpy().ravel() for own in now for leaf in own])

    return Contender(run, steps, answer=lambda: run(FEW, lambda: fed))


def check(results: Mapping[str, Any]) -> None:
    """The same parameters after the first few updates on one batch."""
    for name, end in results.items():
        if "limit" not in name:
            np.testing.assert_allclose(end, results["minimax_lab"], atol=1e-5, err_msg=name)


def _finite(results: Mapping[str, Any]) -> None:
    assert all(np.all(np.isfinite(end)) for end in results.values())
