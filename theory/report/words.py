"""What reports say of the whole, to read in a terminal and in a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SLACK = (
    "The factors nearest to one by which a constant can be multiplied so that its check fails: one "
    "below, one above. Where only one way is closed, the other merely weakens the claim."
)


def counted(counts: Mapping[str, int]) -> str:
    """The four numbers in words."""
    return "theorems: " + ", ".join(f"{count} {name}" for name, count in counts.items())


def headline(told: dict[str, Any]) -> str:
    """One sentence on the whole."""
    said = (
        f"{counted(told['counts']).capitalize()}, on {told['instances']} random instances a check "
        f"at seeds {', '.join(map(str, told['seeds']))}"
    )
    for name in ("failed", "skipped"):
        said += f"; {name}: {', '.join(told[name])}" if told[name] else ""
    if told["partial"]:
        return f"**Partial**, not run: {', '.join(told['pending'])}. {said}."
    return f"{said}."


def tested(trial: Mapping[str, Any]) -> str:
    """The test of a statistical claim: its sample, its risk and its power."""
    return (
        f"{trial['test']}; sample of {trial['sample']}; risk of a false alarm {trial['risk']:.2g} "
        f"a seed; rejects {trial['weakened']} with {100 * trial['power']:.1f} %"
    )


def slacks(told: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Every constant that was moved: theorem, part, constant, its value, the factors at which the
    check fails, and what is said of it.
    """
    for theorem in told["theorems"]:
        for check in theorem["checks"]:
            for one in check["slack"]:
                low = f"{one['low']:.4g}" if one["low"] else "none"
                high = "none" if one["high"] is None else f"{one['high']:.4g}"
                part = check["part"] or check["kind"]
                value = f"{one['value']:.4g}"
                yield theorem["id"], part, one["name"], value, low, high, one["verdict"]
