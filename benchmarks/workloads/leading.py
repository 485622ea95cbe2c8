"""The leading 20 eigenvalues of the eight-Gaussian GAN's Jacobian, 2e3 to 2e5 parameters:
`field_spectrum(leading=20)` against ARPACK fed with jax.jvp, and matfree's Arnoldi without
restarts, which stops wherever its depth has brought it.

Seconds are those of a product J t, with everything around it. The limit is the product alone, of a
field linearised once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.sparse.linalg import LinearOperator, eigs

import minimax_lab as mm

from ..race import Contender, Group, peer
from ..results import Target
from .jacobian import problem

UNIT = "product"
# width of the hidden layers -> depth of matfree's space
CASES = {16: 70, 55: 80, 180: 100}
SETTINGS = {"widths": CASES, "layers": 4, "leading": 20, "batch": 512, "accuracy": 1e-6}


class Counting(mm.Game):
    """A game that counts how many tangents its field is pushed with."""

    count: list[int] = eqx.field(static=True, kw_only=True)

    def field(self, x: mm.Profile, sample: Any = None) -> mm.Profile:
        """The field, its tangents seen on their way in."""
        flat, unravel = x.ravel()
        return super().field(unravel(self._seen()(flat)), sample)

    def _seen(self) -> Callable[[jax.Array], jax.Array]:
        def passed(tangent: Any) -> Any:
            self.count[0] += 1
            return np.asarray(tangent)

        @jax.custom_jvp
        def seen(flat: jax.Array) -> jax.Array:
            return flat

        @seen.defjvp
        def _(primals: Any, tangents: Any) -> Any:
            (flat,), (tangent,) = primals, tangents
            like = jax.ShapeDtypeStruct(flat.shape, flat.dtype)
            return flat, jax.pure_callback(passed, like, tangent)

        return seen


class Found(NamedTuple):
    """Values, their largest relative residual, and the products made."""

    values: np.ndarray
    residual: float
    products: int


def groups(small: bool = False) -> Iterator[Group]:
    """A group a size."""
    for width, depth in {4: 40}.items() if small else CASES.items():
        hidden = (width,) * (1 if small else SETTINGS["layers"])
        game, x, sample = problem(hidden, 16 if small else SETTINGS["batch"])
        flat, unravel = x.ravel()

        def field(z: jax.Array, game=game, sample=sample, unravel=unravel) -> jax.Array:  # type: ignore[no-untyped-def]
            return game.field(unravel(z), sample).ravel()[0]

        found = contenders(game, x, sample, field, 4 if small else SETTINGS["leading"], depth)
        targets = [Target(who, "minimax_lab", least=1.3) for who in ("ARPACK, jax.jvp", "matfree")]
        if flat.size > 1e5:
            targets.append(Target("products, minimax_lab", most=130))
        yield Group(f"{flat.size} parameters", found, check, tuple(targets), flat.size)


def contenders(
    game: mm.Game, x: mm.Profile, sample: Any, field: Any, leading: int, depth: int
) -> dict[str, Any]:
    """Each is run once before, so that its products are known."""
    flat, _ = x.ravel()
    counting = Counting(**{**vars(game), "count": [0]})

    def ours(game: mm.Game = game) -> Found:
        spectrum = mm.field_spectrum(game, x, sample, leading=leading)
        assert spectrum.residuals is not None
        values = spectrum.values[np.argsort(-np.abs(spectrum.values))]
        residual = np.max(spectrum.residuals / np.abs(spectrum.values))
        return Found(values, float(residual), counting.count[0])

    pushed = jax.jit(lambda z, t: jax.jvp(field, (z,), (t,))[1])

    def arpack() -> Found:
        made = [0]

        def product(t: np.ndarray) -> np.ndarray:
            made[0] += 1
            return np.asarray(pushed(flat, t))

        operator = LinearOperator((flat.size,) * 2, matvec=product, dtype=float)
        start = np.random.default_rng(0).standard_normal(flat.size)
        values, vectors = eigs(operator, leading, v0=start, tol=SETTINGS["accuracy"])
        last = np.argmin(np.abs(values))
        image = product(vectors[:, last].real) + 1j * product(vectors[:, last].imag)
        residual = np.linalg.norm(image - values[last] * vectors[:, last]) / abs(values[last])
        return Found(values[np.argsort(-np.abs(values))], float(residual), made[0])

    _, linear = jax.jit(lambda z: jax.linearize(field, z))(flat)
    push = functools.partial(jax.jit(lambda linear, t: linear(t)), linear)
    return {
        "minimax_lab": Contender(ours, ours(counting).products),
        "ARPACK, jax.jvp": Contender(arpack, arpack().products),
        "matfree": peer("matfree", lambda _: _matfree(field, flat, leading, min(depth, flat.size))),
        "limit: the product alone": Contender(
            lambda: [push(flat).block_until_ready() for _ in range(5)], 5
        ),
    }


def _matfree(field: Any, flat: jax.Array, leading: int, depth: int) -> Contender:
    """One compiled program that linearises and makes `depth` products."""
    from matfree import decomp

    start = jnp.asarray(np.random.default_rng(0).standard_normal(flat.size))

    @jax.jit
    def program(z: jax.Array) -> Any:
        _, push = jax.linearize(field, z)
        basis = decomp.hessenberg(depth, reortho="full", custom_vjp=False)(push, start)
        return basis.J_small, jnp.linalg.norm(basis.residual)

    def run() -> Found:
        small, beyond = map(np.asarray, program(flat))
        values, vectors = np.linalg.eig(small)
        first = np.argsort(-np.abs(values))[:leading]
        residuals = beyond * np.abs(vectors[-1, first]) / np.abs(values[first])
        return Found(values[first], float(np.max(residuals)), depth)

    return Contender(run, depth)


def check(results: Mapping[str, Any]) -> dict[str, float]:
    """Ours and ARPACK's have the residual that was asked for; the largest moduli agree."""
    found = {who: result for who, result in results.items() if isinstance(result, Found)}
    assert found["minimax_lab"].residual <= SETTINGS["accuracy"]
    facts = {}
    for who, (values, residual, products) in found.items():
        expected = np.abs(found["minimax_lab"].values[:4])
        np.testing.assert_allclose(np.abs(values[:4]), expected, rtol=1e-4, err_msg=who)
        facts |= {f"products, {who}": products, f"residual, {who}": residual}
    return facts
