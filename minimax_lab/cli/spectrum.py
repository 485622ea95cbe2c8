"""`minimax-lab spectrum`: eigenvalues of a game's field, or of the whole update of rules."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import numpy as np
from tyro.conf import arg

from ..analysis.spectrum import Spectrum, field_spectrum, update_spectrum
from ..checks import InputError
from . import output
from .arguments import Float32, Json, Name, RuleTexts, Seed, Settings, Start, rules
from .named_games import place, resting

SHOWN = 12


@dataclasses.dataclass(frozen=True)
class Eigenvalues:
    """Eigenvalues at an equilibrium: of the field without --rule, of the whole update map (memory
    included) with it.

    minimax-lab spectrum dirac_gan --rule "Alternating(0.2)" --rule "Optimistic(0.2)" -o
    spectrum.pdf
    """

    game: Name
    settings: Settings = ()
    rule: RuleTexts = ()
    at: Annotated[
        str | None,
        arg(
            metavar="X,Y",
            help="The profile to linearise at.",
            help_behavior_hint="(default: the equilibrium nearest to the start)",
        ),
    ] = None
    start: Start = None
    leading: Annotated[
        int | None,
        arg(
            metavar="K",
            help="Only the K of largest modulus, matrix-free.",
            help_behavior_hint="(default: all, dense)",
        ),
    ] = None
    seed: Seed = 0
    output: Annotated[
        str | None,
        arg(
            aliases=["-o"], metavar="FILE", help="The picture, .png or .pdf.", help_behavior_hint=""
        ),
    ] = None
    json: Json = False
    float32: Float32 = False

    def run(self) -> None:
        """Linearise, then print the values."""
        target = output.checked(self.output, output.PICTURES)
        point, named = (self.start, "--start") if self.at is None else (self.at, "--at")
        walks, where = (
            rules(self.rule),
            place(self.game, self.settings, point, self.seed, named=named),
        )
        x = where.start if self.at else resting(where, where.start)
        if x is None:
            raise InputError(
                f"Newton's method finds no equilibrium of {where.title} from its start; give a "
                f"profile by --at."
            )
        found: dict[str, Spectrum] = {}
        said = output.Notice()
        for name, rule in walks.items():
            said(f"linearising {name}")
            found[name] = update_spectrum(where.game, rule, x, key=where.key, leading=self.leading)
        if not walks:
            found["field"] = field_spectrum(where.game, x, where.sample, leading=self.leading)
        if target:
            from .. import draw

            draw.save(draw.spectrum(found), target)
        if self.json:
            told = [described(name, spectrum) for name, spectrum in found.items()]
            output.machine(
                {
                    "game": where.title,
                    "at": x,
                    "spectra": told,
                    "file": str(target) if target else None,
                }
            )
            return
        output.line(f"{where.title} at {output.short(x)}")
        for name, spectrum in found.items():
            _tell(name if walks else "", spectrum)
        if target:
            output.line(f"\nwritten to {target}")


def described(name: str, spectrum: Spectrum) -> dict[str, Any]:
    """A spectrum for machines."""
    told = {
        "name": name,
        "of": spectrum.of,
        "stable": spectrum.stable,
        "radius": spectrum.radius,
        "abscissa": spectrum.abscissa,
    }
    told |= {
        "rate": spectrum.rate,
        "period": spectrum.period,
        "at_equilibrium": spectrum.at_equilibrium,
    }
    if spectrum.of == "field":
        told["step_limit"] = spectrum.step_limit
    return told | {
        "defective": spectrum.defective,
        "residuals": spectrum.residuals,
        "values": spectrum.values,
    }


def _tell(name: str, spectrum: Spectrum) -> None:
    head, *rest = str(spectrum).split("\n")
    output.line("\n" + (f"{name}: " if name else "") + head)
    # The third line of a printed spectrum is its values, which follow here as a table.
    for text in (rest[0], *rest[2:]):
        output.line(text)
    values = spectrum.values
    rows = [
        (output.short_complex(v), f"{abs(v):.8g}", f"{np.angle(v):.4g}") for v in values[:SHOWN]
    ]
    output.table(("eigenvalue", "modulus", "angle"), rows)
    if len(values) > SHOWN:
        output.line(f"... {len(values)} in all; --json gives them")
