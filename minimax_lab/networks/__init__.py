"""Networks, applied as `network(parameters, inputs)`."""

from .base import Architecture as Architecture
from .base import Network as Network
from .dcgan import DcganDiscriminator as DcganDiscriminator
from .dcgan import DcganGenerator as DcganGenerator
from .pairs import Pair as Pair
from .pairs import convolutional as convolutional
from .pairs import dcgan as dcgan
from .perceptron import Perceptron as Perceptron
from .wrapped import Computed as Computed
from .wrapped import Flattened as Flattened
from .wrapped import Painted as Painted
