"""Rules side by side on paper: residuals against updates, and against what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..analysis.comparisons import Comparison
from ..checks import refuse
from .curves import curves
from .style import drawing, narrow, paged, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESIDUAL = "residual $|x - P(x - v(x))|$"


@drawing
def comparison(found: Comparison, axes: Sequence[Axes] | None = None) -> Axes:
    """Draw the residuals of all rules in two panels with one legend: against updates, and against
    gradient blocks (a product counts as two whole fields).

    Arguments:
        found: what `mm.compare` has found.
        axes: two matplotlib Axes to draw into; a figure of its own without.

    Returns:
        The left axes.

    Examples:
        >>> import jax
        >>> import minimax_lab as mm
        >>> jax.config.update("jax_enable_x64", True)  # rates deserve 64 bits
        >>> game = mm.games.quadratic(0.5, 1.0, 0.5)
        >>> rules = mm.Simultaneous(0.2), mm.Optimistic(0.2)
        >>> found = mm.compare(game, rules, (1.0, 1.0), 50, equilibria=[(0.0, 0.0)])
        >>> mm.draw.comparison(found).get_xlabel()
        'update'
    """
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if not isinstance(found, Comparison):
        cause = "Compute it first: mm.compare(game, rules, start)."
        raise refuse("found", found, "a Comparison", cause)
    if axes is not None and (len(axes) != 2 or not all(isinstance(a, Axes) for a in axes)):
        raise refuse("axes", axes, "two matplotlib Axes", "figure.subplots(1, 2) makes them.")
    with style():
        if axes is None:
            size, panels = ((3.6, 5.2), (2, 1)) if narrow() else ((8.2, 2.9), (1, 2))
            axes = paged(Figure(figsize=size, layout="constrained")).subplots(*panels, sharey=True)
        left, right = axes
        curves(found.runs, "residual", left, ylabel=RESIDUAL)
        spent = {one.name: one.blocks * one.run.indices for one in found}
        below = "gradient blocks (a product: two fields)"
        curves(
            found.runs,
            "residual",
            right,
            across=spent,
            xlabel=below,
            ylabel=RESIDUAL if narrow() else " ",
        )
        legend = left.get_legend()
        if legend is not None:
            legend.remove()
    return left
