"""Anderson mixing beside a transcription that keeps its columns in lists."""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

STEP = (0.05, 0.08)
INNER = mm.Alternating(0.2)
PLAIN = {"remedy": None}
RULES = {
    "plain": mm.Anderson(INNER, 3, **PLAIN),
    "qr": mm.Anderson(INNER, 3, solver=mm.Orthogonal(), **PLAIN),
    "kind 1": mm.Anderson(INNER, 2, kind=1, **PLAIN),
    "ridge": mm.Anderson(INNER, 3, solver=mm.Gram(ridge=0.01), **PLAIN),
    "damped": mm.Anderson(INNER, 3, mixing=0.6, **PLAIN),
    "delayed": mm.Anderson(INNER, 3, delay=4, every=3, **PLAIN),
    "restarted": mm.Anderson(INNER, 3, restart=mm.Restart(), **PLAIN),
    "kept": mm.Anderson(INNER, 3, restart=mm.Restart(keep=True), **PLAIN),
    "landed": mm.Anderson(INNER, 3, mixing=0.6, restart=mm.Restart(land=True), **PLAIN),
    "growth": mm.Anderson(INNER, 3, safeguard=mm.Safeguard(growth=1.2), **PLAIN),
    "coefficients": mm.Anderson(INNER, 3, safeguard=mm.Safeguard(coefficients=3.0), **PLAIN),
    "condition": mm.Anderson(INNER, 3, safeguard=mm.Safeguard(condition=5.0), **PLAIN),
}


@pytest.mark.parametrize("name", RULES)
def test_mixing(name):
    compare(RULES[name], "roomy")
