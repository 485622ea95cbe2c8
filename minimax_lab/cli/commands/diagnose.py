"""`minimax-lab diagnose`: what a training suffers from, and what addresses it."""

from __future__ import annotations

import dataclasses

import jax

from ...measures import classes, classifier
from ...profile import Profile
from ...training import RunFolder, diagnose
from .. import output
from ..options import Command, option, positional
from ..recipes import Built, trained

DRAWN = 1000  # pictures in which classes are looked for


@dataclasses.dataclass(frozen=True, kw_only=True)
class Diagnose(Command):
    """What the last checkpoint of a training shows: the outer eigenvalues of its field and of its
    update map, norms, losses, saturation, classes covered; which of the known mechanisms that looks
    like, with the evidence; and what addresses it.

    minimax-lab diagnose runs/mnist
    """

    folder: str = positional("RUN", "A folder of `minimax-lab train`.")
    leading: int = option(20, "N", "Eigenvalues wanted; three products each.")
    samples: int = option(1024, "N", "Samples that are looked at.")
    seed: int = option(1, "N", "Of the draws.")

    float32 = True

    def run(self) -> None:
        """Measure, and say it."""
        folder, notice = RunFolder(self.folder), output.Notice()
        built, x, _ = trained(folder)
        key = jax.random.key(self.seed)
        covered = _classes(built, x, key) if built.images.labels is not None else None
        with notice.during(f"looking for {self.leading} eigenvalues, which may take minutes"):
            told = diagnose(
                built.game,
                built.rule,
                x,
                folder.checkpoint().state,
                key=key,
                lines=folder.lines(),
                covered=covered,
                leading=self.leading,
                samples=self.samples,
            )
        self.answer(told.plain, lambda: output.line(str(told)))


def _classes(built: Built, x: Profile, key: jax.Array) -> tuple[int, int]:
    """How many classes the generator covers, of how many."""
    pixels = built.portrayed(x, key, DRAWN)
    found = classes(classifier(built.images).probabilities(pixels))
    return len(found.covered), len(found.sure)
