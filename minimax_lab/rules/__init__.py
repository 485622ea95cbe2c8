"""How to walk along a direction: one file a walk."""

from .alternating import Alternating as Alternating
from .averaging import Averaged as Averaged
from .averaging import Lookahead as Lookahead
from .base import UpdateRule as UpdateRule
from .base import at as at
from .extragradient import Extragradient as Extragradient
from .extragradient import Optimistic as Optimistic
from .extragradient import PastExtragradient as PastExtragradient
from .ridge import FollowTheRidge as FollowTheRidge
from .simultaneous import Simultaneous as Simultaneous
