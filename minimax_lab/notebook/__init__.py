"""What notebooks show: runs, verdicts, spectra, equilibria and comparisons as small tables, rules
as equations. Values ask for it by name (`shown.py`).
"""

from .equations import latex as latex
from .html import html as html
