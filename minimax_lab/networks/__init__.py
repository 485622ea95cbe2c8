"""Networks, applied as `network(parameters, inputs)`."""

from .base import Architecture as Architecture
from .base import Network as Network
from .foreign import FromEquinox as FromEquinox
from .foreign import FromLinen as FromLinen
from .foreign import FromNnx as FromNnx
from .pairs import Pair as Pair
from .pairs import convolutional as convolutional
from .pairs import dcgan as dcgan
from .pairs import perceptrons as perceptrons
from .pairs import residual as residual
from .pairs import spectral as spectral
from .pairs import wgan_gp as wgan_gp
from .perceptron import Perceptron as Perceptron
from .residuals import ResidualDiscriminator as ResidualDiscriminator
from .residuals import ResidualGenerator as ResidualGenerator
from .spectral_norm import SpectralCritic as SpectralCritic
from .strided import DcganDiscriminator as DcganDiscriminator
from .strided import DcganGenerator as DcganGenerator
from .wgan import WganGpCritic as WganGpCritic
from .wgan import WganGpGenerator as WganGpGenerator
from .wrapped import Bounded as Bounded
from .wrapped import Computed as Computed
from .wrapped import Flattened as Flattened
from .wrapped import Painted as Painted
