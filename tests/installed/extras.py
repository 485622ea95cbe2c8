"""Every extra, installed alone into an environment of its own: what it brings can be imported, and
what it is for works.
"""

import tomllib

import pytest

from tests.installed.environments import LOCK, ROOT, built, fresh, told, uv

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
LARGE = {"torch"}  # gigabytes: its versions are resolved, nothing is fetched

# What each is for, in a line of ours; nothing of ours imports the tools of `bench` and `dev`.
USES = {
    "gan": 'mm.images.load("mnist-5000"), mm.images.load("digits")',
    "verify": """
from pathlib import Path
from minimax_lab.cli.entry import main
assert main(["verify", "OP-1", "--instances", "20", "--seed", "0"]) == 0
assert Path("build/theory/selected/report.html").exists()
""",
    "flax": "from flax import nnx; mm.networks",
    "cluster": 'from minimax_lab.executors import opened; opened("processes://1")',
    "notebook": 'mm.explore("cubic")._repr_mimebundle_()',
    "bench": "",
    "docs": "",
    "browser": "from playwright.sync_api import sync_playwright",
    "dev": "",
}

IMPORTED = """
import importlib, re, sys
from importlib.metadata import packages_distributions, requires
import minimax_lab as mm

def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()

tops = {}
for module, names in packages_distributions().items():
    for name in names:
        tops.setdefault(plain(name), []).append(module)
wanted = [r for r in requires("minimax_lab") if f"extra == '{sys.argv[1]}'" in r.replace('"', "'")]
assert wanted, requires("minimax_lab")
for requirement in wanted:
    for module in tops[plain(re.match(r"[\\w.-]+", requirement)[0])]:
        if module.isidentifier() and not module.startswith("_"):
            importlib.import_module(module)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("dist"))["wheel"]


def test_every_extra_is_tried():
    assert set(USES) | LARGE == set(EXTRAS)


@pytest.mark.parametrize("extra", USES)
def test_an_extra_is_installed_and_imported_alone(extra, wheel, tmp_path):
    python = fresh(tmp_path / "venv", f"minimax_lab[{extra}] @ {wheel.as_uri()}")
    (tmp_path / "tried.py").write_text(IMPORTED + USES[extra] + "\n")
    told([python, "-I", "tried.py", extra], tmp_path)


@pytest.mark.parametrize("extra", sorted(LARGE))
def test_a_large_extra_has_versions_that_go_together(extra, tmp_path):
    found = tmp_path / "resolved.txt"
    uv("pip", "compile", "pyproject.toml", "--extra", extra, "-c", LOCK, "--universal", "-o", found)
    assert f"{extra}==" in found.read_text()
