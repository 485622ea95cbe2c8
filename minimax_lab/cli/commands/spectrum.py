"""`minimax-lab spectrum`: eigenvalues of a game's field, or of the whole update of rules."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...analysis.spectrum import Spectrum, field_spectrum, update_spectrum
from ...checks import InputError
from .. import options, output
from ..expressions import read_rules
from ..named_games import place, resting
from ..options import OnGame, option

SHOWN = 12


@dataclasses.dataclass(frozen=True, kw_only=True)
class Eigenvalues(OnGame):
    """Eigenvalues at an equilibrium: of the field without --rule, of the whole update map (memory
    included) with it.

    minimax-lab spectrum dirac_gan --rule "Alternating(0.2)" --rule "Optimistic(0.2)" -o
    spectrum.pdf
    """

    rule: tuple[str, ...] = options.rules()
    at: str | None = option(
        None,
        "X,Y",
        "The profile to linearise at.",
        shown="default: the equilibrium nearest to the start",
    )
    start: str | None = options.start()
    leading: int | None = option(
        None, "K", "Only the K of largest modulus, matrix-free.", shown="default: all, dense"
    )
    output: str | None = options.file()

    def run(self) -> None:
        """Linearise, then print the values."""
        target = output.checked(self.output, output.PICTURES)
        point, named = (self.start, "--start") if self.at is None else (self.at, "--at")
        walks = read_rules(self.rule)
        where = place(self.game, self.settings, point, self.seed, named=named)
        x = where.start if self.at else resting(where, where.start)
        if x is None:
            raise InputError(
                f"Newton's method finds no equilibrium of {where.title} from its start; give a "
                f"profile by --at."
            )
        found: dict[str, Spectrum] = {}
        said = output.Notice()
        for name, rule in walks.items():
            with said.during(f"linearising {name}"):
                found[name] = update_spectrum(
                    where.game, rule, x, key=where.key, leading=self.leading
                )
        if not walks:
            with said.during("linearising the field"):
                found["field"] = field_spectrum(where.game, x, where.sample, leading=self.leading)
        if target:
            from ... import draw

            draw.save(draw.spectrum(found), target)
        spectra = [described(name, spectrum) for name, spectrum in found.items()]
        told = {"game": where.title, "at": x, "spectra": spectra, "file": target}

        def tell() -> None:
            output.line(f"{where.title} at {output.short(x)}")
            for name, spectrum in found.items():
                _tell(name if walks else "", spectrum)
            output.written(target, "\n")

        self.answer(lambda: told, tell)


def described(name: str, spectrum: Spectrum) -> dict[str, object]:
    """A spectrum for machines."""
    told = {
        "name": name,
        "of": spectrum.of,
        "stable": spectrum.stable,
        "radius": spectrum.radius,
        "abscissa": spectrum.abscissa,
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
