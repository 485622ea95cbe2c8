"""What rules with many settings group them in."""

import equinox as eqx


class Setting(eqx.Module):
    """A part of a rule that has settings of its own and is neither a rule nor a direction."""
