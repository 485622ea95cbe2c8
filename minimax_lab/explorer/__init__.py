"""The explorer: games and rules as one page that a browser shows, without a server.

`verb` is what one calls; `programs` translates a game and a rule, each by itself, from their jaxprs
(`jaxprs`, `primitives`, `graph`, `sums`; `unknown` is the game that a rule is traced on);
`formulas` and `source` say the same in MathML and in Python; `bundle` and `page` join it all with
the scripts in `page/`.
"""

from .verb import Exploration as Exploration
from .verb import explore as explore
