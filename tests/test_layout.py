"""The house rules that a reader relies on: imports flow one way, files stay short, importing
changes nothing.
"""

import ast
import functools
import graphlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "minimax_lab"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Every part of the package, the lowest first; a part may import from its own line and from those
# above it.
LAYERS = """
checks
files profile progress
game
judge kinds objectives reshaped schedules symbolic
directions games
rules
labels linearised observables runs
loop sweeps
simulate
cycles equilibria krylov rates spectrum streams
adversarial portrait
draw
commands
cli
__main__
"""
RANKS = {
    name: rank for rank, line in enumerate(LAYERS.strip().splitlines()) for name in line.split()
}
# Imports inside a function that climb: a formula hands itself to the numeric world.
LATE = {("symbolic", "directions"), ("symbolic", "games"), ("symbolic", "rules")}
# Import name of a distribution, where it differs.
DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow"}


def part(path):
    """The layer entry a file belongs to: `rules/alternating.py` and `rules/__init__.py` to
    rules.
    """
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


@functools.cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imports(path, late):
    """The absolute module names a file imports: at import time, or within functions only
    (`late`).
    """
    tree = parsed(path)
    inside = {
        id(n)
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)
        for n in ast.walk(f)
    }
    typing = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")
    ]
    skipped = {id(n) for branch in typing for statement in branch.body for n in ast.walk(statement)}
    here = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped or (id(node) in inside) != late:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join((*here[: len(here) - node.level + 1], *filter(None, [node.module])))
                if node.level
                else node.module
            )
            plain = base.split(".") == ["minimax_lab"]
            found |= {f"{base}.{name.name}" for name in node.names} if plain else {base}
    return found


def own(names):
    return {name.split(".")[1] for name in names if name.startswith("minimax_lab.")}


def test_every_part_has_its_place_in_the_flow():
    assert {part(path) for path in SOURCES} - {"__init__"} <= set(RANKS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_flow_one_way(path):
    if part(path) == "__init__":
        return
    for late in (False, True):
        climbing = {
            name
            for name in own(imports(path, late))
            if name in RANKS and RANKS[name] > RANKS[part(path)]
        }
        allowed = {name for name in climbing if late and (part(path), name) in LATE}
        assert climbing <= allowed, f"{path.name} imports {climbing - allowed}, which lie above it"


def test_no_part_imports_itself_through_others():
    graph = {}
    for path in SOURCES:
        if part(path) != "__init__":
            graph.setdefault(part(path), set()).update(
                own(imports(path, late=False)) & set(RANKS) - {part(path)}
            )
    graphlib.TopologicalSorter(graph).prepare()


def test_the_package_is_imported_by_everything_and_imports_nothing_beside_it():
    outside = {"theory", "figures", "benchmarks", "tests"}
    for path in SOURCES:
        names = {name.split(".")[0] for late in (False, True) for name in imports(path, late)}
        assert not names & outside, path


def test_what_the_package_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["dependencies"], *project["optional-dependencies"].values()
    declared = {re.match(r"[\w-]+", entry).group().lower() for group in listed for entry in group}
    needed = {
        name.split(".")[0]
        for path in SOURCES
        for late in (False, True)
        for name in imports(path, late)
    }
    foreign = needed - set(sys.stdlib_module_names) - {"minimax_lab"}
    assert {DISTRIBUTIONS.get(name, name).lower() for name in foreign} <= declared


def test_the_top_level_is_an_index_of_names():
    first, *rest = ast.parse((PACKAGE / "__init__.py").read_text()).body
    assert isinstance(first, ast.Expr)
    assert all(
        isinstance(node, ast.ImportFrom) and all(n.asname == n.name for n in node.names)
        for node in rest
    )
    order = [(node.module or "", node.names[0].name) for node in rest]
    assert len(order) == len(set(order))


@pytest.mark.parametrize("folder", ["minimax_lab", "theory", "figures", "benchmarks"])
def test_files_fit_in_the_head_and_functions_on_a_screen(folder):
    for path in (ROOT / folder).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 320, f"{path} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 60, f"{path}: {node.name} is too long"


def test_importing_the_package_changes_no_setting_and_loads_nothing_optional():
    code = """
import sys, jax
settings = "jax_enable_x64", "jax_numpy_dtype_promotion", "jax_debug_nans"
before = {name: getattr(jax.config, name) for name in settings}
import minimax_lab
after = {name: getattr(jax.config, name) for name in before}
assert before == after, after
heavy = "tyro PEPit clarabel torch sklearn mlxtend PIL matplotlib numba jaxopt diffrax"
optional = set(heavy.split())
print(*sorted(optional & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_only_programs_turn_on_64_bits():
    for path in SOURCES:
        if part(path) not in ("cli", "__main__"):
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
        "gallery clean"
    )
    assert set(promised.split()) <= targets
    assert (PACKAGE / "py.typed").exists()
