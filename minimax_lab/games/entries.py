"""Every ready-made game, one function each: its name, its settings with their defaults (typed, so
that the command line can read them), its summary, and what it returns, all that is known of it.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ..checks import nearest
from ..game import Game, identity
from ..kinds import Kind
from ..objectives import NonSaturating, Wasserstein
from ..reshaped import noisy
from . import affine, dirac, markets, matrices, planar, random_games
from .sets import Box

if TYPE_CHECKING:
    from .formulas import Formula

Point = tuple[Any, ...]
Known = tuple[tuple[Point, Kind], ...]
View = tuple[tuple[float, float], tuple[float, float]]

CENTRE: Known = (((0.0, 0.0), Kind.DEGENERATE),)
NASH: Known = (((0.0, 0.0), Kind.NASH),)
MINIMAX: Known = (((0.0, 0.0), Kind.MINIMAX),)


@dataclasses.dataclass(frozen=True, eq=False)
class Entry:
    """A game one can name: `make` takes keyword arguments with defaults, and `formula` the same
    ones where it is given.

    `known` are the stationary points inside `box` (everywhere, without a box) at the default
    arguments, with their kinds. A formula is (one SymPy loss a player, one tuple of symbols a
    player).
    """

    name: str
    summary: str
    make: Callable[..., Game]
    start: Point = (1.0, 1.0)
    known: Known = ()
    box: View | None = None
    formula: Callable[..., Formula] | None = None


def catalogue() -> dict[str, Entry]:
    """All entries by name, most elementary first: those of this file in their order."""
    return {entry.name: entry for entry in globals().values() if isinstance(entry, Entry)}


def entry(name: str) -> Entry:
    """The entry of this name; a misspelt one gets the nearest."""
    entries = catalogue()
    if name not in entries:
        raise nearest("game", str(name), entries)
    return entries[name]


def _square(low: float, high: float) -> View:
    return ((float(low), float(high)),) * 2


class Facts(NamedTuple):
    """A game and its formula under given settings, not made before they are asked for; the formula
    is made of the module `formulas`, and SymPy imported then.
    """

    game: Callable[[], Game]
    formula: Callable[[ModuleType], Formula] | None
    known: Known
    start: Point = (1.0, 1.0)
    box: View | None = _square(-2, 2)


def listed(define: Callable[..., Facts]) -> Entry:
    """The entry that a function defines: `make` and `formula` take the function's own settings."""
    default = define()

    @functools.wraps(define)
    def make(*given: object, **settings: object) -> Game:
        return define(*given, **settings).game()

    @functools.wraps(define)
    def formula(*given: object, **settings: object) -> Formula:
        from . import formulas

        return define(*given, **settings).formula(formulas)  # type: ignore[misc]  # there is one

    name, summary = define.__name__, inspect.cleandoc(define.__doc__ or "").rstrip(".")
    _, said, known, start, box = default
    return Entry(name, summary, make, start, known, box, said and formula)


# Games of single numbers whose field is affine (but for the market's trades by tanh).


def _of_three(game: Callable[[], Game], formula: Callable[[ModuleType], Formula]) -> Facts:
    return Facts(game, formula, (((0.0, 0.0, 0.0), Kind.NASH),), (1.0, 0.5, -1.0), None)


@listed
def bilinear(strength: float = 1.0) -> Facts:
    """x y: nobody arrives without looking ahead."""
    return Facts(
        lambda: affine.bilinear(strength),
        lambda of: of.affine([[0, strength], [-strength, 0]]),
        CENTRE,
    )


@listed
def quadratic(convexity: float = 0.5, coupling: float = 1.0, concavity: float = 0.5) -> Facts:
    """convex in x, concave in y, coupled."""
    return Facts(
        lambda: affine.quadratic(convexity, coupling, concavity),
        lambda of: of.affine([[convexity, coupling], [-coupling, concavity]]),
        NASH,
    )


@listed
def hamiltonian() -> Facts:
    """two firms, trade only: a pure rotation."""
    return Facts(markets.hamiltonian, lambda of: of.affine([[0, -1], [1, 0]]), CENTRE)


@listed
def exchange(friction: float = 0.1, defect: float = 0.0) -> Facts:
    """two firms trading under friction."""
    return Facts(
        lambda: markets.exchange(friction, defect),
        lambda of: of.affine([[friction, -1], [1 - of.exact(defect), friction]]),
        NASH,
    )


@listed
def common_interest(friction: float = 0.1) -> Facts:
    """a strict Nash that the flow leaves."""
    return Facts(
        lambda: markets.common_interest(friction),
        lambda of: of.affine([[friction, -1], [-1, friction]]),
        NASH,
    )


@listed
def rate_dependent() -> Facts:
    """stable or not as the steps decide."""
    return Facts(markets.rate_dependent, lambda of: of.affine([[-1, 2], [-2, 3]]), MINIMAX)


@listed
def ring(friction: float = 0.1) -> Facts:
    """three players, each chasing one and fleeing the other."""
    e = friction
    return _of_three(
        lambda: affine.ring(3, e), lambda of: of.affine([[e, 1, -1], [-1, e, 1], [1, -1, e]])
    )


@listed
def market(
    friction: float = 0.1, defect: float = 0.0, trade: Literal["bilinear", "tanh"] = "bilinear"
) -> Facts:
    """three firms trading in pairs."""
    goods = {(0, 1): 1.0, (1, 2): 2.0, (0, 2): 0.5}
    shapes: dict[str, Any] = {"bilinear": identity, "tanh": jnp.tanh}
    if trade not in shapes:
        raise nearest("trade", trade, shapes)
    return _of_three(
        lambda: markets.market((friction,) * 3, goods, trade=shapes[trade], defect=defect),
        lambda of: of.market(friction, goods, trade, defect),
    )


# Zero-sum games of two numbers.


def _planar(make: Callable[[], Game], box: View, *known: tuple[Point, Kind]) -> Facts:
    return Facts(make, lambda of: of.planar(make), known, (3.0, 3.0), box)


@listed
def cubic() -> Facts:
    """a Nash and a saddle of the flow."""
    golden = (1 + math.sqrt(5)) / 2
    near, far = ((1 / golden, 1 / golden), Kind.NASH), ((-golden, -golden), Kind.SADDLE)
    return _planar(planar.cubic, _square(-4, 4), near, far)


@listed
def fleeing_minimax() -> Facts:
    """a minimax point that is a source."""
    return _planar(planar.fleeing_minimax, _square(-6, 6), *MINIMAX)


@listed
def bump() -> Facts:
    """a minimax point that the linearised flow circles."""
    point = ((0.40278777035546204, 0.5972122296445379), Kind.MINIMAX)
    return _planar(planar.bump, _square(-3, 4), point)


@listed
def cycle_trap() -> Facts:
    """a minimax point inside an attracting cycle."""
    return _planar(planar.cycle_trap, _square(-8, 8), *MINIMAX)


@listed
def two_basins() -> Facts:
    """a Nash, and an attractor that is not minimax."""
    root = math.sqrt(2)
    nash, attractor = ((-2 - root, 2 + root), Kind.NASH), ((0.0, 0.0), Kind.STABLE)
    between = ((root - 2, 2 - root), Kind.SADDLE)
    return _planar(planar.two_basins, ((-6.0, 4.0), (-3.0, 7.0)), nash, attractor, between)


@listed
def false_minimax() -> Facts:
    """a source that acceleration mistakes for a goal."""
    source, saddle = ((-1.0, 2.5), Kind.SOURCE), ((3.0, -1.5), Kind.SADDLE)
    return _planar(planar.false_minimax, _square(-5, 6), source, saddle)


@listed
def flat_centre() -> Facts:
    """an origin that second order says nothing about."""
    return _planar(planar.flat_centre, _square(-3, 4), *CENTRE, ((-2 / 3, 2 / 3), Kind.SADDLE))


# The Dirac-GAN. A clipped discriminator is a projection and no part of the formula.


def _penalised(penalty: float) -> Facts:
    return Facts(
        lambda: dirac.dirac_gan(penalty=penalty), lambda of: of.dirac_gan(penalty), MINIMAX
    )


def _nonsaturating(penalty: float, known: Known) -> Facts:
    return Facts(
        lambda: dirac.dirac_gan(NonSaturating(), penalty=penalty),
        lambda of: of.dirac_nsgan(penalty),
        known,
    )


@listed
def dirac_gan() -> Facts:
    """Dirac-GAN: the original objective, a centre."""
    return Facts(dirac.dirac_gan, lambda of: of.dirac_gan(), CENTRE)


@listed
def dirac_nsgan(penalty: float = 0.0) -> Facts:
    """Dirac-GAN: non-saturating, arrives like 1/sqrt(time)."""
    return _nonsaturating(penalty, CENTRE)


@listed
def dirac_wgan(clip: float = 1.0) -> Facts:
    """Dirac-GAN: Wasserstein, psi clipped."""
    return Facts(
        lambda: dirac.dirac_gan(Wasserstein(), clip=clip), lambda of: of.dirac_wgan_gp(), CENTRE
    )


@listed
def dirac_wgan_gp(penalty: float = 0.7, target: float = 1.0) -> Facts:
    """Dirac-GAN: Wasserstein, slope penalised towards one: a cycle."""
    # The field jumps across psi = 0 and vanishes nowhere: two displaced centres make an attracting
    # cycle.
    return Facts(
        lambda: dirac.dirac_gan(Wasserstein(), penalty=penalty, target=target),
        lambda of: of.dirac_wgan_gp(penalty, target),
        (),
    )


@listed
def dirac_noise(noise: float = 0.7) -> Facts:
    """Dirac-GAN: instance noise, averaged exactly."""
    return Facts(lambda: dirac.dirac_gan(noise=noise), None, MINIMAX)


@listed
def dirac_gp(penalty: float = 0.3) -> Facts:
    """Dirac-GAN: zero-centred penalty (R1 = R2)."""
    return _penalised(penalty)


@listed
def dirac_gp_critical(penalty: float = 1.0) -> Facts:
    """Dirac-GAN: the penalty that ends the oscillation."""
    return _penalised(penalty)


@listed
def dirac_nsgan_gp(penalty: float = 0.3) -> Facts:
    """Dirac-GAN: non-saturating, penalised."""
    return _nonsaturating(penalty, MINIMAX)


# Games on a set; the set is no part of the formula.


@listed
def rock_paper_scissors() -> Facts:
    """mixed strategies."""
    third, corner = np.full(3, 1 / 3), np.array([0.8, 0.1, 0.1])
    return Facts(
        matrices.rock_paper_scissors,
        lambda of: of.rock_paper_scissors(),
        (((third, third), Kind.DEGENERATE),),
        (corner, corner[::-1].copy()),
        None,
    )


@listed
def box_bilinear(half_width: float = 1.0) -> Facts:
    """x y on a box."""
    return Facts(
        lambda: matrices.matrix(1.0, Box(-half_width, half_width)),
        lambda of: of.affine([[0, 1], [-1, 0]]),
        CENTRE,
        (0.5, 0.5),
        _square(-1, 1),
    )


# Games at random.


def _of_vectors(game: Callable[[], Game], kind: Kind) -> Facts:
    origin = (np.zeros(3), np.zeros(3))
    return Facts(game, None, ((origin, kind),), (np.ones(3), np.ones(3)), None)


@listed
def random_bilinear(seed: int = 0) -> Facts:
    """three numbers a player, no friction."""
    return _of_vectors(
        lambda: random_games.random_bilinear(jax.random.key(seed), 3), Kind.DEGENERATE
    )


@listed
def random_quadratic(seed: int = 0, gap: float = 0.05) -> Facts:
    """three numbers a player, one mode leading."""
    return _of_vectors(
        lambda: random_games.random_quadratic(jax.random.key(seed), 3, 3, gap=gap), Kind.NASH
    )


@listed
def noisy_exchange(friction: float = 0.1, sigma: float = 0.1) -> Facts:
    """two firms, gradients seen through noise."""
    return Facts(lambda: noisy(markets.exchange(friction), sigma), None, ())


@listed
def dirac_draws(noise: float = 0.7, draws: int = 1000) -> Facts:
    """Dirac-GAN: instance noise by random draws."""
    return Facts(lambda: dirac.dirac_gan(noise=noise, draws=draws), None, ())
