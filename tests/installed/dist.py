"""What `make dist` hands out works where there is nothing else: no checkout, no other package."""

import re
import subprocess
import tarfile
import zipfile

import pytest

from tests.installed.environments import ROOT, built, fresh, told, uv


@pytest.fixture(scope="module")
def made():
    folder = ROOT / "build" / "dist"
    for old in folder.glob("minimax_lab-*"):
        old.unlink()
    return built(folder)


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def python(request, made, tmp_path_factory):
    return fresh(tmp_path_factory.mktemp(request.param) / "venv", made[request.param])


def test_all_files_of_both_packages_are_inside_and_no_others(made):
    listed = subprocess.run(
        ["git", "ls-files", "minimax_lab", "theory"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ours = set(listed.stdout.split())
    assert any(name.endswith(".js") for name in ours) and "minimax_lab/py.typed" in ours
    wheel = set(zipfile.ZipFile(made["wheel"]).namelist())
    assert {name for name in wheel if ".dist-info/" not in name} == ours
    with tarfile.open(made["sdist"]) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert ours <= inside and {"README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md"} <= inside
    assert not [name for name in inside if name.startswith(("figures", "tests", "build", "docs"))]


def test_the_fifteen_lines_of_the_readme_run(python, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = readme.split("## Fifteen lines")[1].split("```python\n")[1].split("```")[0]
    (tmp_path / "lines.py").write_text(lines)
    printed = told([python, "-I", "lines.py"], tmp_path)
    assert re.findall(r"eigenvalue (\S+)", printed) == ["1.0050", "1.0000", "0.9500"]


PROVED = """
import jax
jax.config.update("jax_enable_x64", True)
from theory.catalogue import theorems
from theory.verify.check import verify
assert len(theorems()) > 100
assert verify(theorems()["NUM-9"], 20).passed
"""


def test_the_theorems_are_there_and_can_be_verified(python, tmp_path):
    told([python, "-I", "-c", PROVED], tmp_path)
    with pytest.raises(AssertionError, match=r"pip install .minimax_lab\[verify\]"):
        told([python.with_name("minimax-lab"), "verify", "NUM-9"], tmp_path)


def test_the_scripts_of_the_explorer_are_there(python, tmp_path):
    command = [python.with_name("minimax-lab"), "explore", "cubic", "-o", "page.html"]
    told(command, tmp_path)
    assert (tmp_path / "page.html").stat().st_size > 100_000


def test_the_citation_is_valid(tmp_path):
    """By the format's own validator, which is no dependency of ours."""
    uv("tool", "run", "cffconvert", "--validate", "--infile", ROOT / "CITATION.cff", cwd=tmp_path)
