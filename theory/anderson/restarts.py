"""Anderson mixing restarted every p differences: all depends on where a cycle ends.

A textbook cycle ends at the image g(x_p) of the GMRES point, a landed one (`mm.Restart(land=True)`)
at x_p itself. One cycle is p + 1 evaluations of the map.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import minimax_lab as mm

from ..draws.krylov import gmres, halves, images, iterates, norms, system
from ..draws.matrices import within
from ..theorem import Bound, Family, Identity, Outside, Parameters, Scenario, Source, Theorem, Trial
from ..verify.chances import mean
from ..verify.sampling import drawn
from . import PAPER
from .digits import matrix, textbook
from .simultaneous import Case, case, fall, shapes

SIZE, MEMORY, RATIO, CYCLES = 20, 8, 10.0, 40
LANDED, MAPPED = mm.Restart(land=True), mm.Restart()
PINNED = 1e-10  # the cutoff of the least squares, above rounding


def instance(key: PRNGKeyArray, ratio: float = RATIO) -> tuple[np.ndarray, np.ndarray]:
    """A of 20 singular values evenly from 1/10 to 1, and a start."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    return matrix(rng, SIZE, 1 / ratio), rng.standard_normal(2 * SIZE)


def lengths(points: np.ndarray) -> np.ndarray:
    """|w|, row by row."""
    return np.linalg.norm(points, axis=-1)


def growth(sizes: np.ndarray) -> np.ndarray:
    """The geometric mean a cycle."""
    return (sizes[..., -1] / sizes[..., 0]) ** (1 / (sizes.shape[-1] - 1))


# AM-9: the textbook's cycles on simultaneous steps.

STEPS = (1.0, 2.0, 5.0)
FEW = 6  # numbers a player: singular values from 1/10 to 1, the second largest 0.82


def few(key: PRNGKeyArray) -> tuple[np.ndarray, np.ndarray]:
    """A of six singular values, and a start."""
    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    return matrix(rng, FEW, 1 / RATIO), rng.standard_normal(2 * FEW)


def textbook_cycles(key: PRNGKeyArray, cutoff: float = PINNED) -> np.ndarray:
    """Where the textbook form's cycles end for three steps; and as many plain updates."""
    A, w = few(key)
    pairs = []
    for step in STEPS:
        mixed = textbook(A, w, MEMORY, cutoff, step=step, restart=True)
        plain = textbook(A, w, 0, cutoff, step=step)
        ends = itertools.islice(mixed, 0, CYCLES * (MEMORY + 1) + 1, MEMORY + 1)
        pairs.append((list(ends), list(itertools.islice(plain, CYCLES + 1))))
    return np.array(pairs)


def own_step_cycles(key: PRNGKeyArray) -> np.ndarray:
    """The same of the rule that takes the map's own step where it stagnates; its cycles end at the
    image, too.
    """
    ends = rule_cycles(few(key), MAPPED, STEPS)
    return np.stack([ends, textbook_cycles(key)[:, 1]], 1)


def rule_cycles(
    instance: tuple[np.ndarray, np.ndarray], restart: mm.Restart, steps: tuple[float, ...]
) -> np.ndarray:
    """The ends of the rule's cycles, for several steps."""
    A, w = map(jnp.asarray, instance)
    return np.asarray(_rule_cycles(A, w, jnp.asarray(steps), restart))


@functools.partial(jax.jit, static_argnums=3)
def _rule_cycles(A: Array, w: Array, steps: Array, restart: mm.Restart) -> Array:
    def walk(step: Array) -> Array:
        rule = mm.Anderson(
            mm.Simultaneous(step), MEMORY, restart=restart, remedy=restart, solver=mm.Orthogonal()
        )
        game = mm.games.bilinear(A)
        return iterates(game, rule, halves(w), CYCLES * (MEMORY + 1))[0][:: MEMORY + 1]

    return jax.vmap(walk)(steps)


def one_step_a_cycle(pairs: np.ndarray, *, largest: float = 1.0) -> tuple[bool, dict[str, float]]:
    """Ten cycles end at ten plain iterates, and the last grows by sqrt(1 + h^2 s_1^2), to a
    hundredth.
    """
    cycles, plain = pairs[:, 0], pairs[:, 1]
    apart = np.max(lengths(cycles - plain)[:, :11] / lengths(plain)[:, :11])
    sizes = lengths(cycles)
    last = sizes[:, -1] / sizes[:, -2] / np.hypot(1, np.array(STEPS) * largest)
    passed = apart < 1e-5 and np.all(np.abs(last - 1) < 0.01)
    return bool(passed), {
        f"last growth at step {h:g}, to its limit": g for h, g in zip(STEPS, last, strict=True)
    } | {"apart by": apart}


AM_9 = Theorem(
    id="AM-9",
    name="A restarted textbook cycle of simultaneous steps is one plain step",
    statement=r"""On a bilinear game, with the singular direction left out of the least squares,
mixed simultaneous descent-ascent stays at $w_1 = g(w_0)$ until its window is emptied. So a cycle of
any length is *one* plain step, $w \mapsto g(w)$, and diverges: at steps 1, 2 and 5, with six
singular values from $\frac{1}{10}$ to $\sigma_1 = 1$ and cycles of 9 evaluations, the 40th cycle
grows by the limit $\sqrt{1 + h^2 \sigma_1^2}$ to a hundredth.

**As recalled (unverified), and refuted here:** restarted mixing of simultaneous steps contracts
every cycle.""",
    source=Source(PAPER + "simultaneous theorem, restarted; ours", "memory; derived"),
    checks=(
        Scenario(
            simulate=textbook_cycles,
            reading=one_step_a_cycle,
            outside=(Outside("its own step where it stagnates", own_step_cycles),),
        ),
    ),
)


# AM-10: restarted alternating steps.

ALTERNATING_STEPS, MEMORIES = (0.5, 1.0, 1.5), (2, 4, 8)
STARTS, ERRORS, WEAKENED = 256, 4.5, 8.0


def alternating_cycles(key: PRNGKeyArray, mixed: bool = True) -> dict[str, np.ndarray]:
    """Distances to the saddle at the ends of the cycles, for every memory and step; unmixed, after
    as many plain updates. And the mean of log |w| a cycle at step one, of 256 starts, a cycle being
    the image of the point of GMRES (AM-1).
    """
    A, w = map(jnp.asarray, instance(key))
    starts = jax.random.normal(jax.random.fold_in(key, 1), (STARTS, 2 * SIZE))
    return {
        "cycles": np.array([cycle_sizes(A, w, memory, mixed) for memory in MEMORIES]),
        "logs": np.array([cycle_logs(starts, memory if mixed else 0) for memory in MEMORIES]),
    }


@functools.partial(jax.jit, static_argnums=(2, 3))
def cycle_sizes(A: Array, w: Array, memory: int, mixed: bool) -> Array:
    """|w| at the ends of the cycles of the very rule, for every step."""

    def walk(step: Array) -> Array:
        plain = mm.Alternating(step)
        rule = (
            mm.Anderson(plain, memory, restart=MAPPED, remedy=None, solver=mm.Orthogonal())
            if mixed
            else plain
        )
        points, _ = iterates(mm.games.bilinear(A), rule, halves(w), CYCLES * (memory + 1))
        return norms(points[:: memory + 1])

    return jax.vmap(walk)(jnp.asarray(ALTERNATING_STEPS))


@functools.partial(jax.jit, static_argnums=1)
def cycle_logs(starts: Array, memory: int) -> Array:
    """The mean of log |w| a cycle from every start, on a diagonal A: only its singular values
    matter to normal starts.
    """
    game = mm.games.bilinear(jnp.diag(jnp.linspace(1 / RATIO, 1, SIZE)))
    G, _ = system(game, mm.Alternating(1.0), 2 * SIZE)

    def cycle(w: Array, _: None) -> tuple[Array, None]:
        x = w + gmres(G, -G @ w, memory)[0][-1] if memory else w
        return x - G @ x, None

    def change(w: Array) -> Array:
        end = jax.lax.scan(cycle, w, None, length=CYCLES)[0]
        return jnp.log(jnp.linalg.norm(end) / jnp.linalg.norm(w)) / CYCLES

    return jax.vmap(change)(starts)


def plain_cycles(key: PRNGKeyArray) -> dict[str, np.ndarray]:
    """Without mixing."""
    return alternating_cycles(key, mixed=False)


def contracting(
    measured: dict[str, np.ndarray],
    *,
    two: float = 0.0625,
    four: float = 0.1229,
    eight: float = 0.3850,
) -> tuple[bool, dict[str, float]]:
    """Every geometric mean is below one, and the mean rates at step one are these."""
    means, logs = growth(measured["cycles"]), -measured["logs"]
    errors = (logs.mean(1) - np.array([two, four, eight])) / (logs.std(1) / STARTS**0.5)
    numbers = {
        f"memory {m}, step {h:g}": means[i, j]
        for i, m in enumerate(MEMORIES)
        for j, h in enumerate(ALTERNATING_STEPS)
    }
    contracts = means.max() < 1 and logs.min() > 0
    return bool(contracts and np.all(np.abs(errors) < ERRORS)), numbers | {
        f"mean rate with memory {m}": rate for m, rate in zip(MEMORIES, logs.mean(1), strict=True)
    } | {"worst single cycle": np.max(measured["cycles"][..., 1:] / measured["cycles"][..., :-1])}


def three_means() -> Trial:
    """Of three means at once."""
    one = mean(STARTS, ERRORS, WEAKENED)
    return dataclasses.replace(one, test=f"{one.test}, of three means", risk=3 * one.risk)


AM_10 = Theorem(
    id="AM-10",
    name="Restarted mixing of alternating steps contracts on average",
    statement=r"""On bilinear games with 20 singular values evenly from $\frac{1}{10}$ to 1 and
standard normal starts the restarted mixing of alternating descent-ascent, steps $\frac12$, 1 and
$\frac32$, memory 2, 4 and 8, contracts distances in the geometric mean of 40 cycles, in every run
tried. At step 1 the mean of $\ln |w|$ falls by 0.0625, 0.1229 and 0.3850 a cycle (factors 0.939,
0.884 and 0.680). Single cycles may grow: the map is no contraction, $\|M\| > 1$, and a cycle ends
at the image of the GMRES point.""",
    source=Source(PAPER + "alternating theorem, as observed", "memory; derived"),
    checks=(
        Scenario(
            simulate=alternating_cycles,
            reading=contracting,
            trial=three_means(),
            outside=(
                Outside("plain alternating steps", plain_cycles),
                Outside("a tenth slower", change={"two": 0.9 * 0.0625}),
            ),
        ),
    ),
)


# AM-11: cycles that land.

WIDE = (0.1, 1.0, 5.0, 20.0, 100.0)


def landing(case: Case, restart: mm.Restart = LANDED, cycles: int = 2) -> tuple[Array, Array]:
    """Where cycles of the very rule end, and the residuals there."""
    inner, start = (
        mm.Simultaneous(case.step),
        halves(-jnp.linalg.solve(system_of(case), case.residual)),
    )
    mixed = mm.Anderson(
        inner, case.updates, restart=restart, remedy=restart, solver=mm.Orthogonal()
    )
    ends = iterates(case.game, mixed, start, cycles * (case.updates + 1))[0][:: case.updates + 1]
    return ends, images(case.game, inner, ends) - ends


def system_of(case: Case) -> Array:
    """G."""
    return system(case.game, mm.Simultaneous(case.step), case.residual.size)[0]


def drawn_case(key: PRNGKeyArray, size: int, updates: int) -> Case:
    """A random one with a step in (1/2, 20): small steps lose digits, as differences of residuals
    are differences of steps.
    """
    p = drawn(FAMILY, (size, updates), key)
    return case(p)._replace(step=within(p["step"], 0.5, 20.0))


def landed(case: Case, *, restart: mm.Restart = LANDED) -> tuple[Array, Array]:
    """The ends of two cycles, scaled to the first point, beside those of GMRES(p)."""
    ends, _ = landing(case, restart)
    G, wanted = system_of(case), [ends[0]]
    for _ in range(2):
        wanted.append(wanted[-1] + gmres(G, -G @ wanted[-1], case.updates)[0][-1])
    return ends / jnp.linalg.norm(ends[0]), jnp.stack(wanted) / jnp.linalg.norm(ends[0])


def never_grows(case: Case, *, restart: mm.Restart = LANDED, gap: float = 2.0) -> Array:
    """1 - T |r_p| / |r_0| of a cycle."""
    first, last = norms(landing(case, restart, 1)[1])
    return 1 - last / first * fall(case, case.updates // 2, gap)


def still(p: Parameters) -> Case:
    """Without its gradient: that of the rule takes longer to compile than chance takes to
    arrive.
    """
    return case(jax.lax.stop_gradient(p))


def over_steps(key: PRNGKeyArray, restart: mm.Restart = LANDED) -> np.ndarray:
    """|f| / h at the ends of 40 cycles, for steps from 0.1 to 100."""
    A, _ = instance(key)
    ends = rule_cycles(instance(key), restart, WIDE)
    return lengths(np.concatenate([ends[..., SIZE:] @ A.T, ends[..., :SIZE] @ A], -1))


def over_steps_mapped(key: PRNGKeyArray) -> np.ndarray:
    """Where cycles end at the image."""
    return over_steps(key, MAPPED)


def alike(sizes: np.ndarray) -> tuple[bool, dict[str, float]]:
    """|f| / h is the same after every cycle at every step, to a millionth; at 0.1, where
    differences of residuals lose digits, to a twentieth.
    """
    apart = np.max(np.abs(sizes / sizes[1] - 1), 1)
    return bool(apart[0] < 0.05 and np.all(apart[1:] < 1e-6)), {
        f"growth at step {h:g}": g for h, g in zip(WIDE, growth(sizes), strict=True)
    } | {"apart by, but for 0.1": np.max(apart[1:]), "and at 0.1": apart[0]}


FAMILY = Family(shapes, still, ((3, 4),))

AM_11 = Theorem(
    id="AM-11",
    name="Cycles that land never grow, at any step",
    statement=r"""Let each cycle of mixed simultaneous descent-ascent end at the combination of its
points instead of its image (and the map's own step be taken where it stagnates). Then on a bilinear
game each cycle *is* GMRES($p$): for every step $h > 0$
$$|f_{j+1}| \leq \frac{1}{T_{\lfloor p/2 \rfloor}(1 + \frac{2}{\kappa^2 - 1})}\, |f_j|,$$
and this is attained. The sequence of residuals does not depend on the step but by a common factor
$h$. Cycles that end at the image obey it up to $\sqrt{1 + h^2 \sigma_1^2}$, and grow once the step
is large.""",
    source=Source("ours", "derived"),
    checks=(
        Identity(
            part="it is restarted GMRES",
            draw=drawn_case,
            sides=landed,
            tolerance=1e-8,
            unmoved="one point beside another",
            sizes=((4, 4),),
            most=200,
            outside=(
                Outside("cycles that end at the image", change={"restart": MAPPED}, least=0.9),
            ),
        ),
        Bound(
            part="the rate",
            family=FAMILY,
            margin=never_grows,
            sharp=True,
            rounding=1e-8,
            most=200,
            outside=(
                Outside("cycles that end at the image", change={"restart": MAPPED}, least=0.05),
            ),
        ),
        Scenario(
            part="every step alike",
            simulate=over_steps,
            reading=alike,
            unmoved="one length beside another, to what rounding leaves after 40 cycles",
            outside=(Outside("cycles that end at the image", over_steps_mapped),),
        ),
    ),
)
