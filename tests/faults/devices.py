"""The same bits on one, two and eight devices, and with one and two threads of BLAS, where that is
promised: every run of a sweep by itself is computed alike, so a device more changes nothing but
who computes it. Products of matrices are summed in an order that depends on how many runs a group
holds; what goes through them agrees to rounding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .tally import Tally

ROOT = Path(__file__).parents[2]
ROUNDING = 1e-4  # relative, of single precision after a hundred updates

PROGRAM = """
import hashlib, json, sys
import jax, jax.numpy as jnp, numpy as np
import minimax_lab as mm
jax.config.update("jax_enable_x64", True)
devices, out = jax.devices(), {}
def told(name, tree):
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]
    digest = hashlib.sha256(b"".join(leaf.tobytes() for leaf in leaves)).hexdigest()
    out[name] = [digest, [float(np.linalg.norm(np.ravel(leaf))) for leaf in leaves]]
steps = jnp.geomspace(0.01, 0.3, 24)
over = dict(over="rule", devices=devices)
for name, game in (("bilinear", mm.games.bilinear(1.0)), ("cubic", mm.games.cubic())):
    for rule in (mm.Simultaneous, mm.Alternating, mm.Extragradient, mm.Optimistic):
        start = (0.5, 0.25)
        told(f"{name} {rule.__name__}", mm.sweep(game, rule(steps), start, 500, **over).final)
modes = mm.games.two_mode()
start = mm.games.modes_start(modes, jax.random.key(0))
normalised = mm.Simultaneous(steps / 10, mm.Normalised())
key = jax.random.key(1)
told("rounded: modes", mm.sweep(modes, normalised, start, 200, key=key, **over).final)
told("run", mm.run(mm.games.bilinear(jnp.ones((20, 20))), mm.Simultaneous(0.01),
     (jnp.ones(20), jnp.ones(20)), 300).final)
adv = mm.adversarial
pair = adv.Perceptron((2, 16, 2)), adv.Perceptron((2, 16, 1))
gan = adv.gan(*pair, data=adv.ring(), batch=32)
x = adv.start(gan, jax.random.key(0))
rules = mm.Simultaneous(jnp.geomspace(1e-4, 1e-2, 24))
told("rounded: a GAN", mm.sweep(gan, rules, x, 100, key=key, **over).final)
print(json.dumps(out))
"""


def tried() -> Tally:
    """Every number of devices and threads against one of both."""
    tally, first = Tally(), _on(1, 1)
    for devices, threads in ((1, 2), (2, 1), (2, 2), (8, 1), (8, 2)):
        other = _on(devices, threads)
        for name, (digest, norms) in first.items():
            tally.tried += 1
            where = f"{name}: {devices} devices, {threads} threads"
            if name.startswith("rounded"):
                pairs = zip(norms, other[name][1], strict=True)
                if any(abs(a - b) > ROUNDING * (1 + abs(a)) for a, b in pairs):
                    tally.lost.append(f"{where}: further apart than rounding")
            elif digest != other[name][0]:
                tally.lost.append(f"{where}: other bits")
    return tally


def _on(devices: int, threads: int) -> dict[str, tuple[str, list[float]]]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)
