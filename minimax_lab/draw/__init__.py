"""The pictures of what the other files compute: portraits, spectra, curves; nothing here computes a
result.

Every function draws into the axes it is given, or makes a figure of its own, and returns the axes;
`save` writes it.
"""

from ..labels import label as label
from .comparisons import comparison as comparison
from .curves import curves as curves
from .maps import atlas as atlas
from .maps import basins as basins
from .maps import branch as branch
from .movies import animate as animate
from .papers import Paper as Paper
from .pictures import grid_of as grid_of
from .pictures import save_grid as save_grid
from .portraits import portrait as portrait
from .saving import save as save
from .spectra import spectrum as spectrum
from .style import style as style
