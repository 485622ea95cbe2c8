"""The table at the end of `make combinations`."""

import collections

from tests.training.combinations import AXES, FOREIGN

OUTCOMES = {
    "tried": ("combined", ("passed", "failed")),
    "passed": ("combined", ("passed",)),
    "refused": ("refused", ("passed",)),
}


def pytest_terminal_summary(terminalreporter):
    """How often every value was tried and with what success, and how often it was refused."""
    counts = {title: counted(terminalreporter, *asked) for title, asked in OUTCOMES.items()}
    if not counts["tried"]:
        return
    terminalreporter.section("combinations")
    for axis, values in AXES.items():
        terminalreporter.write_line("".join([f"{axis:34}", *(f"{title:>9}" for title in counts)]))
        for value in [*values, FOREIGN] if axis == "direction" else values:
            numbers = (f"{found[value]:9}" for found in counts.values())
            terminalreporter.write_line("".join([f"  {value:32}", *numbers]))


def counted(terminalreporter, noted, outcomes):
    """How many reports of these outcomes note each value under this name."""
    reports = [r for outcome in outcomes for r in terminalreporter.stats.get(outcome, [])]
    notes = [
        values for report in reports for name, values in report.user_properties if name == noted
    ]
    return collections.Counter(value for values in notes for value in values)
