"""Which way each player turns: one file a family."""

from .adaptive import Adam as Adam
from .adaptive import RMSProp as RMSProp
from .assist import AssistAdversary as AssistAdversary
from .base import Cost as Cost
from .base import Direction as Direction
from .base import Memoryless as Memoryless
from .base import Particular as Particular
from .base import Rest as Rest
from .base import Shaping as Shaping
from .base import Tick as Tick
from .base import Transformed as Transformed
from .base import Wrapper as Wrapper
from .gap_aware import GapAware as GapAware
from .gap_aware import loss_gap as loss_gap
from .gap_aware import smoothed_loss as smoothed_loss
from .gap_aware import step_scale as step_scale
from .gradient import Clipped as Clipped
from .gradient import Gradient as Gradient
from .gradient import Momentum as Momentum
from .hamiltonian import Consensus as Consensus
from .hamiltonian import Smoothing as Smoothing
from .hamiltonian import Symplectic as Symplectic
from .normalised import Graft as Graft
from .normalised import Normalised as Normalised
from .transforms import Optax as Optax
