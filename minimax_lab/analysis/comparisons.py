"""Several rules on one game, side by side: how each ran, how fast it went and should have gone,
what it cost.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from typing import overload

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from .. import shown, tables
from ..checks import InputError, demand_flag, one_number, refuse, warned_once
from ..directions import Cost
from ..game import Game, Sample, as_game
from ..labels import named
from ..profile import Profile, Strategies, as_profile
from ..rules import UpdateRule
from ..running.judge import Judge, Outcome
from ..running.observables import residual
from ..running.prepare import counted
from ..running.program import Observables
from ..running.progress import Notice
from ..running.record import Run
from ..running.verbs import run
from .equilibria import find_equilibria
from .fields import flat
from .rates import Rate, measured_rate
from .spectrum import update_spectrum
from .tuning import MOST, Tuned, tunable, tune

WATCHED: Observables = {"residual": residual}
# how far from an equilibrium, relative to its size, a run may have ended to be predicted by it
NEAR = 1e-2
SMALL = 1e-6  # a stalled run with a residual below this has come to where the field fades
ROUNDING = 1e-14  # a rate this small is none, and none is known better
LONG = 5.0  # seconds; a longer run is not repeated to be timed without its compilation
PIPE = 120  # columns of a printed comparison where nobody says how many there are


@dataclasses.dataclass(frozen=True, eq=False)
class Compared:
    """One rule of a comparison: its `run`, the update after which it was there (`reached`, or
    None), the `measured` and the `predicted` rate (`unpredicted` says why there is none), what it
    cost up to the tolerance (`spent`), and how it was `tuned`, if it was.
    """

    name: str
    rule: UpdateRule
    run: Run
    reached: int | None
    measured: Rate
    predicted: float | None
    unpredicted: str
    spent: Cost
    tuned: Tuned | None = None

    @property
    def cost(self) -> Cost:
        """Of one update."""
        return self.rule.cost(len(self.run.final))

    @property
    def blocks(self) -> int:
        """An update's cost in gradient blocks: a product counts as two whole fields, a linear solve
        as many products as there are numbers.
        """
        cost, players = self.cost, len(self.run.final)
        size = sum(leaf.size for leaf in jax.tree.leaves(self.run.final))
        return cost.gradients + 2 * players * (cost.products + size * cost.solves)

    @property
    def pace(self) -> float:
        """Seconds an update."""
        return self.run.about["seconds"] / max(1, int(self.run.verdict.steps))

    def per(self, units: float) -> float | None:
        """The best predicted rate for one of so many units an update; None of none, or where
        nothing was tuned.
        """
        return self.tuned.rate / units if self.tuned and units else None


@dataclasses.dataclass(frozen=True, eq=False)
class Comparison(Sequence[Compared]):
    """The rules of `mm.compare` in their order; it prints as a table, and `table()` and `league()`
    are its rows.
    """

    start: Profile
    results: tuple[Compared, ...]

    def __len__(self) -> int:
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> Compared: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Compared, ...]: ...

    def __getitem__(self, index: int | slice) -> Compared | tuple[Compared, ...]:
        return self.results[index]

    @property
    def runs(self) -> dict[str, Run]:
        """The runs by the names of their rules, as `mm.draw.curves` takes them."""
        return {one.name: one.run for one in self.results}

    def table(self) -> tuple[list[str], list[list[str]]]:
        """The headings, and a row of texts for each rule."""
        solves = ["solves"] if any(one.spent.solves for one in self.results) else []
        columns = ["rule", "verdict", "to tol.", "rate (95 %)", "predicted", "gradients"]
        columns += ["products", *solves, "seconds"]
        rows = [
            [
                one.name,
                str(one.run.verdict.kind),
                "-" if one.reached is None else str(one.reached),
                _interval(one.measured),
                "-" if one.predicted is None else _signed(one.predicted),
                str(one.spent.gradients),
                str(one.spent.products),
                *[str(one.spent.solves) for _ in solves],
                f"{one.run.about['seconds']:.2g}",
            ]
            for one in self.results
        ]
        return columns, rows

    def league(self) -> tuple[list[str], list[list[str]]]:
        """The same of the rules at their best settings, the fastest for its cost first: log error
        per update, and for each of what it costs.
        """
        columns = ["at its best", "radius", "rate"]
        columns += ["/gradient", "/product", "/block", "/second", ""]
        rows = []
        for one in sorted(self.results, key=lambda one: one.per(one.blocks) or 0):
            if one.tuned is None:
                continue
            units = (1, one.cost.gradients, one.cost.products, one.blocks, one.pace)
            notes = ["defective"] * one.tuned.defective + [f"{e} at an end" for e in one.tuned.edge]
            rates = [tables.short(one.per(unit), 5) for unit in units]
            rows.append([one.name, f"{one.tuned.radius:.6g}", *rates, ", ".join(notes)])
        return columns, rows

    @property
    def notes(self) -> list[str]:
        """Why some rates could not be predicted."""
        return [
            f"no prediction for {one.name}: {one.unpredicted}"
            for one in self.results
            if one.unpredicted
        ]

    def __str__(self) -> str:
        width = shutil.get_terminal_size((PIPE, 24)).columns
        parts = [f"from {tables.short(self.start)}", tables.text(*self.table(), width)]
        columns, rows = self.league()
        parts += [tables.text(columns, rows, width)] if rows else []
        return "\n\n".join([*parts, *self.notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return shown.html(self)


def compare(
    game: Game,
    rules: UpdateRule | Sequence[UpdateRule] | Mapping[str, UpdateRule],
    start: Strategies,
    steps: int = 1000,
    *,
    key: PRNGKeyArray | None = None,
    tolerance: float = 1e-10,
    equilibria: Sequence[Strategies] = (),
    best: bool = False,
    progress: bool = False,
) -> Comparison:
    """Walk several rules from one start: verdict, updates to the tolerance, measured and predicted
    rate, cost, seconds.

    A rate is the change of log residual per update (negative: converging); measured with its 95 %
    interval between residuals of 1e-4 and 1e-12, or over the run's second half where they are never
    reached; predicted by the spectrum of the update at the equilibrium nearest to the end. The
    cost, in gradient blocks and Jacobian products, is up to the tolerance, else whole.
    `minimax-lab compare` prints the same.

    Arguments:
        game: what is played, a `Game`.
        rules: one, several, or a dictionary that names them.
        start: a `Profile`, or a tuple with one strategy per player.
        steps: how many updates each rule may make.
        key: the randomness of samples and rules, `jax.random.key(seed)`.
        tolerance: the natural residual at which a rule has arrived.
        equilibria: the stationary profiles to predict at, where they are known; Newton's method
            looks for some without.
        best: whether to tune the first two settings of every rule before it walks, so that its
            update contracts fastest at the equilibrium.
        progress: whether to show meters on the terminal.

    Returns:
        The rules' results in their order. They print as a table.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # rates deserve 64 bits
        >>> game = mm.games.quadratic(0.5, 1.0, 0.5)
        >>> rules = mm.Simultaneous(0.2), mm.Optimistic(0.2)
        >>> for one in mm.compare(game, rules, (1.0, 1.0), 500):
        ...     print(f"{one.name}: there after {one.reached}, predicted {one.predicted:.4f}")
        simultaneous, step 0.2: there after 290, predicted -0.0813
        optimistic, step 0.2: there after 193, predicted -0.1221
    """
    game, x = as_game(game), as_profile(start)
    walks, (steps, _) = named(rules), counted(steps, 1)
    if not walks:
        raise refuse(
            "rules", rules, "at least one update rule", "For instance mm.Simultaneous(0.1)."
        )
    demand_flag(best, "best")
    demand_flag(progress, "progress")
    judge = Judge(tolerance=one_number(tolerance, "tolerance", above=0))
    if isinstance(equilibria, str | Profile) or not isinstance(equilibria, Sequence):
        raise refuse("equilibria", equilibria, "a list of profiles")
    known = tuple(as_profile(z, f"equilibria[{i}]") for i, z in enumerate(equilibria))
    sample = game.sample(_keyed(key)) if game.random else None
    place = _Place(game, x, steps, key, judge, known, sample, progress)
    said = Notice(progress)
    with warned_once():
        tuned = _tuned(place, walks, said) if best else {}
        walks = {name: one.rule for name, one in tuned.items()} or walks
        results = []
        for i, (name, rule) in enumerate(walks.items()):
            said(f"rule {i + 1} of {len(walks)}: {name}")
            results.append(_compared(place, name, rule, tuned.get(name), said))
    return Comparison(x, tuple(results))


def nearest_equilibrium(
    game: Game, near: Profile, starts: Sequence[Profile], known: Sequence[Profile], sample: Sample
) -> Profile | None:
    """The stationary profile nearest to `near`: one of those known, else of those that Newton's
    method finds; None where there is none.
    """
    points = list(known)
    if not points:
        finite = [z for z in (near, *starts) if np.all(np.isfinite(flat(z)))]
        points = [e.profile for e in find_equilibria(game, finite, sample=sample)]
    target = flat(near)
    if not points or not np.all(np.isfinite(target)):
        return points[0] if points else None
    return min(points, key=lambda point: float(np.linalg.norm(flat(point) - target)))


@dataclasses.dataclass(frozen=True)
class _Place:
    """What all rules of a comparison share."""

    game: Game
    start: Profile
    steps: int
    key: PRNGKeyArray | None
    judge: Judge
    known: tuple[Profile, ...]
    sample: Sample
    progress: bool

    def resting(self, near: Profile) -> Profile | None:
        return nearest_equilibrium(self.game, near, [self.start], self.known, self.sample)

    def walked(self, rule: UpdateRule, progress: bool) -> Run:
        return run(
            self.game,
            rule,
            self.start,
            self.steps,
            key=self.key,
            observe=WATCHED,
            judge=self.judge,
            progress=progress,
        )


def _keyed(key: PRNGKeyArray | None) -> PRNGKeyArray:
    if key is None:
        cause = "The game draws samples: key=jax.random.key(seed)."
        raise refuse("key", None, "a key, jax.random.key(seed)", cause)
    return key


def _tuned(place: _Place, walks: Mapping[str, UpdateRule], said: Notice) -> dict[str, Tuned]:
    """Every rule with its first settings, two at most, at their best where the first that converges
    as it is given comes to; by its label then.
    """
    runs = (place.walked(rule, False) for rule in walks.values())
    ends = (done.final for done in runs if done.verdict.kind == Outcome.CONVERGED)
    x = place.resting(next(ends, place.start))
    if x is None:
        raise InputError(
            "Newton's method finds no equilibrium of the game from its start, so there is no "
            "radius to tune; give a nearer start."
        )
    found: dict[str, Tuned] = {}
    for name, rule in walks.items():
        with said.during(f"tuning {name}"):
            one = tune(place.game, rule, tunable(rule)[:MOST], x=x, key=place.key)
        (short,) = named(one.rule)
        # Two rules may come to the same settings.
        found[f"{short}, from {name}" if short in found else short] = one
    return found


def _compared(
    place: _Place, name: str, rule: UpdateRule, tuned: Tuned | None, said: Notice
) -> Compared:
    price = rule.cost(len(place.start))
    if not isinstance(price, Cost):
        raise refuse(f"{type(rule).__name__}.cost", price, "an mm.Cost, such as mm.Cost(2)")
    done = place.walked(rule, place.progress)
    if done.about["seconds"] < LONG:
        done = place.walked(rule, False)
    errors = np.asarray(done.observed["residual"], float)
    # Where a walk has left, its size says nothing of rounding.
    scale = place.start if done.verdict.kind == Outcome.DIVERGED else done.final
    floor = 8 * float(jnp.finfo(place.start.dtype).eps) * (1 + float(scale.norm()))
    # A small residual is then no sign of an equilibrium.
    faded = done.verdict.kind == Outcome.STALLED
    tolerance = max(float(place.judge.tolerance), floor)
    there = np.flatnonzero(~np.bool_(faded) & (errors <= tolerance))
    reached = int(done.indices[there[0]]) if len(there) else None
    steps = int(done.verdict.steps) if reached is None else reached
    with said.during(f"linearising {name}"):
        predicted, why = _predicted(place, rule, done)
    measured, spent = _measured(done, errors), price.times(steps)
    return Compared(name, rule, done, reached, measured, predicted, why, spent, tuned)


def _measured(done: Run, errors: np.ndarray) -> Rate:
    """Where the error passes from 1e-4 to 1e-12 (1e-2 to 1e-5 in single precision), else over the
    second half of the run.
    """
    low, high = (1e-12, 1e-4) if done.final.dtype == jnp.float64 else (1e-5, 1e-2)
    # A run that has left this window downwards has come to rounding, and what follows says nothing.
    below = np.flatnonzero(errors < low)
    end = int(below[0]) if len(below) else len(errors)
    rate = measured_rate(errors[:end], done.indices[:end], low=low, high=high)
    if not rate.reason:
        return rate
    usable = np.flatnonzero(np.isfinite(errors[:end]) & (errors[:end] > 0))
    usable = usable[len(usable) // 2 :]
    if len(usable) < 2 or np.ptp(errors[usable]) == 0:
        return rate
    half = errors[usable]
    return measured_rate(half, done.indices[usable], low=float(half.min()), high=float(half.max()))


def _predicted(place: _Place, rule: UpdateRule, done: Run) -> tuple[float | None, str]:
    """The rate by the update's spectrum, or why there is none."""
    kind = done.verdict.kind
    try:
        x = place.resting(place.start if kind == Outcome.DIVERGED else done.final)
        if x is None:
            return None, "Newton's method finds no equilibrium"
        faded = kind == Outcome.STALLED and done.verdict.residual < SMALL
        if faded and float((x - done.final).norm()) > NEAR * (1 + float(x.norm())):
            return (
                None,
                f"it ended at {tables.short(done.final)}, where the field fades away but no "
                f"equilibrium is near",
            )
        spectrum = update_spectrum(place.game, rule, x, key=place.key)
    except InputError as error:
        return None, str(error)
    if not spectrum.at_equilibrium:
        return None, f"the update moves the stationary profile by {spectrum.movement:.3g}"
    return spectrum.rate, ""


def _interval(rate: Rate) -> str:
    if rate.reason:
        return "-"
    half = (rate.interval[1] - rate.interval[0]) / 2
    return f"{_signed(rate.value)} ± {max(half, ROUNDING):.1g}"


def _signed(rate: float) -> str:
    return "0" if abs(rate) < ROUNDING else f"{rate:+.5g}"
