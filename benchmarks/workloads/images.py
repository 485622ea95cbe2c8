"""An update of a GAN of pictures, 32-bit: perceptrons on digits of 8 x 8 (three layers of 256,
batch 128) and strided convolutions on 28 x 28 (batch 64), plain, with gradients' penalties and
with directions that differentiate a gradient: `run` against torch's eager loop, and for the plain
update against torch's compiled losses.

Results are compared on one batch that is given; for times each draws its own out of bytes. The
limit is what a plain update must multiply and add, at the rate of BLAS: a pass is forward, to the
weights and to the inputs; three passes through the generator; through the discriminator three for
real pictures, three for fake ones and one more back to them, since the generator's loss is another.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab import networks

from .. import limits
from ..race import Contender, Group, Missing, peer
from ..results import Target

UNIT = "step"
STEP, STRENGTH, PENALTY, FEW = 0.01, 0.1, 5.0, 3
SETTINGS = {
    "perceptrons": {"side": 8, "batch": 128, "hidden": (256, 256, 256), "steps": 150},
    "convolutions": {"side": 28, "batch": 64, "width": 32, "steps": 15},
    "latent": 64,
    "pictures": 2000,
}
GAMES: Mapping[str, Callable[[mm.Game], mm.Game]] = {
    "R1": lambda game: adv.slope_penalty(game, PENALTY),
    "gradient penalty": lambda game: adv.gradient_penalty(game, PENALTY),
}
RULES = {
    "consensus": mm.Simultaneous(STEP, mm.Consensus(STRENGTH)),
    "AdvAs": mm.Simultaneous(STEP, mm.AssistAdversary(strength=STRENGTH)),
}
METHODS = ("plain", *GAMES, *RULES)
SMALL = {("perceptrons", "plain"), ("convolutions", "gradient penalty")}
EAGER, COMPILED, LIMIT = "torch, eager", "torch, compiled losses", "limit: its products"


class Task(NamedTuple):
    """A pair of networks, the bytes they are shown, and a start."""

    pair: networks.Pair
    pictures: np.ndarray
    batch: int
    steps: int

    @property
    def game(self) -> mm.Game:
        return adv.gan(*self.pair, data=adv.Pictures(self.pictures), batch=self.batch)


def groups(small: bool = False) -> Iterator[Group]:
    """A group a pair and a method."""
    for kind, task in tasks(small).items():
        x = adv.start(task.game, jax.random.key(0))
        given = task.game.sample(jax.random.key(1))
        given = jax.tree.map(lambda leaf: jnp.asarray(leaf, "float32"), given)
        for name in METHODS:
            if small and (kind, name) not in SMALL:
                continue
            rivals = functools.partial(_torch, name=name, task=task, x=x, given=given)
            contenders = {
                "minimax_lab": ours(name, task, x, given),
                EAGER: peer("torch", rivals),
            }
            if name == "plain":
                contenders |= {COMPILED: _compiled(rivals)} if not small else {}
                contenders[LIMIT] = limits.operations(
                    count(x, task), "float32", os.cpu_count() or 1
                )
            least = 1 if (kind, name) == ("convolutions", "plain") else 2
            target = Target(EAGER, "minimax_lab", least=least)
            yield Group(f"{kind}, {name}", contenders, check, (target,))


def tasks(small: bool) -> dict[str, Task]:
    """The two pairs with random bytes in the place of pictures: what is drawn costs the same."""
    generator, latent = np.random.default_rng(0), SETTINGS["latent"]
    made = {}
    for kind in ("perceptrons", "convolutions"):
        given = SETTINGS[kind]
        side = 8 if small else given["side"]
        if kind == "perceptrons":
            hidden = (8,) if small else given["hidden"]
            pair = networks.perceptrons((side, side, 1), hidden, latent=latent)
        else:
            width = 2 if small else given["width"]
            plain = {"batch_norm": False, "kernel": 4}
            pair = networks.dcgan((side, side, 1), 2, latent=latent, width=width, **plain)
        shape = (SETTINGS["pictures"], side, side, 1)
        pictures = generator.integers(0, 256, shape, np.uint8)
        batch, steps = (8, 4) if small else (given["batch"], given["steps"])
        made[kind] = Task(pair, pictures, batch, steps)
    return made


def ours(name: str, task: Task, x: mm.Profile, given: Any) -> Contender:
    """`run`."""
    rule = RULES.get(name, mm.Simultaneous(STEP))
    game = GAMES.get(name, lambda game: game)(task.game)
    held = mm.Game(game.losses, given, penalties=game.penalties)

    def run(game: mm.Game = game, key: Any = jax.random.key(2), steps: int = task.steps) -> Any:
        end = mm.run(game, rule, x, steps, key=key, every=steps).final
        return np.asarray(jax.block_until_ready(end.ravel()[0]))

    return Contender(run, task.steps, answer=lambda: run(held, None, FEW))


def count(x: mm.Profile, task: Task) -> int:
    """Multiplications and additions of a plain update, those of matrices and kernels alone. A
    kernel is applied at every place of the smaller of its two pictures.
    """
    side = task.pictures.shape[1]
    kernels = [[leaf.size for leaf in jax.tree.leaves(own) if leaf.ndim == 4] for own in x.players]
    dense = [sum(leaf.size for leaf in jax.tree.leaves(own) if leaf.ndim == 2) for own in x.players]
    places = [(side >> k + 1) ** 2 for k in range(len(kernels[1]))]
    passes = (
        dense[0] + sum(a * b for a, b in zip(kernels[0], places[::-1], strict=True)),
        dense[1] + sum(a * b for a, b in zip(kernels[1], places, strict=True)),
    )
    return 2 * task.batch * (3 * passes[0] + 7 * passes[1])


def _compiled(build: Callable[..., Contender]) -> Contender | Missing:
    """Torch's compiler needs one of C++; its first call takes a minute, so it is tried in three
    rounds.
    """
    if not (shutil.which("g++") or shutil.which("clang++")):
        return Missing("apt install g++")
    found = peer("torch", functools.partial(build, compiled=True))
    return found._replace(rounds=3) if isinstance(found, Contender) else found


def _torch(
    torch: ModuleType, *, name: str, task: Task, x: mm.Profile, given: Any, compiled: bool = False
) -> Contender:
    """The same equations, pictures with channels first as torch has them."""
    rival = _Rival(torch, task)
    if compiled:
        # Both losses are derived from one graph, which must outlive the first of them.
        importlib.import_module("torch._functorch.config").donated_buffer = False
    losses = torch.compile(rival.losses) if compiled else rival.losses
    fed = rival.batch_of(given)

    def step(x: Any, seen: Any) -> Any:
        mine, theirs = losses(x, seen)
        if name == "R1":
            theirs = theirs + PENALTY / 2 * rival.slopes(x, seen[0]).pow(2).sum(1).mean()
        if name == "gradient penalty":
            size = rival.slopes(x, rival.between(x, seen)).pow(2).sum(1).sqrt()
            theirs = theirs + PENALTY * (size - 1).pow(2).mean()
        again = name in RULES
        turn = [
            list(torch.autograd.grad(loss, own, retain_graph=True, create_graph=again))
            for loss, own in zip((mine, theirs), x, strict=True)
        ]
        if again:
            both, helped = (turn, (0, 1)) if name == "consensus" else (turn[1:], (0,))
            size = sum(part.pow(2).sum() for own in both for part in own)
            strength = STRENGTH / 2 if name == "consensus" else STRENGTH
            flat = [leaf for player in helped for leaf in x[player]]
            pulled = iter(torch.autograd.grad(size, flat, allow_unused=True))
            for player in helped:
                turn[player] = [
                    part if more is None else part + strength * more
                    for part, more in zip(
                        turn[player], itertools.islice(pulled, len(turn[player])), strict=True
                    )
                ]
        return [
            [(a - STEP * d).detach().requires_grad_() for a, d in zip(own, to, strict=True)]
            for own, to in zip(x, turn, strict=True)
        ]

    def run(steps: int = task.steps, draw: Callable[[], Any] = rival.drawn) -> np.ndarray:
        now = rival.read(x)
        for _ in range(steps):
            now = step(now, draw())
        return rival.written(now)

    return Contender(run, task.steps, answer=lambda: run(FEW, lambda: fed))


class _Rival:
    """The networks and their losses in torch. Kernels are kept as torch wants them."""

    ORDERS = (2, 3, 0, 1), (3, 2, 0, 1)  # of a kernel's axes, for the generator and for the other

    def __init__(self, torch: ModuleType, task: Task):
        self.torch, self.functional = torch, torch.nn.functional
        self.task, self.flat = task, isinstance(task.pair.generator, networks.Painted)
        self.bytes = torch.tensor(task.pictures.transpose(0, 3, 1, 2).copy())

    def read(self, x: mm.Profile) -> Any:
        """Our parameters: one list a player, every bias before its weight."""
        return [
            [
                self.torch.tensor(self._turned(np.asarray(leaf), order)).requires_grad_()
                for leaf in jax.tree.leaves(own)
            ]
            for own, order in zip(x.players, self.ORDERS, strict=True)
        ]

    def written(self, x: Any) -> np.ndarray:
        """As one vector in our order."""
        parts = [
            self._turned(leaf.detach().cpu().numpy(), tuple(np.argsort(order))).ravel()
            for own, order in zip(x, self.ORDERS, strict=True)
            for leaf in own
        ]
        return np.concatenate(parts)

    @staticmethod
    def _turned(leaf: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
        return np.ascontiguousarray(leaf.transpose(order)) if leaf.ndim == 4 else leaf

    def batch_of(self, given: Any) -> Any:
        """A given batch."""
        real, latent, between = (np.array(part) for part in given)
        return tuple(map(self.torch.tensor, (real.transpose(0, 3, 1, 2).copy(), latent, between)))

    def drawn(self) -> Any:
        """Pictures out of the bytes, and noise."""
        torch, batch = self.torch, self.task.batch
        rows = self.bytes[torch.randint(len(self.bytes), (batch,))]
        real = rows.to(torch.float32) / 127.5 - 1
        return real, torch.randn(batch, SETTINGS["latent"]), torch.rand(batch)

    def losses(self, x: Any, seen: Any) -> tuple[Any, Any]:
        """Of the non-saturating GAN."""
        real, latent, _ = seen
        softplus, fake = self.functional.softplus, self.seen(x[1], self.made(x[0], latent))
        theirs = softplus(-self.seen(x[1], real)).mean() + softplus(fake).mean()
        return softplus(-fake).mean(), theirs

    def slopes(self, x: Any, pictures: Any) -> Any:
        """grad D, a row a picture; nobody moves the pictures by it."""
        pictures = pictures.detach().requires_grad_()
        total = self.seen(x[1], pictures).sum()
        return self.torch.autograd.grad(total, pictures, create_graph=True)[0].flatten(1)

    def between(self, x: Any, seen: Any) -> Any:
        """Between real and fake."""
        real, latent, place = seen
        place = place[:, None, None, None]
        return place * real + (1 - place) * self.made(x[0], latent)

    def made(self, x: Any, latent: Any) -> Any:
        """The generator."""
        side = self.task.pictures.shape[1]
        if self.flat:
            return self._perceptron(x, latent).tanh().reshape(-1, 1, side, side)
        (bias, weight), *after = zip(x[::2], x[1::2], strict=True)
        places = (latent @ weight).reshape(-1, *bias.shape) + bias
        pictures = places.permute(0, 3, 1, 2)
        for bias, kernel in after:
            relu = pictures.relu()
            pictures = self.functional.conv_transpose2d(relu, kernel, bias, stride=2, padding=1)
        return pictures.tanh()

    def seen(self, x: Any, pictures: Any) -> Any:
        """The discriminator."""
        if self.flat:
            return self._perceptron(x, pictures.flatten(1))
        *kernels, (last, weight) = zip(x[::2], x[1::2], strict=True)
        for bias, kernel in kernels:
            pictures = self.functional.conv2d(pictures, kernel, bias, stride=2, padding=1)
            pictures = self.functional.leaky_relu(pictures, 0.2)
        return pictures.permute(0, 2, 3, 1).flatten(1) @ weight + last

    def _perceptron(self, x: Any, inputs: Any) -> Any:
        for i, (bias, weight) in enumerate(zip(x[::2], x[1::2], strict=True)):
            inputs = self.torch.addmm(bias, inputs, weight)
            inputs = self.functional.leaky_relu(inputs) if 2 * i + 2 < len(x) else inputs
        return inputs


def check(results: Mapping[str, Any]) -> None:
    """The same parameters after the first few updates on one batch; what torch's compiler makes of
    strided convolutions rounds more coarsely than torch itself does, by some 2e-4.
    """
    for name, end in results.items():
        if name != LIMIT:
            most = 1e-3 if name == COMPILED else 2e-5
            np.testing.assert_allclose(end, results["minimax_lab"], atol=most, err_msg=name)
