"""What is handed out, built, and environments that have it and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
# Neither the checkout nor its environment may be seen from a fresh one.
HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")


def uv(*arguments, cwd=ROOT):
    """One call of uv."""
    told([sys.executable, "-m", "uv", "--quiet", *arguments], cwd)


def told(command, cwd, **environment):
    """What a command prints; if it fails, all it said."""
    outside = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=outside | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def built(folder):
    """The wheel and the sdist, the wheel out of the sdist, as any installer would make it."""
    uv("build", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, ROOT)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def fresh(folder, *wanted):
    """An environment with what is wanted, in the versions of the lock where that has them."""
    uv("venv", "--python", sys.executable, folder)
    here = folder / "bin" / "python"
    uv("pip", "install", "--python", here, "--constraint", LOCK, *wanted)
    return here
