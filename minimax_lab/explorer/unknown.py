"""A game of which nothing is known but that it can be asked: a rule traced on it is written once,
and serves every game of the page.

What a rule asks (the field, products with its Jacobian, losses, the projection) stays a call by
name in the jaxpr. The derivative of a call is a call again, of the derivative: `field` has
`d_field`, which is the product J t, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import Primitive
from jax.interpreters import ad, batching
from jaxtyping import Array, PyTree

from ..checks import InputError
from ..profile import Profile

CALL = Primitive("call_of_the_game")
CALL.multiple_results = True
DERIVATIVE = "d_"


class Unknown:
    """What a rule may ask of a game, each answer a call by name."""

    random = False
    data = None

    def __init__(self, players: int):
        self.players = players

    def sample(self, key: object) -> None:
        """Nothing is drawn."""
        return None  # noqa: RET501

    def field(self, x: Profile, sample: object = None) -> Profile:
        """v(x)."""
        return _profile("field", x, x)

    def push(self, x: Profile, tangent: Profile, sample: object = None) -> Profile:
        """J t, the derivative of the field."""
        return _profile(DERIVATIVE + "field", x, x, tangent)

    def pull(
        self, x: Profile, covector: Profile, sample: object = None, *, of: int | None = None
    ) -> Profile:
        """J^T c, or J_i^T c_i of one player."""
        return _profile("pull" if of is None else f"pull{of}", x, x, covector)

    def project(self, x: Profile) -> Profile:
        """P(x)."""
        return _profile("project", x, x)

    def losses(self, x: Profile, sample: object = None) -> tuple[Array, ...]:
        """Every player's loss."""
        return tuple(_bound("losses", self.players, (x,)))

    @property
    def ideal(self) -> tuple[Array, ...]:
        """Every player's loss where the game is solved."""
        return tuple(_bound("ideal", self.players, ()))


def _profile(name: str, like: Profile, *given: Profile) -> Profile:
    flat, unravel = like.ravel()
    return unravel(jnp.stack(_bound(name, flat.size, given)).astype(flat.dtype))


def _bound(name: str, results: int, given: Sequence[PyTree]) -> list[Array]:
    flat = [x.ravel()[0] for x in given]
    entries = [vector[k] for vector in flat for k in range(vector.size)]
    return CALL.bind(*entries, name=name, results=results)


def _evaluated(*_: Any, name: str, results: int) -> None:
    raise InputError(f"{name} of a game that is not known was asked for a number")


def _shapes(*_: Any, name: str, results: int) -> list[Any]:
    return [jax.core.ShapedArray((), jnp.result_type(float)) for _ in range(results)]


def _tangent(
    given: Sequence[Any], tangents: Sequence[Any], *, name: str, results: int
) -> tuple[list[Array], list[Array]]:
    whole = [
        jnp.zeros((), jnp.result_type(float)) if isinstance(t, ad.Zero) else t for t in tangents
    ]
    answer = CALL.bind(*given, name=name, results=results)
    return answer, CALL.bind(*given, *whole, name=DERIVATIVE + name, results=results)


def _batched(
    given: Sequence[Any], axes: Sequence[int | None], *, name: str, results: int
) -> tuple[list[Array], list[int]]:
    """One call a row."""
    size = next(
        array.shape[axis] for array, axis in zip(given, axes, strict=True) if axis is not None
    )
    answers = []
    for row in range(size):
        own = [
            array if axis is None else jax.lax.index_in_dim(array, row, axis, keepdims=False)
            for array, axis in zip(given, axes, strict=True)
        ]
        answers.append(CALL.bind(*own, name=name, results=results))
    return [jnp.stack(column) for column in zip(*answers, strict=True)], [0] * results


def _transposed(
    cotangents: Sequence[Any], *given: Any, name: str, results: int
) -> list[Array | None]:
    """J t is linear in t, and the transpose of that is J^T c."""
    point, tangent = given[: len(given) // 2], given[len(given) // 2 :]
    if name != DERIVATIVE + "field" or any(map(ad.is_undefined_primal, point)):
        raise InputError(f"{name} of a game that is not known has no transpose")
    zero = jnp.zeros((), jnp.result_type(float))
    whole = [zero if isinstance(c, ad.Zero) else c for c in cotangents]
    pulled = CALL.bind(*point, *whole, name="pull", results=results)
    asked = map(ad.is_undefined_primal, tangent)
    nothing: list[Array | None] = [None] * len(point)
    return nothing + [c if a else None for a, c in zip(asked, pulled, strict=True)]


CALL.def_impl(_evaluated)
CALL.def_abstract_eval(_shapes)
ad.primitive_jvps[CALL] = _tangent
ad.primitive_transposes[CALL] = _transposed
batching.primitive_batchers[CALL] = _batched
