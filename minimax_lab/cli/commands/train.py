"""`minimax-lab train`: a GAN on pictures, kept in a folder, killed and resumed at will."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
from collections.abc import Iterator
from typing import Any

from ...checks import InputError, refuse, whole
from ...labels import label
from ...profile import Profile
from ...running.program import Carry
from ...training import RunFolder, Trained, leading_field, train
from .. import options, output
from ..options import Command, option
from ..recipes import LOOKED, Built, Recipe

DIVERGED = 3  # the exit status
CHANGED = tuple(field.name for field in dataclasses.fields(Recipe))


def _recipe(name: str, metavar: str, text: str) -> Any:
    """An option that a resumed run need not repeat."""
    default = next(field.default for field in dataclasses.fields(Recipe) if field.name == name)
    return option(None, metavar, text, shown=f"default: {default}")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Train(Command):
    """Train a generator and a discriminator on pictures, by any rule, direction and objective; the
    run is kept in a folder, and `--resume` goes on from where it was, bit for bit.

    minimax-lab train -o runs/mnist

    minimax-lab train --data mnist-5000 --networks "dcgan(width=16)"
    --rule "Alternating(2e-4, GapAware(Adam()))" -n 3000 -o runs/gap

    minimax-lab train --resume -o runs/gap -n 6000
    """

    data: str | None = _recipe("data", "NAME", "`minimax-lab data` lists sets; or a path.")
    folder: str | None = option(
        None, "FOLDER", "Where sets are.", shown="default: $MINIMAX_LAB_DATA, then data/"
    )
    networks: str | None = _recipe(
        "networks", "PAIR", 'Such as "dcgan(width=16, batch_norm=False)".'
    )
    objective: str | None = _recipe("objective", "LOSSES", 'Such as "Hinge()".')
    rule: str | None = _recipe(
        "rule", "RULE", "`minimax-lab rules` lists the names; one that averages trains cleaner."
    )
    batch: int | None = _recipe("batch", "N", "Pictures an update sees.")
    r1: float | None = _recipe("r1", "C", "Penalty C/2 E|grad D|^2 on real pictures.")
    r2: float | None = _recipe("r2", "C", "The same on fake ones.")
    gp: float | None = _recipe("gp", "C", "Penalty C E(|grad D| - 1)^2 between the two.")
    decay: float | None = _recipe("decay", "C", "Weight decay, C/2 |x|^2 for both.")
    seed: int | None = _recipe("seed", "N", "Of all randomness.")
    steps: int = options.steps(12_000, "Updates in all; a multiple of --every.")
    every: int | None = option(
        None, "N", "Updates from one line of metrics to the next.", shown="default: 100"
    )
    pictures: int | None = option(
        None, "N", "Updates from one grid of pictures to the next.", shown="default: 1000"
    )
    leading: int | None = option(
        None,
        "N",
        "Outer eigenvalues of the field, found whenever pictures are made.",
        shown="default: 0",
    )
    saving: float = option(30.0, "S", "Seconds between checkpoints.")
    resume: bool = option(False, "", "Go on with the run in the folder.")
    threads: int | None = option(
        None, "N", "Processors to use; fewer may be faster on a busy machine.", shown="default: all"
    )
    output: str | None = option(None, "FOLDER", "Where the run is kept.", "-o")

    float32 = True

    def run(self) -> None:
        """Train, then say what came of it."""
        if self.output is None:
            raise refuse("-o", None, "a folder for the run", "Such as -o runs/digits.")
        _limit(self.threads)
        folder = RunFolder(self.output)
        recipe, every, pictures, leading = self._settled(folder)
        built = recipe.built()

        def eigenvalues(x: Profile, carry: Carry | None) -> dict[str, object]:
            key = recipe.looks
            found = leading_field(built.game, built.rule, x, carry, key=key, leading=leading)
            return {
                "eigenvalues": found.values,
                "residuals": found.residuals,
                "radius": found.radius,
                "smallest real part": found.abscissa,
                "rotation": found.rotation,
            }

        with _ended_gently():
            try:
                done = train(
                    built.game,
                    built.rule,
                    built.start,
                    self.steps,
                    folder,
                    key=built.key,
                    settings=recipe.settings(built) | {"leading": leading},
                    every=every,
                    observe=LOOKED,
                    portray=lambda x: built.portrayed(x, recipe.latents, 64),
                    inspect=eigenvalues if leading else None,
                    pictures=pictures,
                    saving=self.saving,
                    resume=self.resume,
                    progress=True,
                )
            except KeyboardInterrupt:
                so_far = f"the run so far is in {folder.path}; --resume goes on"
                raise KeyboardInterrupt(so_far if folder.resumable else "") from None
        told = _summary(recipe, built, done)
        self.answer(lambda: told, lambda: _tell(built, done, told))
        if done.verdict == "diverged":
            raise SystemExit(DIVERGED)

    def _settled(self, folder: RunFolder) -> tuple[Recipe, int, int, int]:
        """What to train: of a run that is resumed its own settings, where nothing else is said."""
        if not self.resume:
            recipe, (every, pictures, leading) = Recipe(), (100, 1000, 0)
        else:
            recipe, own = Recipe.of(folder), folder.settings
            every, pictures, leading = own["every"], own["pictures"], own.get("leading", 0)
        recipe = recipe.changed(**{name: getattr(self, name) for name in CHANGED})
        if self.leading is not None:
            leading = whole(self.leading, "--leading", 0)
        return recipe, self.every or every, self.pictures or pictures, leading


def _limit(threads: int | None) -> None:
    """On so few processors; before the first computation, which makes the threads."""
    import os

    if threads is None:
        return
    if not hasattr(os, "sched_setaffinity"):
        raise InputError("--threads needs a system that binds processes to processors (Linux).")
    allowed = sorted(os.sched_getaffinity(0))
    if not 1 <= threads <= len(allowed):
        raise refuse("--threads", threads, f"between 1 and {len(allowed)}, the processors here")
    os.sched_setaffinity(0, allowed[:threads])


@contextlib.contextmanager
def _ended_gently() -> Iterator[None]:
    """A system that ends processes is answered like Ctrl-C."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _summary(recipe: Recipe, built: Built, done: Trained) -> dict[str, Any]:
    last = (done.folder.lines() or [{}])[-1]
    return {
        "folder": done.folder.path,
        "data": built.images.name,
        "rule": " ".join(repr(built.rule).split()),
        "verdict": done.verdict,
        "steps": done.steps,
        "losses": last.get("losses"),
        "ideal": built.game.ideal,
        "logits": last.get("logits"),
        "seconds a step": done.pace,
        "pictures": next(reversed(done.folder.pictures()), None),
    }


def _tell(built: Built, done: Trained, told: dict[str, Any]) -> None:
    output.named(
        {
            "data": repr(built.images).strip("<>"),
            "rule": label(built.rule),
            "verdict": f"{done.verdict} after {done.steps} updates",
            "losses": f"{output.short(told['losses'], 4)}, ideal {output.short(told['ideal'], 4)}",
            "logits": f"{output.short(told['logits'], 3)} on real and fake",
            "a step": f"{1000 * done.pace:.3g} ms",
            "pictures": str(told["pictures"] or "-"),
            "folder": f"{done.folder.path}; `minimax-lab report {done.folder.path}` shows it",
        }
    )
    if done.verdict == "diverged":
        output.line(
            "It diverged: the folder keeps the last checkpoint before. A smaller step or a penalty "
            "(--r1) may hold it."
        )
