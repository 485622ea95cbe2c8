"""Networks, applied as `network(parameters, inputs)`."""

from .base import Architecture as Architecture
from .base import Network as Network
from .perceptron import Perceptron as Perceptron
