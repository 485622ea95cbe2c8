"""How to walk along a direction: one file a walk."""

from .alternating import Alternating as Alternating
from .anderson import Anderson as Anderson
from .anderson import Restart as Restart
from .anderson import Safeguard as Safeguard
from .anderson import mixing as mixing
from .averaging import Averaged as Averaged
from .averaging import Lookahead as Lookahead
from .base import Around as Around
from .base import Step as Step
from .base import UpdateRule as UpdateRule
from .base import Walk as Walk
from .base import at as at
from .base import step_size as step_size
from .extragradient import Extragradient as Extragradient
from .extragradient import Optimistic as Optimistic
from .extragradient import PastExtragradient as PastExtragradient
from .gram import Gram as Gram
from .orthogonal import Orthogonal as Orthogonal
from .repeated import Repeated as Repeated
from .ridge import FollowTheRidge as FollowTheRidge
from .simultaneous import Simultaneous as Simultaneous
