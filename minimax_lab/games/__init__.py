"""The literature's small games, one file a family."""

from ..reshaped import noisy as noisy
from .sets import Box as Box
from .sets import Simplexes as Simplexes
