"""Any optax transform as a direction."""

from __future__ import annotations

from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from ..checks import refuse
from ..game import Game
from ..profile import Profile
from ..settings import Key, declared
from .base import Direction, Memories, Tick, Transforming, Turn, Wrapper
from .gradient import Gradient
from .tried import Found, found

Transform: TypeAlias = optax.GradientTransformation
Transforms: TypeAlias = Transform | tuple[Transform, ...]  # one for all, or one a player

_WHOLE = (
    "Give the whole optimiser, optax.lion(1.0) and not optax.scale_by_lion(), or put "
    "optax.scale(-1.0) behind it; what optax.masked leaves out passes through as it is, so chain "
    "the descent behind the mask."
)


def _transforms(given: Any, name: str) -> Transforms:
    if _is_transform(given):
        return _usable(given, name)
    if isinstance(given, tuple | list) and given and all(map(_is_transform, given)):
        return tuple(_usable(one, f"{name}[{i}]") for i, one in enumerate(given))
    allowed = "an optax transform such as optax.lion(1e-4), or a tuple of them, one a player"
    raise refuse(name, given, allowed)


def _is_transform(given: Any) -> bool:
    """Anything with the two functions, so that transforms of one's own need no class of optax."""
    return not isinstance(given, type) and all(
        callable(getattr(given, part, None)) for part in ("init", "update")
    )


def _usable(transform: Transform, name: str) -> Transform:
    tried, said = found(transform), "one that asks for {}"
    if tried.missing:
        allowed = "a transform of gradients and parameters"
        raise refuse(name, said.format(tried.missing), allowed, "A direction has nothing else.")
    if tried.climbs:
        given = "a transform that moves along the gradient"
        raise refuse(name, given, "one whose answers are added to the parameters", _WHOLE)
    return transform


class Optax(Wrapper):
    """d = -u, where u is what optax would add to the parameters: with step 1, x' = x + u.

    Any transform of optax: lion, adamw (it is given the parameters too), muon, chains, masks; a
    tuple has one a player. Its learning rate may be in it (`Simultaneous(1.0,
    Optax(optax.lion(1e-4)))`), in the rule's step (`Simultaneous(1e-4, Optax(optax.lion(1.0)))`),
    or a factor in each. What it is, is found by trying it: one that climbs is refused, and so are
    the spectra of one that is not linear at rest.

    Examples:
        >>> import minimax_lab as mm
        >>> import optax
        >>> game, start = mm.games.bilinear(1.0), (3.0, 4.0)  # where v is (4, -3)
        >>> lion = mm.Optax(optax.lion(0.5, weight_decay=0.0))
        >>> print(*mm.run(game, mm.Simultaneous(1.0, lion), start, 1).final)  # the sign alone
        2.5 4.5
        >>> slow = mm.Optax((optax.sgd(0.1), optax.sgd(0.2, momentum=0.9)))
        >>> print(slow.rest.obstacle, "|", lion.rest.obstacle)
        None | Optax's transform answers the smallest push out of proportion
    """

    transform: Transforms = declared(_transforms, static=True)
    direction: Direction = Gradient()

    unsymbolic = "puts arrays through a transform of optax"

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        inner = self.direction.init(game, x, key)
        return tuple(
            Transforming(transform.init(strategy), memory)
            for transform, strategy, memory in zip(self._each(x), x, inner, strict=True)
        )

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        moments, inner = zip(*memory, strict=True)
        turn, inner = self.direction(game, x, inner, tick)
        # optax mixes precisions and whole numbers, which strict promotion (a caller's choice) would
        # refuse.
        with jax.numpy_dtype_promotion("standard"):
            moved = [
                transform.update(d, m, p)
                for transform, d, m, p in zip(self._each(x), turn, moments, x, strict=True)
            ]
        added, after = zip(*moved, strict=True)
        kept = _like(after, moments)
        return -Profile(_like(added, tuple(x))), tuple(map(Transforming, kept, inner))

    @property
    def rescales(self) -> bool:  # type: ignore[override]
        """Whether twice the gradient is not twice the answer."""
        return not all(tried.keeps for tried in self._tried())

    @property
    def gradientlike(self) -> str:  # type: ignore[override]
        """Where a length is divided out."""
        same = any(tried.forgets for tried in self._tried())
        return "answers a gradient of any length alike and would cancel what is set inside" * same

    @property
    def jump(self) -> str:  # type: ignore[override]
        """As found by trying."""
        said = next((tried.jump for tried in self._tried() if tried.jump), "")
        return said and f"Optax's transform {said}"

    def _tried(self) -> tuple[Found, ...]:
        each = self.transform
        return (found(each),) if _is_transform(each) else tuple(map(found, each))

    def _each(self, x: Profile) -> tuple[Transform, ...]:
        if _is_transform(self.transform):
            return (self.transform,) * len(x)
        if len(self.transform) != len(x):
            given = f"a tuple of {len(self.transform)}"
            allowed = f"one transform, or {len(x)} for {len(x)} players"
            raise refuse("Optax.transform", given, allowed)
        return tuple(self.transform)


def _like(trees: tuple[PyTree, ...], others: tuple[PyTree, ...]) -> tuple[PyTree, ...]:
    """In the precisions of the others: what goes round in a loop keeps its types."""

    def cast(leaf: PyTree, like: PyTree) -> PyTree:
        kind = jnp.result_type(like)
        return leaf if jnp.result_type(leaf) == kind else jnp.asarray(leaf, kind)

    return jax.tree.map(cast, trees, others)
