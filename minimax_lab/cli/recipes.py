"""What `minimax-lab train` is told, as plain settings that a run's folder keeps, and the game, the
rule and the pictures they describe.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, PRNGKeyArray, UInt8

from .. import images, networks
from ..adversarial import (
    Pictures,
    as_bytes,
    gan,
    generate,
    gradient_penalty,
    logits,
    slope_penalty,
    start,
)
from ..checks import InputError, nearest, number, refuse, whole
from ..game import Game
from ..networks.pairs import Pair
from ..objectives import Objective
from ..profile import Profile
from ..reshaped import weight_decay
from ..rules.base import UpdateRule
from ..running.program import Observables
from ..running.sweeps import stack
from ..training.folder import RunFolder
from ..training.trainer import WATCHED, Members
from .expressions import read, read_rule

PAIRS: Mapping[str, Callable[..., Pair]] = {
    made.__name__: made
    for made in (
        networks.perceptrons,
        networks.dcgan,
        networks.convolutional,
        networks.residual,
        networks.wgan_gp,
        networks.spectral,
    )
}
STARTED, WALKED, SHOWN, INSPECTED = range(4)  # what the seed's keys are for
LOOKED: Observables = {**WATCHED, "logits": logits}


class Built(NamedTuple):
    """What the settings describe; of an ensemble stacks of starts and keys."""

    game: Game
    rule: UpdateRule
    start: Profile
    key: PRNGKeyArray
    images: images.Images

    def portrayed(self, x: Profile, latents: PRNGKeyArray, count: int) -> UInt8[np.ndarray, ...]:
        """What the generator makes, as bytes."""
        return as_bytes(np.asarray(_generated(self.game, x, latents, count)))


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One GAN and how it is trained, in texts and numbers; with several seeds an ensemble."""

    data: str = "mnist-5000"
    folder: str | None = None
    networks: str = "perceptrons"
    objective: str = "NonSaturating()"
    rule: str = "Averaged(Alternating(5e-4, Adam(first=0.5, second=0.99)), decay=0.999)"
    batch: int = 64
    r1: float = 1.0
    r2: float = 0.0
    gp: float = 0.0
    decay: float = 0.0
    seed: int | tuple[int, ...] = 0

    @staticmethod
    def of(folder: RunFolder) -> Recipe:
        """That of a run that was begun."""
        settings = folder.settings
        names = [field.name for field in dataclasses.fields(Recipe)]
        missing = [name for name in names if name not in settings]
        if missing:
            cause = "It was made by another version, or not by `minimax-lab train`."
            shown = f"a run without {', '.join(missing)}"
            raise refuse("the run's folder", shown, "one of `minimax-lab train`", cause)
        recipe = Recipe(**{name: settings[name] for name in names})
        return recipe.changed(seed=tuple(settings["seed"])) if folder.members else recipe

    def changed(self, **given: Any) -> Recipe:
        """With what was given in place of its own."""
        return dataclasses.replace(self, **{n: v for n, v in given.items() if v is not None})

    def built(self) -> Built:
        """The game, the rule, a start, and the key of all updates."""
        found = images.load(self.data, self.folder)
        pair = read_pair(self.networks, found.shape)
        game = gan(
            *pair, self._objective(), data=Pictures(found.train.pixels), batch=self._batch(found)
        )
        for strength, penalty in (
            (number(self.r1, "--r1", least=0), lambda g, s: slope_penalty(g, s, "real")),
            (number(self.r2, "--r2", least=0), lambda g, s: slope_penalty(g, s, "fake")),
            (number(self.gp, "--gp", least=0), gradient_penalty),
            (number(self.decay, "--decay", least=0), weight_decay),
        ):
            game = penalty(game, strength) if strength else game
        rule, keys = read_rule(self.rule), [jax.random.key(seed) for seed in self.seeds]
        starts = [start(game, jax.random.fold_in(key, STARTED)) for key in keys]
        walked = [jax.random.fold_in(key, WALKED) for key in keys]
        if self.members is None:
            return Built(game, rule, starts[0], walked[0], found)
        return Built(game, rule, stack(starts), stack(walked), found)

    def settings(self, built: Built) -> dict[str, object]:
        """What a folder keeps: what was asked for, and what it came to."""
        shared = dataclasses.asdict(self)
        if self.members is not None:
            del shared["seed"]
        return shared | {
            "rule, resolved": " ".join(repr(built.rule).split()),
            "pictures, sha256": built.images.sha256,
            "parameters": [
                sum(leaf.size for leaf in jax.tree.leaves(player)) // len(self.seeds)
                for player in built.start
            ],
        }

    @property
    def latents(self) -> PRNGKeyArray:
        """The randomness of the latents whose pictures are shown along the way; all members of an
        ensemble have those of the first.
        """
        return jax.random.fold_in(jax.random.key(self.seeds[0]), SHOWN)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One, or those of an ensemble."""
        if isinstance(self.seed, int):
            return (whole(self.seed, "--seed", 0),)
        seeds = tuple(whole(seed, "--seeds", 0) for seed in self.seed)
        if len(set(seeds)) < len(seeds):
            raise refuse("--seeds", ", ".join(map(str, seeds)), "each given once")
        return seeds

    @property
    def members(self) -> Members | None:
        """The names of an ensemble's members, and what each has of its own."""
        if isinstance(self.seed, int):
            return None
        return {f"seed-{seed}": {"seed": seed} for seed in self.seeds}

    @property
    def looks(self) -> PRNGKeyArray:
        """The randomness of the draw on which the field is linearised along the way."""
        return jax.random.fold_in(jax.random.key(self.seeds[0]), INSPECTED)

    def _objective(self) -> Objective:
        objective = read(self.objective, "--objective")
        if not isinstance(objective, Objective):
            allowed = 'an objective such as "NonSaturating()" or "Hinge()"'
            raise refuse("--objective", self.objective, allowed)
        return objective

    def _batch(self, found: images.Images) -> int:
        batch = whole(self.batch, "--batch")
        if batch > len(found.train):
            allowed = f"at most {len(found.train)}, the pictures there are to learn from"
            raise refuse("--batch", batch, allowed)
        return batch


def read_pair(text: str, shape: tuple[int, ...]) -> Pair:
    """A pair of networks for pictures of this shape, from `dcgan` or `dcgan(width=16)`."""
    try:
        tree: ast.AST = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        tree = ast.Constant(None)
    named: list[ast.keyword] = []
    if isinstance(tree, ast.Call) and not tree.args:
        named, tree = tree.keywords, tree.func
    if not isinstance(tree, ast.Name) or any(word.arg is None for word in named):
        allowed = 'a pair by its name and settings, such as "dcgan(width=16)"'
        raise refuse("--networks", text, allowed, f"Pairs are {', '.join(PAIRS)}.")
    if tree.id not in PAIRS:
        raise nearest("--networks", tree.id, PAIRS)
    make = PAIRS[tree.id]
    known = [name for name in inspect.signature(make).parameters if name != "shape"]
    settings: dict[str, Any] = {}
    for word in named:
        if word.arg not in known:
            raise nearest(f"a setting of {tree.id}", str(word.arg), known)
        settings[word.arg] = read(ast.unparse(word.value), f"--networks {word.arg}")
    try:
        return make(shape, **settings)
    except InputError as error:
        raise InputError(f"--networks {text!r} for these pictures: {error}") from None


def trained(folder: RunFolder) -> tuple[Built, Profile, int]:
    """What a folder has come to: the profile of its last checkpoint, and after how many updates."""
    if folder.members:
        names = f"{folder.members[0].path} or another of its {len(folder.members)}"
        raise refuse("the run's folder", str(folder.path), "one run", f"An ensemble: name {names}.")
    built, point = Recipe.of(folder).built(), folder.checkpoint()
    return built, point.profile(built.start), point.step


@eqx.filter_jit
def _generated(game: Game, x: Profile, latents: PRNGKeyArray, count: int) -> Array:
    return generate(game, x, latents, count)
