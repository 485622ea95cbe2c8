"""The same verbs on formulas: a game of SymPy expressions, run by the very rules that run on
numbers.
"""

from .formulas import exact as exact
from .game import SymbolicGame as SymbolicGame
from .rules import ARITHMETIC_DIRECTIONS as ARITHMETIC_DIRECTIONS
from .rules import ARITHMETIC_RULES as ARITHMETIC_RULES
