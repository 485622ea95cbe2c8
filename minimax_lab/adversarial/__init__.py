"""Neural GANs as games: the same rules, directions, spectra and verdicts as for a planar game."""

from .gan import Adversarial as Adversarial
from .gan import Batch as Batch
from .gan import gan as gan
from .gan import generate as generate
from .gan import slope_penalty as slope_penalty
from .gan import start as start
from .measures import ModeCounts as ModeCounts
from .measures import Sampled as Sampled
from .measures import covered as covered
from .measures import density as density
from .measures import everything as everything
from .measures import maximum_mean_discrepancy as maximum_mean_discrepancy
from .measures import mode_counts as mode_counts
from .measures import sliced_wasserstein as sliced_wasserstein
from .measures import spread as spread
from .mixtures import Mixture as Mixture
from .mixtures import Rows as Rows
from .mixtures import Source as Source
from .mixtures import grid as grid
from .mixtures import normal as normal
from .mixtures import ring as ring
from .networks import Perceptron as Perceptron
from .spectra import Derivatives as Derivatives
from .spectra import batches as batches
from .spectra import derivatives as derivatives
from .spectra import eigenvalues as eigenvalues
