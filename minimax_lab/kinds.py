"""What a stationary profile can be, strongest claim first.

The first two kinds are solution concepts, read from the players' own second derivatives; they do
not promise that descent finds the profile (both can be unstable). The others say only what the flow
x' = -v(x) does near it, read from the eigenvalues of the Jacobian J = v'(x).
"""

from __future__ import annotations

import enum
from typing import Self


class Kind(enum.StrEnum):
    """A stationary profile is the first of these that holds; `kind.meaning` is the condition in one
    line.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member

    NASH = "strict local Nash", "every player's own second derivative J_ii is positive definite"
    MINIMAX = (
        "strict local minimax",
        "two players, zero-sum: the follower's J_ff and the leader's Schur complement J_ll - J_lf "
        "J_ff^-1 J_fl are positive definite",
    )
    STABLE = "stable", "every eigenvalue of J has a positive real part: small steps are drawn in"
    SADDLE = (
        "saddle of the flow",
        "eigenvalues of J have real parts of both signs and none zero: drawn in along some "
        "directions, driven out along others",
    )
    SOURCE = (
        "source of the flow",
        "every eigenvalue of J has a negative real part: small steps are driven out",
    )
    DEGENERATE = (
        "degenerate",
        "an eigenvalue of J lies on the imaginary axis: second order does not decide (centres of "
        "bilinear games are here)",
    )
