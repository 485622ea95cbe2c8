"""What a call costs besides its steps: `run`, `update_spectrum` and `classify` when they are warm,
and a row of nothing observed (`every=1`) against one in 128 updates, all on small games.

The limit of a call is the dispatch of a compiled program, that of a step an empty scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import minimax_lab as mm

from .. import limits
from ..race import Contender, Group
from ..results import Target

UNIT = "call or step"
SETTINGS = {"calls": 20, "steps": 12_800, "numbers": 10, "seconds": 5e-4}


def groups(small: bool = False) -> Iterator[Group]:
    """A group a verb, and one of rows."""
    quadratic, bilinear = mm.games.quadratic(0.5, 1.0, 0.5), mm.games.bilinear(1.0)
    origin, rule = mm.Profile((0.0, 0.0)), mm.Alternating(0.2)
    verbs: dict[str, Callable[[], Any]] = {
        "run": lambda: mm.run(bilinear, rule, (1.0, 1.0), 1).final.players,
        "update_spectrum": lambda: mm.update_spectrum(bilinear, rule, origin).values,
        "classify": lambda: mm.classify(quadratic, origin),
    }
    count = 2 if small else SETTINGS["calls"]
    for name, verb in verbs.items():
        contenders = {"minimax_lab": _repeated(verb, count)}
        contenders["limit: a dispatch"] = limits.dispatch(count)
        most = Target("minimax_lab", most=SETTINGS["seconds"])
        yield Group(f"a call of {name}", contenders, _checks[name], (most,))
    yield rows(256 if small else SETTINGS["steps"])


def rows(steps: int) -> Group:
    """The same run with a row an update and with one in 128."""
    size = SETTINGS["numbers"] // 2
    A, start = np.eye(size), mm.Profile(tuple(np.ones((2, size))))
    game, rule = mm.games.bilinear(A), mm.Simultaneous(1e-3)

    def ran(every: int) -> Contender:
        def run() -> Any:
            return jax.block_until_ready(
                mm.run(game, rule, start, steps, every=every).final.players
            )

        return Contender(run, steps)

    contenders = {"minimax_lab, every=128": ran(128), "minimax_lab, every=1": ran(1)}
    contenders["limit: an empty scan"] = limits.empty_scan(tuple(jnp.ones((2, size))), steps)
    most = Target("minimax_lab, every=1", "minimax_lab, every=128", most=2)
    return Group("rows of ten numbers", contenders, _same, (most,))


def _repeated(verb: Callable[[], Any], count: int) -> Contender:
    def run() -> Any:
        for _ in range(count):
            found = verb()
        return jax.block_until_ready(found)

    return Contender(run, count)


def _same(results: Mapping[str, Any]) -> None:
    one, many = results["minimax_lab, every=1"], results["minimax_lab, every=128"]
    np.testing.assert_array_equal(np.asarray(one), np.asarray(many))


def _ran(results: Mapping[str, Any]) -> None:
    np.testing.assert_allclose(np.asarray(results["minimax_lab"]), [0.8, 1.16], rtol=1e-12)


def _turned(results: Mapping[str, Any]) -> None:
    """The eigenvalues of [[1, -s], [s, 1 - s^2]]."""
    root = np.sqrt(complex((2 - 0.04) ** 2 / 4 - 1))
    exact = np.array([0.98 - root, 0.98 + root])
    np.testing.assert_allclose(np.sort_complex(results["minimax_lab"]), np.sort_complex(exact))


def _named(results: Mapping[str, Any]) -> None:
    assert results["minimax_lab"] == mm.Kind.NASH, results


_checks = {"run": _ran, "update_spectrum": _turned, "classify": _named}
