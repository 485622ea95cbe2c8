"""Certified rates of every rule on strongly monotone fields, beside the worst linear field."""

import numpy as np

import minimax_lab as mm
from figures import experiment

RULES = (
    mm.Simultaneous(0.1),
    mm.Repeated(mm.Simultaneous(0.1), 2),
    mm.Lookahead(mm.Simultaneous(0.1), period=2),
    mm.Alternating(0.1),
    mm.Simultaneous(0.1, mm.Momentum(-0.2)),
    mm.Optimistic(0.3),
    mm.PastExtragradient(0.4),
    mm.Extragradient(0.5),
)


@experiment("slow", quick={"windows": (0,)})
def rule_certificates(
    monotonicity: float = 0.1, lipschitz: float = 1.0, windows: tuple[int, ...] = (0, 1)
):
    """The certified rate by how far the Lyapunov function looks back, NaN where none is below one,
    and the rate of the worst linear field found; the former need a solver.
    """
    over = mm.Monotone(mu=monotonicity, L=lipschitz)
    rates, found = np.full((len(RULES), len(windows)), np.nan), np.full(len(RULES), np.nan)
    for i, rule in enumerate(RULES):
        for j, window in enumerate(windows):
            try:
                proved = mm.certify(rule, over, window=window)
            except mm.InputError:
                continue
            assert proved.check()
            rates[i, j], found[i] = proved.rate, proved.found
    return {"names": np.array([mm.label(rule) for rule in RULES]), "rates": rates, "found": found}
