"""Networks, applied as `network(parameters, inputs)`."""

from .base import Architecture as Architecture
from .base import Network as Network
from .pairs import Pair as Pair
from .pairs import convolutional as convolutional
from .pairs import dcgan as dcgan
from .pairs import perceptrons as perceptrons
from .perceptron import Perceptron as Perceptron
from .strided import DcganDiscriminator as DcganDiscriminator
from .strided import DcganGenerator as DcganGenerator
from .wrapped import Computed as Computed
from .wrapped import Flattened as Flattened
from .wrapped import Painted as Painted
