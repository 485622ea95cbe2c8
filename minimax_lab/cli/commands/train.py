"""`minimax-lab train`: a GAN on pictures, kept in a folder, killed and resumed at will."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from ...checks import InputError, refuse, whole
from ...executors import opened
from ...labels import label
from ...profile import Profile
from ...running.meshes import first_devices
from ...running.prepare import counted
from ...running.processes import LostError, by_first, first, from_first, joined
from ...running.program import Carry
from ...training import RunFolder, Trained, leading_field, train, trained_apart
from ...training.report import Spread, spread
from .. import options, output
from ..options import Command, option
from ..recipes import LOOKED, Built, Recipe

DIVERGED = 3  # the exit status
MOST = 1000  # seeds, so that one given in place of their number is not taken for it
# What is told of every member of an ensemble, and how a table calls it.
NUMBERS = {
    "losses": ("generator's loss", "discriminator's loss"),
    "logits": ("logit on real", "on fake"),
}
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

    minimax-lab train --seeds 8 -o runs/eight

    minimax-lab train --processes 2 --coordinator HOST:1234 --process 0 -o runs/two
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
    seeds: str | None = option(
        None, "N", "An ensemble in one program: so many seeds from 0 on, or these, such as 3,5,8."
    )
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
    executor: str | None = options.executor()
    devices: int | None = option(
        None,
        "N",
        "Devices that share each batch, or the members of an ensemble.",
        shown="default: one, of several processes all",
    )
    processes: int | None = option(
        None, "N", "Processes that run this command and train as one.", shown="default: 1"
    )
    coordinator: str | None = option(
        None, "HOST:PORT", "Where the first of them listens.", shown="default: as SLURM or MPI says"
    )
    process: int | None = option(
        None, "K", "Which of them this is, from 0 on.", shown="default: as SLURM or MPI says"
    )
    output: str | None = option(None, "FOLDER", "Where the run is kept.", "-o")

    float32 = True

    def run(self) -> None:
        """Train, then say what came of it."""
        if self.output is None:
            raise refuse("-o", None, "a folder for the run", "Such as -o runs/digits.")
        _limit(self.threads)
        if self.processes is not None:
            joined(self.coordinator, self.processes, self.process)
            _undisturbed()
        elif self.coordinator is not None or self.process is not None:
            raise refuse("--processes", None, "given beside --coordinator and --process")
        folder = RunFolder(self.output)
        try:
            built, done = self._apart(folder) if self.executor else self.trained(folder)
        except (KeyboardInterrupt, LostError) as error:
            said = [str(error)] if isinstance(error, LostError) else []
            if first() and folder.resumable:
                said.append(f"the run so far is in {folder.path}; --resume goes on")
            raise type(error)("; ".join(said)) from None
        if first():
            told = _summary(built, done)
            self.answer(lambda: told, lambda: _tell(built, done, told))
        if all(one.verdict == "diverged" for one in done.members or (done,)):
            raise SystemExit(DIVERGED)

    def trained(self, folder: RunFolder, progress: bool = True) -> tuple[Built, Trained]:
        """What is trained, and what it came to."""
        if folder.apart and self.resume:
            cause = "its runs are apart: resume them with --executor, or one by naming its folder."
            raise InputError(f"the run's folder {folder.path} is no single program, {cause}")
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

        done = train(
            built.game,
            built.rule,
            built.start,
            self.steps,
            folder,
            key=built.key,
            settings=recipe.settings(built) | ({"leading": leading} if leading else {}),
            members=recipe.members,
            every=every,
            observe=LOOKED,
            portray=lambda x: built.portrayed(x, recipe.latents, 64),
            inspect=eigenvalues if leading else None,
            pictures=pictures,
            saving=self.saving,
            devices=None if self.devices is None else first_devices(self.devices, "--devices"),
            resume=self.resume,
            progress=progress,
        )
        return built, done

    def _apart(self, folder: RunFolder) -> tuple[Built, Trained]:
        """Every seed as a run of its own, trained by the executor."""
        recipe, every, pictures, leading = self._settled(folder)
        if recipe.members is None:
            cause = "One run is one job; --seeds 8 makes eight."
            raise refuse("--executor", self.executor, "given with --seeds", cause)
        for name in ("threads", "devices", "processes"):
            if (given := getattr(self, name)) is not None:
                cause = "Workers are told where they are begun."
                raise refuse(f"--{name}", given, "left out where --executor is given", cause)
        built, (steps, every) = recipe.built(), counted(self.steps, every)
        settings = recipe.settings(built) | {"every": every, "pictures": pictures}
        settings |= {"leading": leading} if leading else {}
        said = {name: getattr(recipe, name) for name in CHANGED if name != "seed"}
        said |= {"every": every, "pictures": pictures, "leading": leading}
        asked = dataclasses.replace(self, executor=None, seeds=None, **said)
        alone = functools.partial(_alone, asked)
        with opened(str(self.executor)) as executor:
            done = trained_apart(
                executor,
                alone,
                folder,
                steps,
                settings=settings,
                members=recipe.members,
                resume=self.resume,
                progress=True,
            )
        return built, done

    def _settled(self, folder: RunFolder) -> tuple[Recipe, int, int, int]:
        """What to train: of a run that is resumed its own settings, where nothing else is said."""
        recipe, (every, pictures, leading) = Recipe(), (100, 1000, 0)
        if self.resume:
            # The other processes need not see the folder.
            begun = from_first(by_first(lambda: (Recipe.of(folder), folder.settings)))
            assert begun is not None
            recipe, own = begun
            every, pictures, leading = own["every"], own["pictures"], own.get("leading", 0)
        given = {name: getattr(self, name) for name in CHANGED}
        if self.seeds is not None:
            if self.seed is not None:
                raise refuse("--seed", self.seed, "left out where --seeds is given")
            given["seed"] = _seeds(self.seeds)
        if self.leading is not None:
            leading = whole(self.leading, "--leading", 0)
        return recipe.changed(**given), self.every or every, self.pictures or pictures, leading


def _alone(asked: Train, name: str, folder: RunFolder, resume: bool) -> Trained:
    """The run of one seed, where a worker trains it."""
    seed = int(name.removeprefix("seed-"))
    return dataclasses.replace(asked, seed=seed, resume=resume).trained(folder, progress=False)[1]


def _seeds(text: str) -> tuple[int, ...]:
    """So many from 0 on, or those that are listed."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and len(part) < 19 for part in parts):
        allowed = "a number of seeds such as 8, or a list of them such as 3,5,8"
        raise refuse("--seeds", text, allowed)
    seeds = tuple(map(int, parts))
    if len(seeds) > 1:
        return seeds
    if not 1 <= seeds[0] <= MOST:
        cause = "A single run has --seed; several are listed as 3,5,8."
        raise refuse("--seeds", text, f"between 1 and {MOST}", cause)
    return tuple(range(seeds[0]))


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


def _undisturbed() -> None:
    """Standard output is ours alone: what libraries print there when processes meet goes to
    standard error.
    """
    import os
    import sys

    sys.stdout.flush()
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(ours, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)


def _summary(built: Built, done: Trained) -> dict[str, Any]:
    told = {
        "folder": done.folder.path,
        "data": built.images.name,
        "rule": " ".join(repr(built.rule).split()),
        "verdict": done.verdict,
        "steps": done.steps,
        "ideal": built.game.ideal,
        "seconds a step": done.pace,
    }
    if not done.members:
        return told | _came_to(done)
    members = {one.folder.path.name: _came_to(one) for one in done.members}
    return told | {"members": members, "mean and spread": _spread(members)}


def _came_to(done: Trained) -> dict[str, Any]:
    last = (done.folder.lines() or [{}])[-1]
    return {
        "verdict": done.verdict,
        "steps": done.steps,
        "losses": last.get("losses"),
        "logits": last.get("logits"),
        "pictures": next(reversed(done.folder.pictures()), None),
    }


def _spread(members: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The mean and the deviation of what those came to that did not diverge."""
    numbers = {name: _numbers(one) for name, one in members.items() if one["verdict"] != "diverged"}
    if len(numbers) < 2:
        return {}
    return {name: both._asdict() for name, both in spread(numbers).items()}


def _numbers(told: dict[str, Any]) -> dict[str, float]:
    return {
        name: value
        for names, values in NUMBERS.items()
        for name, value in zip(values, told[names] or (None,) * len(values), strict=True)
    }


def _tell(built: Built, done: Trained, told: dict[str, Any]) -> None:
    rows = {
        "data": repr(built.images).strip("<>"),
        "rule": label(built.rule),
        "verdict": f"{done.verdict} after {done.steps} updates",
    }
    ideal, place = output.short(told["ideal"], 4), done.folder.path
    if not done.members:
        rows |= {
            "losses": f"{output.short(told['losses'], 4)}, ideal {ideal}",
            "logits": f"{output.short(told['logits'], 3)} on real and fake",
            "pictures": str(told["pictures"] or "-"),
        }
    else:
        rows["ideal losses"] = ideal
    rows["a step"] = f"{1000 * done.pace:.3g} ms"
    rows["folder"] = f"{place}; `minimax-lab report {place}` shows it"
    output.named(rows)
    if done.members:
        output.line()
        _tell_members(told)
    if "diverged" in done.verdict:
        output.line(
            f"{'Some' if done.members else 'It'} diverged: the folder keeps the last checkpoint "
            "before. A smaller step or a penalty (--r1) may hold it."
        )


def _tell_members(told: dict[str, Any]) -> None:
    names = [name for values in NUMBERS.values() for name in values]
    rows = []
    for name, one in told["members"].items():
        cells = [output.short(value, 4) for value in _numbers(one).values()]
        rows.append([name, one["verdict"], str(one["steps"]), *cells])
    both = told["mean and spread"]
    if both:
        cells = [str(Spread(**both[name])) if name in both else "-" for name in names]
        rows.append(["mean and deviation", "", "-", *cells])
    output.table(("", "verdict", "updates", *names), rows)
