"""minimax_lab: the object that walks a toy game trains a GAN, and its spectrum decides
convergence.

Formulas, pictures and networks are imported when they are first asked for: they, and what they
stand on, take as long as all the rest.
"""

import importlib
from typing import TYPE_CHECKING

from . import games as games
from . import objectives as objectives
from .analysis.atlas import Atlas as Atlas
from .analysis.atlas import atlas as atlas
from .analysis.basins import Attractor as Attractor
from .analysis.basins import Basins as Basins
from .analysis.basins import Fate as Fate
from .analysis.basins import basins as basins
from .analysis.boundaries import Boundary as Boundary
from .analysis.certify import Certificate as Certificate
from .analysis.certify import certify as certify
from .analysis.classes import Cocoercive as Cocoercive
from .analysis.classes import Disc as Disc
from .analysis.classes import Interval as Interval
from .analysis.classes import Monotone as Monotone
from .analysis.classes import Rotation as Rotation
from .analysis.classes import SaddlePoint as SaddlePoint
from .analysis.classes import Sector as Sector
from .analysis.classification import classify as classify
from .analysis.comparisons import Compared as Compared
from .analysis.comparisons import Comparison as Comparison
from .analysis.comparisons import compare as compare
from .analysis.continuation import Branch as Branch
from .analysis.continuation import branch as branch
from .analysis.cycles import Cycle as Cycle
from .analysis.cycles import find_cycle as find_cycle
from .analysis.eigensolvers import arnoldi_values as arnoldi_values
from .analysis.eigenvalues import Spectrum as Spectrum
from .analysis.equilibria import Equilibrium as Equilibrium
from .analysis.equilibria import find_equilibria as find_equilibria
from .analysis.events import Event as Event
from .analysis.events import EventKind as EventKind
from .analysis.frozen import frozen as frozen
from .analysis.gaps import duality_gap as duality_gap
from .analysis.gaps import natural_residual as natural_residual
from .analysis.lyapunov import Exponents as Exponents
from .analysis.lyapunov import lyapunov as lyapunov
from .analysis.of_losses import spectrum_of as spectrum_of
from .analysis.portraits import Portrait as Portrait
from .analysis.portraits import portrait as portrait
from .analysis.rates import Rate as Rate
from .analysis.rates import measured_rate as measured_rate
from .analysis.spectrum import field_spectrum as field_spectrum
from .analysis.spectrum import step_limit as step_limit
from .analysis.spectrum import update_spectrum as update_spectrum
from .analysis.traced import field_values as field_values
from .analysis.traced import kind_index as kind_index
from .analysis.traced import update_values as update_values
from .analysis.tuning import Tuned as Tuned
from .analysis.tuning import tune as tune
from .analysis.walks import trajectories as trajectories
from .checks import InputError as InputError
from .directions import Adam as Adam
from .directions import AssistAdversary as AssistAdversary
from .directions import Clipped as Clipped
from .directions import Consensus as Consensus
from .directions import Cost as Cost
from .directions import Direction as Direction
from .directions import GapAware as GapAware
from .directions import Gradient as Gradient
from .directions import Graft as Graft
from .directions import Momentum as Momentum
from .directions import Normalised as Normalised
from .directions import Optax as Optax
from .directions import Rest as Rest
from .directions import RMSProp as RMSProp
from .directions import Smoothing as Smoothing
from .directions import Symplectic as Symplectic
from .directions import Tick as Tick
from .directions import loss_gap as loss_gap
from .directions import smoothed_loss as smoothed_loss
from .directions import step_scale as step_scale
from .explorer import Exploration as Exploration
from .explorer import explore as explore
from .game import Game as Game
from .game import Minibatch as Minibatch
from .game import split as split
from .game import zero_sum as zero_sum
from .kinds import Kind as Kind
from .labels import label as label
from .profile import Profile as Profile
from .rules import Alternating as Alternating
from .rules import Anderson as Anderson
from .rules import Averaged as Averaged
from .rules import Extragradient as Extragradient
from .rules import FollowTheRidge as FollowTheRidge
from .rules import Gram as Gram
from .rules import Lookahead as Lookahead
from .rules import Optimistic as Optimistic
from .rules import Orthogonal as Orthogonal
from .rules import PastExtragradient as PastExtragradient
from .rules import Repeated as Repeated
from .rules import Restart as Restart
from .rules import Safeguard as Safeguard
from .rules import Simultaneous as Simultaneous
from .rules import UpdateRule as UpdateRule
from .rules import at as at
from .rules import mixing as mixing
from .running.judge import Judge as Judge
from .running.judge import Outcome as Outcome
from .running.judge import Verdict as Verdict
from .running.loops import as_optax as as_optax
from .running.loops import stepper as stepper
from .running.observables import View as View
from .running.observables import distance_to as distance_to
from .running.observables import gradient_norms as gradient_norms
from .running.observables import losses as losses
from .running.observables import moved as moved
from .running.observables import norm_ratio as norm_ratio
from .running.observables import position as position
from .running.observables import residual as residual
from .running.observables import update_norms as update_norms
from .running.parts import PartsError as PartsError
from .running.record import Run as Run
from .running.sweeps import grid as grid
from .running.sweeps import stack as stack
from .running.verbs import Solution as Solution
from .running.verbs import run as run
from .running.verbs import solve as solve
from .running.verbs import sweep as sweep
from .running.writers import to_tensorboard as to_tensorboard
from .running.writers import to_wandb as to_wandb
from .schedules import Cosine as Cosine
from .schedules import InverseRoot as InverseRoot
from .schedules import Linear as Linear
from .schedules import Scheduled as Scheduled
from .schedules import Warmup as Warmup

if TYPE_CHECKING:
    from . import adversarial as adversarial
    from . import draw as draw
    from . import images as images
    from . import measures as measures
    from . import networks as networks
    from . import training as training
    from .symbolic import ARITHMETIC_DIRECTIONS as ARITHMETIC_DIRECTIONS
    from .symbolic import ARITHMETIC_RULES as ARITHMETIC_RULES
    from .symbolic import SymbolicGame as SymbolicGame
    from .symbolic import exact as exact

_FOLDERS = ("adversarial", "draw", "images", "measures", "networks", "training")
_FORMULAS = ("ARITHMETIC_DIRECTIONS", "ARITHMETIC_RULES", "SymbolicGame", "exact")


def __getattr__(name: str) -> object:
    if name in _FOLDERS:
        return importlib.import_module(f".{name}", __name__)
    if name in _FORMULAS:
        return getattr(importlib.import_module(".symbolic", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FOLDERS, *_FORMULAS})
