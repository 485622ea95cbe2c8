"""What public names take when they are told nothing, and what settings may be. Nobody sees a
default change, or a bound, that everybody's numbers rest on: a new one is written here too.
"""

import dataclasses
import enum
import inspect

import minimax_lab as mm
from minimax_lab import adversarial, games

TOLD = """
minimax_lab.Adam: first=0.9 second=0.999 epsilon=1e-08
minimax_lab.Anderson: memory=10 mixing=1.0 delay=0 every=1 kind=2 stagnation=0.0001 divergence=10.0
minimax_lab.AssistAdversary: strength=1.0 normalised=False adversary=1 paired=False penalties=True
minimax_lab.Clipped: bound=1.0
minimax_lab.Consensus: paired=False
minimax_lab.Cosine: low=0.0
minimax_lab.Cost: gradients=0 products=0 solves=0
minimax_lab.Equilibrium: spurious=False
minimax_lab.Exploration: strict=True
minimax_lab.Extragradient: both=False
minimax_lab.FollowTheRidge: leader=0
minimax_lab.GapAware: adversary=1 low=0.1 high=2.0 decay=0.95
minimax_lab.Graft: per_tensor=False epsilon=0.0
minimax_lab.Judge: tolerance=1e-10 bound=100000000.0 window=32
minimax_lab.Lookahead: period=5 weight=0.5
minimax_lab.Normalised: per_tensor=False epsilon=0.0
minimax_lab.RMSProp: decay=0.9 epsilon=1e-08 initial=0.0 inside=True
minimax_lab.Repeated: times=2
minimax_lab.Rest: period=1
minimax_lab.Restart: keep=False land=False
minimax_lab.Scheduled: scale=1.0
minimax_lab.Spectrum: period=1 precision=2.220446049250313e-16
minimax_lab.Symplectic: strength=1.0 align=True
minimax_lab.atlas: steps=512 boundary=True progress=False
minimax_lab.basins: grid=200 steps=1024 same=0.01 progress=False
minimax_lab.branch: period=1 stride=0.02 most=2000 other_side=False progress=False
minimax_lab.certify: window=1 tolerance=1e-06 progress=False
minimax_lab.classify: leader=0 tolerance=1e-06
minimax_lab.compare: steps=1000 tolerance=1e-10 best=False progress=False
minimax_lab.field_spectrum: rightmost=False leftmost=False
minimax_lab.find_cycle: settle=2000 steps=2000
minimax_lab.find_equilibria: leader=0 tolerance=1e-10 same=1e-06 reach=5.0
minimax_lab.frozen: index=0
minimax_lab.kind_index: leader=0 tolerance=1e-06
minimax_lab.lyapunov: settle=0
minimax_lab.measured_rate: low=1e-12 high=0.0001
minimax_lab.portrait: steps=200 flow=True separatrices=True grid=101 leader=0
minimax_lab.run: every=1 progress=False
minimax_lab.solve: tolerance=1e-10 most=10000
minimax_lab.spectrum_of: rightmost=False leftmost=False
minimax_lab.sweep: every=1 parts=16 progress=False
minimax_lab.tune: progress=False
adversarial.Mixture: deviation=0.01
adversarial.ModeCounts: deviations=3.0
adversarial.Pictures: unit=0.00784313725490196
adversarial.Ramp: steepness=10.0
adversarial.Reversal: factor=1.0
adversarial.Sampled: count=2560
adversarial.batches: count=10
adversarial.covered: share=0.01
adversarial.density: half=1.6 cells=160
adversarial.derivatives: curvature=False
adversarial.domain_game: batch=128 strength=1.0
adversarial.gan: batch=512
adversarial.gradient_penalty: strength=10.0 target=1.0
adversarial.grid: side=4 spacing=1.0 deviation=0.02
adversarial.normal: dimension=75
adversarial.ring: modes=8 radius=1.0 deviation=0.01
adversarial.shifted_digits: seed=0
adversarial.sliced_wasserstein: directions=32
games.Box: low=-1.0 high=1.0
games.assisted: strength=1.0 adversary=1 penalties=True
games.bilinear: A=1.0
games.common_interest: friction=0.1
games.dirac_gan: noise=0.0 nodes=64 penalty=0.0 target=0.0
games.exchange: friction=0.1 defect=0.0
games.lead: tolerance=1e-06
games.market: defect=0.0
games.modes: count=2 correlation=0.1 dimension=64 neurons=40 latents=16 batch=1 scale=1.0 bias=0.0
games.modes_start: spread=0.3
games.random_market: least=0.1 defect=0.0
games.random_quadratic: gap=0.05 step=0.1
games.ring: players=3 friction=0.1
games.unrolled: steps=1 rate=0.1 adversary=1
"""
ALLOWED = """
minimax_lab.Adam: first at least 0 and less than 1; second at least 0 and less than 1; epsilon at
    least 0
minimax_lab.Alternating: step greater than 0
minimax_lab.Anderson: memory a whole number, at least 1; mixing greater than 0 and at most 2; delay
    a whole number, at least 0; every a whole number, at least 1; stagnation greater than 0 and less
    than 1; divergence greater than 1
minimax_lab.AssistAdversary: strength at least 0; adversary a whole number, at least 0
minimax_lab.Averaged: decay at least 0 and less than 1
minimax_lab.Clipped: bound greater than 0
minimax_lab.Cocoercive: mu at least 0; L greater than 0
minimax_lab.Consensus: strength at least 0
minimax_lab.Cosine: start at least 0.0; steps at least 1.0; low at least 0
minimax_lab.Disc: centre greater than 0; radius at least 0
minimax_lab.Extragradient: step greater than 0
minimax_lab.FollowTheRidge: step greater than 0; leader a whole number, at least 0
minimax_lab.GapAware: adversary a whole number, at least 0; low greater than 0 and at most 1; high
    at least 1; width_low greater than 0; width_high greater than 0; decay at least 0 and less than
    1
minimax_lab.Graft: epsilon at least 0
minimax_lab.Gram: cutoff at least 0 and less than 1; ridge at least 0
minimax_lab.Interval: low at least 0; high greater than 0
minimax_lab.InverseRoot: start at least 0.0
minimax_lab.Judge: tolerance greater than 0; bound greater than 0; window a whole number, at least 1
minimax_lab.Linear: start at least 0.0; end at least 0.0; steps at least 1.0
minimax_lab.Lookahead: period a whole number, at least 1; weight greater than 0 and at most 1
minimax_lab.Minibatch: size a whole number, at least 1
minimax_lab.Momentum: decay greater than -1 and less than 1
minimax_lab.Monotone: mu at least 0; L greater than 0
minimax_lab.Normalised: epsilon at least 0
minimax_lab.Optimistic: step greater than 0
minimax_lab.Orthogonal: cutoff at least 0 and less than 1
minimax_lab.PastExtragradient: step greater than 0
minimax_lab.RMSProp: decay at least 0 and less than 1; epsilon at least 0; initial at least 0
minimax_lab.Repeated: times a whole number, at least 1 and at most 4096
minimax_lab.Rotation: low at least 0; high greater than 0
minimax_lab.SaddlePoint: mu at least 0; L greater than 0; coupling at least 0
minimax_lab.Safeguard: growth greater than 0; coefficients greater than 1; condition greater than 1
minimax_lab.Scheduled: scale at least 0
minimax_lab.Sector: low greater than 0; high greater than 0; angle at least 0 and less than
    1.5707963267948966
minimax_lab.Simultaneous: step greater than 0
minimax_lab.Warmup: then at least 0.0; steps at least 1.0
adversarial.Mixture: deviation at least 0
adversarial.ModeCounts: deviations greater than 0; radius greater than 0
adversarial.Pictures: unit greater than 0
adversarial.Ramp: steps at least 1; steepness greater than 0
adversarial.Reversal: factor at least 0
adversarial.Sampled: count a whole number, at least 1
"""


def defaults(thing):
    given = inspect.signature(thing).parameters.values()
    kept = [p for p in given if isinstance(p.default, bool | int | float)]
    return " ".join(f"{p.name}={p.default}" for p in kept)


def public(room):
    for name, thing in sorted(vars(room).items()):
        plain = inspect.isfunction(thing) or inspect.isclass(thing)
        if plain and not isinstance(thing, enum.EnumMeta) and thing is not mm.InputError:
            yield name, thing


def test_defaults_are_the_ones_written_here():
    found = " ".join(
        f"{room.__name__.split('.')[-1]}.{name}: {told}"
        for room in (mm, adversarial, games)
        for name, thing in public(room)
        if (told := defaults(thing))
    )
    assert found.split() == TOLD.split()


def ranges(thing):
    """What the settings of a class may be, in their own words."""
    fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
    read = {f.name: getattr(f.metadata.get("converter"), "allowed", "") for f in fields}
    return "; ".join(f"{name} {allowed}" for name, allowed in read.items() if allowed)


def test_ranges_are_the_ones_written_here():
    found = " ".join(
        f"{room.__name__.split('.')[-1]}.{name}: {told}"
        for room in (mm, adversarial)
        for name, thing in public(room)
        if (told := ranges(thing))
    )
    assert found.split() == ALLOWED.split()
