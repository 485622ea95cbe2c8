"""The settings of a rule with which the error shrinks fastest: min over settings of the radius of
the update map.

A spectral radius has kinks, where two eigenvalues are equally large, and cusps, where they meet and
the matrix is defective; the best settings usually are one or the other. So nothing here asks for a
slope (`valleys`). Many matrices are made at once by the compiled program, and their eigenvalues
taken together.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from ..checks import InputError, demand_flag, is_number, nearest, refuse
from ..game import Game, as_game
from ..games.affine import saddle
from ..profile import Profile, Strategies, as_profile, narrowed
from ..rules.base import UpdateRule, demand_suited
from ..running.prepare import demand_key, demand_rule
from .eigenvalues import Spectrum
from .families import Family, first_vector
from .leaves import Leaf, several
from .misfits import fitted
from .spectrum import demand_linear, field_spectrum, update_spectrum
from .valleys import deepest

MOST = 2  # settings at once
REACH = 1e-3, 1e2  # of settings without a bound, in units of one over the field's radius
TOGETHER = 1e-4  # moduli this close, relative, are equally large: half the digits where they meet
MEETING = 1e4  # condition number of an eigenvalue that has met another
AGREEMENT = 1e-6  # between the radius that was minimised and that of the rule's settled state


@dataclasses.dataclass(frozen=True, eq=False)
class Tuned:
    """The best `settings` found, by name, the `rule` that has them, and the radius of its update.

    `active` are the eigenvalues that are equally large there; `defective` says whether some of them
    have met, so that the radius rises like a root as settings move; `edge` names the settings
    that lie at an end of what was searched, where a wider search may find better ones. Of several
    games the radius is the worst, and `spectra` has one of each.
    """

    settings: dict[str, float]
    rule: UpdateRule
    radius: float
    period: int
    active: Complex[np.ndarray, " active"]
    defective: bool
    edge: tuple[str, ...]
    spectra: tuple[Spectrum, ...]

    @property
    def rate(self) -> float:
        """The predicted change of log error per update."""
        return math.log(self.radius) / self.period if self.radius > 0 else -math.inf

    def __str__(self) -> str:
        found = ", ".join(f"{name} {value:.8g}" for name, value in self.settings.items())
        met = ", some of which have met" if self.defective else ""
        shown = [f"{v.real:.6g}{v.imag:+.6g}i" for v in self.active[:6]]
        lines = [
            f"tuned: {found}",
            f"radius {self.radius:.8g}, predicted log error {self.rate:+.6g} per update",
            f"{len(self.active)} eigenvalues equally large{met}: {', '.join(shown)}",
        ]
        if self.edge:
            lines.append(f"at an end of what was searched: {', '.join(self.edge)}")
        return "\n  ".join(lines)


@fitted("x")
def tune(
    game: Game | Sequence[Game],
    rule: UpdateRule,
    over: str | Sequence[str] = ("step",),
    *,
    x: Strategies | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
    key: PRNGKeyArray | None = None,
    progress: bool = False,
) -> Tuned:
    """min over settings of the radius of the update map at an equilibrium, the worst of several
    games.

    The settings that the rule has now do not matter, only its shape does. Numbers that may be any
    size are searched from a thousandth to a hundred times one over the largest modulus of the
    field's eigenvalues, others over all they may be.

    Arguments:
        game: what is played, or several games of one shape, of which the worst counts.
        rule: whose settings are sought; linear at rest.
        over: the names of one or two settings of the rule, such as `direction.strength`.
        x: the equilibrium; without it that of a bilinear, quadratic or linear game.
        within: where to search, (lowest, highest) by name.
        key: fixes the sample of a random game.
        progress: whether to show a meter on the terminal.

    Returns:
        The settings, the rule with them, the radius and the eigenvalues that decide it.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # spectra deserve 64 bits
        >>> best = mm.tune(mm.games.bilinear(2.0), mm.Optimistic(0.1))
        >>> print(f"{best.settings['step']:.6f} {best.radius:.6f} {best.defective}")
        0.250000 0.707107 True
    """
    several = tuple(game) if isinstance(game, tuple | list) else (game,)
    if not several:
        raise refuse("game", game, "a game, or several")
    played = tuple(map(as_game, several))
    for one in played:
        demand_suited(rule, one)
    demand_rule(rule)
    demand_linear(rule)
    demand_flag(progress, "progress")
    points = [_equilibrium(one, x) for one in played]
    leaves = _of_rule(played[0], rule, over)
    spectra = [_settled_field(one, at) for one, at in zip(played, points, strict=True)]
    axes = _axes((played[0], rule), leaves, within, max(s.radius for s in spectra))
    maps = [_Map.of(one, rule, at, leaves, key) for one, at in zip(played, points, strict=True)]

    def worst(coordinates: np.ndarray) -> np.ndarray:
        values = np.stack([a.value(c) for a, c in zip(axes, coordinates.T, strict=True)], axis=1)
        return np.max([each.radii(values) for each in maps], axis=0)

    best = deepest(worst, len(axes), progress)
    values = [float(axis.value(c)) for axis, c in zip(axes, best, strict=True)]
    return _told(played, points, rule, leaves, values, axes, key, float(worst(best[None])[0]))


def tunable(rule: UpdateRule) -> tuple[str, ...]:
    """The names of a rule's numbers, in the order in which it is written."""
    return tuple(
        jax.tree_util.keystr(path).removeprefix(".")
        for path, leaf in jax.tree_util.tree_leaves_with_path(rule)
        if is_number(leaf) and jnp.issubdtype(jnp.result_type(leaf), jnp.floating)
    )


@dataclasses.dataclass(frozen=True)
class _Axis:
    """Where one setting is searched; `logarithmic` where it may be any size above zero."""

    low: float
    high: float
    logarithmic: bool

    def value(self, coordinate: np.ndarray) -> np.ndarray:
        """The setting at a coordinate between zero and one."""
        if self.logarithmic:
            return self.low * (self.high / self.low) ** coordinate
        return self.low + (self.high - self.low) * coordinate


class _Map(eqx.Module):
    """A game's update map at its equilibrium, for many settings at once."""

    family: Family
    rest: Array

    @classmethod
    def of(
        cls,
        game: Game,
        rule: UpdateRule,
        x: Profile,
        leaves: tuple[Leaf, ...],
        key: PRNGKeyArray | None,
    ) -> _Map:
        key = demand_key(game, key, "It fixes the sample: key=jax.random.key(seed).")
        narrow = narrowed(game, x.dtype), narrowed(rule, x.dtype)
        family = Family(*narrow, x, key, leaves, rule.rest.period)
        now = jnp.asarray([leaf.value(game, rule) for leaf in leaves], x.dtype)
        return cls(family, first_vector(family, now))

    def radii(self, values: np.ndarray) -> Float[np.ndarray, " settings"]:
        """The radius at each row of settings; infinite where there is no map."""
        matrices = np.asarray(_matrices(self, jnp.asarray(values, self.rest.dtype)), float)
        finite = np.all(np.isfinite(matrices), axis=(1, 2))
        moduli = np.abs(np.linalg.eigvals(np.where(finite[:, None, None], matrices, 0)))
        return np.where(finite, np.max(moduli, axis=1), np.inf)


@eqx.filter_jit
def _matrices(at: _Map, values: Array) -> Array:
    return jax.vmap(lambda p: at.family.matrix(at.rest, p))(values)


def _equilibrium(game: Game, x: Strategies | None) -> Profile:
    if x is not None:
        return as_profile(x, "x")
    try:
        return saddle(game)
    except InputError as error:
        allowed = "an equilibrium, such as one of mm.find_equilibria(game, starts)"
        raise refuse("x", None, allowed, f"It is known of affine games alone: {error}") from None


def _settled_field(game: Game, x: Profile) -> Spectrum:
    if game.random:
        raise refuse("game", "one that draws samples", "a game without chance")
    spectrum = field_spectrum(game, x)
    if not spectrum.at_equilibrium:
        given = f"a profile where the field has norm {spectrum.movement:.3g}"
        raise refuse("x", given, "an equilibrium", "mm.find_equilibria searches for some.")
    return spectrum


def _of_rule(game: Game, rule: UpdateRule, over: str | Sequence[str]) -> tuple[Leaf, ...]:
    names = (over,) if isinstance(over, str) else over
    if not isinstance(names, tuple | list) or not 1 <= len(names) <= MOST:
        cause = "Hold the others, and tune two at a time."
        raise refuse("over", over, f"the names of one to {MOST} settings", cause)
    leaves = several(game, rule, names)
    for leaf in leaves:
        if leaf.in_game:
            raise refuse("over", leaf.name, "a setting of the rule", "A game is what is given.")
    return leaves


def _axes(
    pair: tuple[Game, UpdateRule],
    leaves: tuple[Leaf, ...],
    within: Mapping[str, tuple[float, float]] | None,
    radius: float,
) -> list[_Axis]:
    given = {} if within is None else within
    if not isinstance(given, Mapping):
        raise refuse("within", within, "a range by name, such as {'step': (0.01, 1.0)}")
    for name in given:
        if name not in [leaf.name for leaf in leaves]:
            raise nearest("within", name, [leaf.name for leaf in leaves])
    scale = 1 / radius if radius > 0 else 1.0
    return [
        _given(pair, leaf, given[leaf.name]) if leaf.name in given else _usual(pair, leaf, scale)
        for leaf in leaves
    ]


def _given(pair: tuple[Game, UpdateRule], leaf: Leaf, ends: tuple[float, float]) -> _Axis:
    name = f"within[{leaf.name!r}]"
    if not isinstance(ends, tuple | list) or len(ends) != 2 or not all(map(is_number, ends)):
        raise refuse(name, ends, "(lowest, highest)")
    low, high = map(float, ends)
    if not low < high:
        raise refuse(name, ends, "(lowest, highest), the first below the second")
    for end in (low, high):
        leaf.demand(*pair, end)
    return _Axis(low, high, low > 0)


def _usual(pair: tuple[Game, UpdateRule], leaf: Leaf, scale: float) -> _Axis:
    """All that the field takes, which is found by asking it."""

    def takes(value: float) -> bool:
        try:
            leaf.demand(*pair, value)
        except InputError:
            return False
        return True

    negative, large = takes(-0.5), takes(1.5)
    if large and not negative:
        return _Axis(REACH[0] * scale, REACH[1] * scale, True)
    if large:
        return _Axis(-REACH[1] * scale, REACH[1] * scale, False)
    inside = 1 - 1e-9
    return _Axis(-inside if negative else 1e-9, inside, False)


def _told(
    games: Sequence[Game],
    points: Sequence[Profile],
    rule: UpdateRule,
    leaves: tuple[Leaf, ...],
    values: Sequence[float],
    axes: Sequence[_Axis],
    key: PRNGKeyArray | None,
    least: float,
) -> Tuned:
    for leaf, value in zip(leaves, values, strict=True):
        _, rule = leaf.put(games[0], rule, jnp.asarray(value, points[0].dtype))
    rule = jax.tree.map(lambda leaf: float(leaf) if _single(leaf) else leaf, rule)
    spectra = tuple(
        update_spectrum(game, rule, x, key=key) for game, x in zip(games, points, strict=True)
    )
    radius = max(spectrum.radius for spectrum in spectra)
    if abs(radius - least) > AGREEMENT * max(1.0, least):
        raise InputError(
            f"the memory of {type(rule).__name__} does not rest as it starts (radius {radius:.6g} "
            f"where it rests, {least:.6g} where it starts), so its settings cannot be tuned."
        )
    active, conditions = [], []
    for spectrum in spectra:
        large = np.abs(spectrum.values) >= radius * (1 - TOGETHER)
        active.append(spectrum.values[large])
        known = spectrum.conditions
        conditions.append(known[large] if known is not None else np.ones(np.sum(large)))
    named = {leaf.name: value for leaf, value in zip(leaves, values, strict=True)}
    edge = tuple(
        leaf.name
        for leaf, axis, value in zip(leaves, axes, values, strict=True)
        if min(value - axis.low, axis.high - value) <= 1e-6 * abs(value)
    )
    return Tuned(
        settings=named,
        rule=rule,
        radius=radius,
        period=rule.rest.period,
        active=np.concatenate(active),
        defective=bool(np.max(np.concatenate(conditions), initial=1.0) > MEETING),
        edge=edge,
        spectra=spectra,
    )


def _single(leaf: object) -> bool:
    return isinstance(leaf, jax.Array) and is_number(leaf) and jnp.ndim(leaf) == 0
