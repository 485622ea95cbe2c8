"""The Dirac-GAN under every objective and regulariser of its paper, with the settings of the
authors' notebook.
"""

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm
from figures import experiment
from figures.packing import packed
from minimax_lab.analysis.equilibria import Equilibrium
from minimax_lab.objectives import Hinge, LeastSquares, NonSaturating, Relativistic, Wasserstein

# The first nine are the notebook's, the last three ours. With labels 0, 1, 1 least squares would
# stop wherever psi = 0, since this discriminator has no offset.
VARIANTS = {
    "saturating": mm.games.dirac_gan(),
    "non-saturating": mm.games.dirac_gan(NonSaturating()),
    "Wasserstein, clip 1": mm.games.dirac_gan(Wasserstein(), clip=1.0),
    "Wasserstein, penalty 0.7, target 1": mm.games.dirac_gan(
        Wasserstein(), penalty=0.7, target=1.0
    ),
    "instance noise 0.7": mm.games.dirac_gan(noise=0.7),
    "R1 or R2, 0.3": mm.games.dirac_gan(penalty=0.3),
    "R1 or R2, 1 (critical)": mm.games.dirac_gan(penalty=1.0),
    "consensus 1": mm.games.dirac_gan(),
    "non-saturating, R1 0.3": mm.games.dirac_gan(NonSaturating(), penalty=0.3),
    "least squares, labels ±1": mm.games.dirac_gan(LeastSquares(-1.0, 1.0, 1.0)),
    "hinge": mm.games.dirac_gan(Hinge()),
    "relativistic": mm.games.dirac_gan(Relativistic()),
}


@experiment(quick={"steps": 100})
def dirac(
    step: float = 0.2,
    steps: int = 500,
    start: tuple[float, float] = (1.0, 1.0),
    half: float = 2.0,
    turns: int = 5,
):
    """Portraits with a walk of each order of play; the alternating ones move the generator
    first.
    """
    saved: dict[str, np.ndarray] = {"names": np.array(list(VARIANTS))}
    for name, game in VARIANTS.items():
        direction = mm.Consensus(1.0) if name.startswith("consensus") else mm.Gradient()
        rules = {
            "simultaneous": mm.Simultaneous(step, direction),
            "alternating": mm.Alternating(step, direction),
            f"{turns} turns": mm.Alternating(step, direction, order=(0,) + (1,) * turns),
        }
        runs = {
            label: mm.run(game, r, start, steps, observe={"position": mm.position})
            for label, r in rules.items()
        }
        walks = tuple(walk for label, run in runs.items() for walk in mm.trajectories(run, label))
        # Against a target the field jumps at psi = 0 and vanishes nowhere.
        rests = () if "target" in name else (rest(game),)
        saved |= packed(sketch(game, direction, half, rests, walks), name)
    return saved


def rest(game: mm.Game) -> Equilibrium:
    """The origin, the only stationary point there is."""
    origin = mm.Profile((0.0, 0.0))
    return Equilibrium(
        origin, mm.classify(game, origin), mm.field_spectrum(game, origin).values, 0.0
    )


def sketch(game, direction, half, rests, walks, grid: int = 41) -> mm.Portrait:
    """A portrait of what is known beforehand: no search for equilibria, no nullclines, no flow."""

    def look(x, y):
        here = mm.Profile((x, y))
        turn, _ = direction(game, here, direction.init(game, here, None), mm.Tick(0, None))
        return jnp.stack([*turn]), (here - game.project(here)).norm() > 1e-6

    side = np.linspace(-half, half, grid)
    field, outside = jax.jit(jax.vmap(jax.vmap(look)))(*map(jnp.asarray, np.meshgrid(side, side)))
    box = ((-half, half), (-half, half))
    return mm.Portrait(
        box, (side, side), np.asarray(field), np.asarray(outside), ((), ()), rests, (), (), walks
    )
