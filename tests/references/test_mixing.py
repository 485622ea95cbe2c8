"""Anderson mixing with other settings than the table's."""

import pytest

import minimax_lab as mm
from tests.references.beside import compare

ALTERNATING = mm.Alternating(0.2)
LARGE = 1e9


def mixed(*, inner=ALTERNATING, memory=3, remedy=None, **settings):
    return mm.Anderson(inner, memory, remedy=remedy, **settings)


def guarded(growth=LARGE, coefficients=LARGE, condition=LARGE):
    return mm.Safeguard(growth, coefficients, condition)


RULES = {
    "plain": mixed(safeguard=guarded()),
    "damped": mixed(mixing=0.6, safeguard=guarded()),
    "stretched": mixed(mixing=1.4, safeguard=guarded()),
    "guarded against growth": mixed(safeguard=guarded(growth=1.1)),
    "restarted, guarded against growth": mixed(
        memory=2, restart=mm.Restart(), safeguard=guarded(growth=0.9)
    ),
    "guarded against large weights": mixed(safeguard=guarded(coefficients=3.0)),
    "guarded against parallel columns": mixed(safeguard=guarded(condition=5.0)),
    "delayed, damped, by a factorisation": mixed(
        delay=4, every=3, mixing=0.7, solver=mm.Orthogonal()
    ),
    "of the first type": mixed(inner=mm.Optimistic(0.1), memory=2, mixing=0.5, kind=1),
    "ridge, restarted": mixed(solver=mm.Gram(ridge=0.01), restart=mm.Restart()),
    "of momentum, kept, by a factorisation, guarded": mixed(
        inner=mm.Alternating(0.2, mm.Momentum(0.4)),
        restart=mm.Restart(keep=True),
        solver=mm.Orthogonal(),
        safeguard=mm.Safeguard(growth=0.9),
    ),
    "landed": mixed(mixing=0.6, restart=mm.Restart(land=True)),
}
IDLE = mm.Simultaneous(0.3)
REMEDIES = {
    "a landing": mixed(inner=IDLE, remedy=mm.Restart(land=True)),
    "a kept window": mixed(inner=IDLE, remedy=mm.Restart(keep=True)),
    "two steps": mixed(inner=IDLE, remedy=mm.Repeated(IDLE)),
    "another rule, of many columns": mixed(
        inner=IDLE, remedy=mm.Alternating(0.3, mm.Momentum(-0.2)), memory=5, mixing=0.9
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_rules(name):
    compare(RULES[name], "roomy", least=10 if RULES[name].kind == 1 else None)


@pytest.mark.parametrize("name", REMEDIES)
def test_remedies_of_stagnation(name):
    compare(REMEDIES[name], "idle", least=10)


def test_a_growing_residual_asks_for_the_remedy_too():
    rule = mixed(inner=mm.Simultaneous(1.5), remedy=mm.Simultaneous(0.05), divergence=1.5)
    compare(rule, "roomy", least=10)
