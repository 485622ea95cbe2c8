"""`minimax-lab sample`: pictures of a trained generator."""

from __future__ import annotations

import dataclasses

import jax

from ...draw.pictures import save_grid
from ...files import save_arrays
from ...training import RunFolder
from .. import options, output
from ..options import Command, option, positional
from ..recipes import trained


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample(Command):
    """Pictures that the generator of a training makes, as a grid (.png) or as bytes (.npz).

    minimax-lab sample runs/digits -n 100 -o digits.png
    """

    folder: str = positional("RUN", "A folder of `minimax-lab train`.")
    count: int = option(64, "N", "How many.", "-n")
    seed: int = option(1, "N", "Of the latents.")
    magnified: int = option(4, "N", "How many pixels of the .png a pixel is wide.")
    output: str | None = options.file("The grid as .png, or the bytes as .npz.")

    float32 = True

    def run(self) -> None:
        """Write them."""
        target = output.checked(self.output or "samples.png", (".png", ".npz"))
        assert target is not None
        built, x, step = trained(RunFolder(self.folder))
        pixels = built.portrayed(x, jax.random.key(self.seed), self.count)
        if target.suffix.lower() == ".png":
            save_grid(pixels, target, magnified=self.magnified)
        else:
            save_arrays(target, {"pixels": pixels}, {"run": self.folder, "step": step})
        self.answer(
            lambda: {"file": target, "step": step, "count": self.count},
            lambda: output.written(target, f"{self.count} pictures after {step:,} updates "),
        )
