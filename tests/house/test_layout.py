"""The house rules that a reader relies on: imports flow one way, files stay short, importing
changes nothing.
"""

import ast
import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import minimax_lab as mm

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "minimax_lab"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Import name of a distribution, where it differs.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow"}


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path):
    """The first words of the absolute modules that a file imports, anywhere in it."""
    nodes = list(ast.walk(parsed(path)))
    plain = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    parts = [node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.split(".")[0] for name in (*plain, *parts)}


def test_imports_flow_one_way_and_in_no_circle():
    """The rooms and their order are drawn in pyproject.toml ([tool.importlinter])."""
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


def test_what_the_package_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"], *project["optional-dependencies"].values()
    declared = {re.match(r"[\w-]+", entry).group().lower() for group in listed for entry in group}
    needed = set().union(*map(imports, SOURCES))
    foreign = needed - set(sys.stdlib_module_names) - {"minimax_lab"}
    assert {DISTRIBUTIONS.get(name, name).lower() for name in foreign} <= declared


def test_the_top_level_is_an_index_of_names():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    assert isinstance(tree.body[0], ast.Expr)
    index = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    names = [name for node in index for name in node.names]
    assert all(n.asname == n.name for n in names)
    assert len(names) == len({n.name for n in names})
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert defined == {"__getattr__", "__dir__"}
    assert {n.name for n in names} <= set(dir(mm))
    assert all(hasattr(mm, n.name) for n in names)


def test_what_takes_long_to_import_is_imported_when_it_is_asked_for():
    late = "{'matplotlib', 'optimistix', 'scipy.linalg', 'sympy', 'minimax_lab.networks'}"
    code = f"import sys, minimax_lab; print({late} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.stdout == "set()\n", ran.stderr
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = mm.nothing


# Files of over 400 lines, each with the reason why it is one idea.
LONG = {
    "minimax_lab/rules/anderson.py": "one rule; its window and its least squares stand apart",
    "tests/methods/test_anderson.py": "one rule with a dozen settings",
}


@pytest.mark.parametrize("folder", ["minimax_lab", "theory", "figures", "benchmarks", "tests"])
def test_long_files_say_why_and_functions_fit_on_a_screen(folder):
    for path in (ROOT / folder).rglob("*.py"):
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400 or name in LONG, (
            f"{name}: is it one idea? Say why in LONG"
        )
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 80, f"{name}: {node.name} is too long"


def test_importing_the_package_changes_no_setting_and_loads_nothing_optional():
    code = """
import sys, jax
settings = "jax_enable_x64", "jax_numpy_dtype_promotion", "jax_debug_nans"
before = {name: getattr(jax.config, name) for name in settings}
import minimax_lab
after = {name: getattr(jax.config, name) for name in before}
assert before == after, after
heavy = "PEPit clarabel torch sklearn mlxtend PIL matplotlib numba jaxopt diffrax"
optional = set(heavy.split())
print(*sorted(optional & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_only_programs_turn_on_64_bits():
    """And a worker, for as long as it works for somebody who has."""
    for path in SOURCES:
        if path not in (PACKAGE / "cli" / "entry.py", PACKAGE / "executors.py"):
            for node in ast.walk(parsed(path)):
                words = [getattr(node, "attr", ""), getattr(node, "id", "")]
                if isinstance(node, ast.Call):
                    words += [
                        argument.value
                        for argument in node.args
                        if isinstance(argument, ast.Constant)
                    ]
                assert not {"enable_x64", "jax_enable_x64"} & set(words), f"{path}:{node.lineno}"


def test_the_lock_is_hashed_and_names_no_place():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|@ ", lock)
    entries = re.findall(r"^[\w.-]+==.*(?:\n +--hash.*)*", lock, re.MULTILINE)
    assert len(entries) == lock.count("==") - lock.count("python_full_version ==") - lock.count(
        "sys_platform =="
    )
    assert all("--hash=sha256:" in entry for entry in entries)


def test_make_offers_what_it_promises():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([\w%-]+):", makefile, re.MULTILINE))
    promised = (
        "help setup test check quick figures figures-full figure-% record-% portrait verify bench "
        "bench-check bench-% gallery docs clean data"
    )
    assert set(promised.split()) <= targets
    assert (PACKAGE / "py.typed").exists()
