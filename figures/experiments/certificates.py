"""Worst cases from above and from below. The theorems' side computes them in a program of its
own.
"""

import json
import subprocess
import sys

import numpy as np

from figures import experiment


@experiment("slow", quick={"steps": (0.4,), "starts": 8, "descent": 100, "wander": 100})
def certificates(
    steps: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    monotonicity: float = 0.2,
    lipschitz: float = 1.0,
    starts: int = 96,
    descent: int = 400,
    wander: int = 800,
):
    """Four methods on strongly monotone Lipschitz fields: certified and found contraction by step;
    the former need a solver.
    """
    command = [sys.executable, "-m", "theory.operators.both_sides", json.dumps(locals())]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    return {name: np.array(values) for name, values in json.loads(told).items()}
