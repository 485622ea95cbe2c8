r"""What a theorem is here: a statement, where it comes from, and the checks that could refute it.

A check is one of four kinds. A *Proof* derives the claim from the rule objects on symbols. An
*Identity* is an equality, held to rounding on random instances. A *Bound* is an inequality, written
as a margin that is >= 0 exactly when the claim holds: random instances sample it and a search goes
against it. A *Scenario* is a simulation with a reading. One statement may need several. Every check
names what lies *outside* its hypotheses, and there it must fail: a control that finds no violation
shows that the check is too weak to be believed, and one that no instance could satisfy shows
nothing.

Constants and exponents of a claim are its keyword-only arguments with a number as default. They are
moved by controls (`change`) and by `verify --slack`, which finds the factor by which each can be
moved before the check fails.

All functions here are module-level functions (a closure would be compiled anew each time), pure,
and traceable by JAX unless said otherwise. Parameters of a `Family` are unconstrained, since a
search walks through them; `build` turns them into an instance inside the hypotheses by construction
(see `draws`), never by rejection.

    NUM_6 = Theorem(
        id="NUM-6",
        name="Consensus makes semi-definite definite",
        statement=r"Let $A \preceq 0$ be invertible and $\gamma > 0$. Then ...",
        source=Source("Mescheder, Nowozin, Geiger 2017, Lemma 7", "memory; derived"),
        checks=(
            Bound(
                family=Family(shape=shapes, build=inside, sizes=((3, 2), (1, 1))),
                margin=definiteness,
                unmoved="definiteness has no constant",
                outside=(Outside("A is singular", family=Family(shape=shapes, build=singular)),),
            ),
        ),
    )
"""

from __future__ import annotations

import abc
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from jaxtyping import Array, Float, PRNGKeyArray

Size = tuple[int, ...]
Parameters = dict[str, Array]
Instance = Any

TRUST = {
    "paper": "read in the paper's own text",
    "code": "read in the authors' released code",
    "review": "read in a public review",
    "issue": "read in a public issue thread",
    "memory": "recalled, not checked against the paper: number and wording may differ",
    "derived": "derived anew and checked numerically",
}


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a statement comes from, and how far that can be trusted: words of `TRUST` joined by ';
    '.
    """

    citation: str
    trust: str

    def __post_init__(self) -> None:
        unknown = {word.strip() for word in self.trust.split(";")} - set(TRUST)
        if unknown:
            raise ValueError(
                f"trust is {self.trust!r}, but must be made of {', '.join(TRUST)}, joined by '; '."
            )

    @property
    def meaning(self) -> str:
        """What the tags say, in words."""
        return "; ".join(TRUST[word.strip()] for word in self.trust.split(";"))


@dataclasses.dataclass(frozen=True)
class Family:
    """Instances made from unconstrained parameters, drawn as standard normals.

    `shape(*size)` names the parameters and their shapes, `build(parameters)` makes the instance.
    Random instances cover all `sizes`; the search goes through the first only (all of them under
    --full), so the most telling size stands first.
    """

    shape: Callable[..., Mapping[str, tuple[int, ...]]]
    build: Callable[[Parameters], Instance]
    sizes: tuple[Size, ...] = ((),)


@dataclasses.dataclass(frozen=True)
class Outside:
    """A negative control: `name` says which one hypothesis is broken; the check must then be
    violated, and by fact: the same code must hold for some instance inside.

    `change` gives the check's own claim other keyword arguments, so that what fails here is the
    code that holds there. `family` draws elsewhere (a `Family`, a draw, a simulation), `claim` is
    another margin, other sides, another reading or derivation; what is None is taken from the
    check. Where neither the check nor the control's own instances show that another claim can hold,
    `inside` draws some for which it does. `least` is the fraction of random instances that must be
    violated; at zero one violation, drawn or found, is enough.
    """

    name: str
    family: Any = None
    claim: Callable[..., Any] | None = None
    least: float = 0.0
    change: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    inside: Any = None


@dataclasses.dataclass(frozen=True)
class Trial:
    """The test behind a statistical claim: what is counted or averaged over how large a `sample`,
    the `risk` that a true claim is rejected at one seed, and the `power` with which the claim
    `weakened` so far is rejected. `chances` computes both.
    """

    test: str
    sample: int
    risk: float
    weakened: str
    power: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check(abc.ABC):
    """One way to try a statement; `part` says which part of it, where there are several. Abstract:
    use one of the four.

    `loose` has, by name, every constant that can be moved by more than a tenth before the check
    fails, and what is known about it from above and from below. A claim without constants says why
    in `unmoved`.
    """

    kind: ClassVar[str] = "check"
    part: str = ""
    outside: tuple[Outside, ...] = ()
    loose: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    unmoved: str = ""

    @property
    @abc.abstractmethod
    def claim(self) -> Callable[..., Any]:
        """The function that says it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Proof(Check):
    """derive() gives (claim in words, value): an expression that must simplify to zero, or a truth
    value that must be true. A control is the same derivation with one term changed (`change`, not
    another `claim`): the same claims in the same words, not all of which may close.

    Derive from the rule objects on symbols (`SymbolicGame.update_matrix(rule, at)`), so that what
    is proved is what runs.
    """

    kind: ClassVar[str] = "proof"
    derive: Callable[..., Sequence[tuple[str, Any]]]

    @property
    def claim(self) -> Callable[..., Any]:
        return self.derive


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity(Check):
    """left = right on random instances: sides(draw(key, *size)) = (left, right), two pytrees of
    numbers of one structure.

    The error is max |left - right| / max(1, |left|, |right|) over all entries. `most` caps how many
    instances are asked for; with `host` the sides run outside compiled code, one instance at a time
    (spectra, root finding, SciPy), and `most` should be small.
    """

    kind: ClassVar[str] = "identity"
    draw: Callable[..., Instance]
    sides: Callable[..., tuple[Any, Any]]
    tolerance: float
    sizes: tuple[Size, ...] = ((),)
    most: int | None = None
    host: bool = False

    @property
    def claim(self) -> Callable[..., Any]:
        return self.sides


@dataclasses.dataclass(frozen=True)
class Certificate:
    """A tight worst case from above, by semidefinite programming: solve() gives it as a
    `certificates.Certified`.

    `reference` is the value at which the margin is zero, that is margin = 1 - value / reference; so
    the certified value and the worst one found from below stand in the same units.
    """

    solve: Callable[[], Any]
    reference: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bound(Check):
    """margin(instance) >= 0 exactly when the claim holds, for every instance of the family.

    Margins are relative, 1 - measured / allowed, so that they can be compared with each other and
    with `rounding`, below zero by which is still no violation. A `sharp` bound must be driven by
    the search to within `sharpness` of equality.
    """

    kind: ClassVar[str] = "bound"
    family: Family
    margin: Callable[..., Float[Array, ""]]
    sharp: bool = False
    sharpness: float = 1e-3
    rounding: float = 1e-9
    most: int | None = None
    certificate: Certificate | None = None

    @property
    def claim(self) -> Callable[..., Any]:
        return self.margin


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scenario(Check):
    """reading(simulate(key)) = (passed, numbers): a longer run, and what is read off it.

    `simulate` gives any measurements; `reading` runs on the host and gives a truth value and named
    numbers for the report. `slow` ones (over 5 s) run only under --full. An `outside` simulation
    must not pass. What depends on chance has a `trial`, and may fail as often as that allows.
    """

    kind: ClassVar[str] = "scenario"
    simulate: Callable[[PRNGKeyArray], Any]
    reading: Callable[..., tuple[bool, Mapping[str, float]]]
    slow: bool = False
    trial: Trial | None = None

    @property
    def claim(self) -> Callable[..., Any]:
        return self.reading


@dataclasses.dataclass(frozen=True, kw_only=True)
class Theorem:
    """A statement (Markdown with LaTeX between dollars, hypotheses included), its source, and the
    checks that could refute it.

    `id` is a prefix of capital letters, one a paper (NUM, DIR, SM, ... or one of your own), a dash
    and a number.
    """

    id: str
    name: str
    statement: str
    source: Source
    checks: tuple[Check, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]+-[1-9][0-9]*", self.id):
            raise ValueError(
                f"id is {self.id!r}, but must be capital letters, a dash and a number, such as "
                f"NUM-3."
            )
        unguarded = [check.kind for check in self.checks if not check.outside]
        if not self.checks or unguarded:
            raise ValueError(
                f"{self.id} needs checks, and every {' and '.join(unguarded) or 'one'} a control: "
                f"outside=(...,)."
            )

    @property
    def prefix(self) -> str:
        """NUM of NUM-3."""
        return self.id.split("-")[0]

    @property
    def number(self) -> int:
        """3 of NUM-3."""
        return int(self.id.split("-")[1])

    @property
    def kind(self) -> str:
        """The kinds of its checks, each once."""
        return " + ".join(dict.fromkeys(check.kind for check in self.checks))
