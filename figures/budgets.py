"""What a budget of random trials buys: the exact expectation of the best of some of them."""

from typing import Any

import numpy as np
from scipy.special import gammaln


def weights_of(total: int) -> Any:
    """Row n: the chance C(i - 1, n - 1) / C(total, n) that the i-th least of all is the greatest of
    n, without replacement.
    """
    n, i = np.arange(1, total + 1)[:, None], np.arange(1, total + 1)[None]
    allowed = i >= n
    j = np.where(allowed, i, n)
    log = (
        gammaln(j)
        - gammaln(n)
        - gammaln(j - n + 1)
        - gammaln(total + 1)
        + gammaln(n + 1)
        + gammaln(total - n + 1)
    )
    return np.where(allowed, np.exp(log), 0)


def best_of(values: Any, sign: int, weights: Any) -> Any:
    """The expected best of n = 1, 2, ... trials; `values` has one set of trials a row."""
    return sign * np.sort(sign * values, axis=-1) @ weights.T
