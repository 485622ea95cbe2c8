"""The tests behind statistical claims, as `Trial`s: their risk and power by exact distributions.

A claim says of a true share or mean how large it is; the check sees a sample of it. The risk is the
chance that a sample of the claimed value is rejected, the power that one of the weakened value is.
"""

from __future__ import annotations

from scipy.stats import beta, binom, norm

from ..theorem import Trial

LEVEL = 0.95  # of intervals


def share(sample: int, least: int, claimed: float, weakened: float) -> Trial:
    """At least `least` of a `sample` of independent runs succeed, where the claimed share does."""
    return Trial(
        f"exact binomial: at least {least} of {sample} where the share is {claimed:g}",
        sample,
        risk=float(binom.cdf(least - 1, sample, claimed)),
        weakened=f"a share of {weakened:g}",
        power=float(binom.cdf(least - 1, sample, weakened)),
    )


def mean(sample: int, errors: float, weakened: float, means: int = 1) -> Trial:
    """Each of so many `means` lies within so many standard `errors` of the claimed value; one that
    is `weakened` standard errors off is rejected. The risk is that of all of them, by Bonferroni.
    """
    each = "the mean" if means == 1 else f"each of {means} means"
    return Trial(
        f"normal, two-sided: {each} within {errors:g} standard errors",
        sample,
        risk=float(2 * means * norm.sf(errors)),
        weakened=f"a mean {weakened:g} standard errors off",
        power=float(norm.sf(errors - weakened) + norm.cdf(-errors - weakened)),
    )


def together(*trials: Trial) -> Trial:
    """All of several: their risks add up at most, and the power is the least."""
    return Trial(
        "; ".join(trial.test for trial in trials),
        min(trial.sample for trial in trials),
        risk=sum(trial.risk for trial in trials),
        weakened=" or ".join(dict.fromkeys(trial.weakened for trial in trials)),
        power=min(trial.power for trial in trials),
    )


def interval(found: int, sample: int, level: float = LEVEL) -> tuple[float, float]:
    """The exact (Clopper-Pearson) interval of a share."""
    rest = (1 - level) / 2
    low = float(beta.ppf(rest, found, sample - found + 1)) if found else 0.0
    high = float(beta.isf(rest, found + 1, sample - found)) if found < sample else 1.0
    return low, high
