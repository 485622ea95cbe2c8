"""The figure pipeline, in a small project of its own: what is rebuilt, why, and what is left
behind.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from figures import declare, results, sources

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENTS = """
import numpy as np
import minimax_lab as mm
from figures import experiment

@experiment(quick={"count": 2})
def line(count=5, seed=0):
    return {"y": mm.double(np.arange(count))}
"""
OTHER = """
import os
import numpy as np
from figures import experiment

@experiment("slow")
def curve(count=3):
    return {"y": np.ones(count), "devices": np.array(os.environ.get("JAX_NUM_CPU_DEVICES", ""))}
"""
PLOT = """
from matplotlib import pyplot

def first(line):
    '''A line.'''
    figure, axes = pyplot.subplots(figsize=(1, 1))
    axes.plot(line["y"])
    return figure
"""
FILES = {
    "minimax_lab/__init__.py": "from .a import double as double\nfrom .b import treble as treble\n",
    "minimax_lab/a.py": "from .c import two\n\ndef double(x):\n    return two * x\n",
    "minimax_lab/b.py": "def treble(x):\n    return 3 * x\n",
    "minimax_lab/c.py": "two = 2\n",
    # In place of the real one, which takes a second to import.
    "minimax_lab/checks.py": (
        "InputError = refuse = ValueError\nclosest = lambda given, names: min(names)\n"
    ),
    "figures/experiments/one.py": EXPERIMENTS,
    "figures/experiments/other.py": OTHER,
    "figures/plots/p.py": PLOT,
    "figures/plots/q.py": PLOT.replace("first", "second"),
    "figures/plots/r.py": PLOT.replace("first", "third").replace("line", "curve"),
    "requirements.lock": "numpy==2.0 \\\n    --hash=sha256:0a\n",
    "pyproject.toml": "",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The real pipeline and Makefile, with tiny sources, in a folder whose name has a space."""
    root = tmp_path_factory.mktemp("a project")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for path in (ROOT / "figures").glob("*.py"):
        shutil.copy(path, root / "figures")
    for name in (
        "Makefile",
        *(f"minimax_lab/{own}.py" for own in ("files", "programs", "signals", "draw/style")),
    ):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


def make(root, *goals, fails=False, **environment):
    """What make prints; any number of side by side jobs must do."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    (root / "tools").mkdir(exist_ok=True)
    link = root / "tools" / "python"
    if not link.exists():
        link.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        link.chmod(0o755)
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))
    } | environment
    command = ["make", "-j2", "PY=tools/python", "STAMP=requirements.lock", *goals]
    done = subprocess.run(command, cwd=root, env=clean, capture_output=True, text=True)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def jobs_of(printed):
    return sorted(
        line.split("] ")[-1]
        for line in printed.splitlines()
        if " compute " in line or " draw " in line
    )


def test_make_rebuilds_what_changed_only_and_says_why(project):
    printed = make(project, "figures")
    assert jobs_of(printed) == ["compute line: new", "draw first: new", "draw second: new"]
    assert "[3/3]" in printed
    assert (
        "skip third: there is no record of curve (slow) yet; make record-curve computes it"
        in printed
    )
    assert {p.name for p in (project / "build/figures").iterdir()} == {
        f"{n}.{e}" for n in ("first", "second") for e in ("png", "pdf")
    }
    for path in (project / "build/figures").glob("*.pdf"):  # letters, and not pictures of them
        assert b"/FontFile2" in path.read_bytes() and b"/Type3" not in path.read_bytes()
    assert "All 2 figures are up to date." in make(project, "figures")

    time.sleep(0.01)
    (project / "figures/plots/q.py").touch()
    assert jobs_of(make(project, "figures")) == ["draw second: figures/plots/q.py changed"]

    edit(project / "figures/experiments/one.py", "arange(count)", "arange(count) + 1")
    assert jobs_of(make(project, "figures")) == [
        "compute line: figures/experiments/one.py changed",
        "draw first: line was recomputed",
        "draw second: line was recomputed",
    ]

    edit(project / "minimax_lab/b.py", "3 * x", "x * 3")  # nothing uses treble
    edit(
        project / "minimax_lab/a.py",
        "def double(x):",
        "# a comment\n\n\ndef double(x):\n    '''Twice.'''",
    )
    (project / "minimax_lab/c.py").touch()
    assert "All 2 figures are up to date." in make(project, "figures")

    edit(project / "minimax_lab/c.py", "two = 2", "two = 2.0")
    assert jobs_of(make(project, "figures"))[0] == "compute line: minimax_lab/c.py changed"


def git(root, *words):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


def test_a_missing_file_is_made_again_and_a_failure_leaves_no_half(project):
    make(project, "figures")
    (project / "build/figures/first.pdf").unlink()
    assert jobs_of(make(project, "figure-first")) == ["draw first: new"]
    edit(project / "figures/plots/p.py", "return figure", "raise OverflowError('no picture')")
    before = sorted((project / "build/figures").iterdir())
    (project / "figures/plots/q.py").touch()
    printed = make(project, "figures", fails=True)  # the others are drawn all the same
    assert "no picture" in printed
    assert "draw second" in printed
    assert "failed: first; why is said above" in printed
    edit(project / "figures/plots/p.py", "raise OverflowError('no picture')", "return figure")
    assert sorted((project / "build/figures").iterdir()) == before
    make(project, "figures")
    assert "did you mean first?" in make(project, "figure-frst", fails=True)


def test_records_are_drawn_marked_stale_and_renewed(project):
    make(project, "record-curve")
    assert "draw third: new" in make(project, "figures")
    edit(project / "figures/experiments/other.py", "np.ones", "np.zeros")
    printed = make(project, "figures")
    assert (
        "third is marked stale: curve: figures/experiments/other.py changed; make record-curve "
        "renews it" in printed
    )
    assert "compute" not in printed
    make(project, "records")
    assert "draw third: curve was recomputed" in make(project, "figures")
    record = results.load(project / "figures/records/curve.npz")
    assert record.header["settings"] == {"count": 3}
    assert not record.header["reduced"]
    assert record["devices"] == str(os.cpu_count())
    make(
        project, "record-curve", XLA_FLAGS="--xla_force_host_platform_device_count=1"
    )  # one's own flags win
    assert results.load(project / "figures/records/curve.npz")["devices"] == ""


def test_quick_figures_are_reduced_and_apart(project):
    printed = make(project, "quick")
    assert "compute curve" in printed
    reduced = results.load(project / "build/quick/data/line.npz")
    assert reduced.header["reduced"]
    assert len(reduced["y"]) == 2
    assert (project / "build/quick/figures/first.png").exists()


def test_jax_is_imported_after_it_is_told_to_use_64_bits():
    program = (
        "import sys, figures.__main__; assert 'jax' not in sys.modules;"
        "from figures import jobs; jobs.prepare(); import minimax_lab, jax.numpy as jnp;"
        "print(jnp.ones(1).dtype)"
    )
    clean = {k: v for k, v in os.environ.items() if k != "JAX_ENABLE_X64"}
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean, capture_output=True, text=True
    )
    assert told.stdout == "float64\n", told.stderr


def test_results_keep_their_numbers_and_refuse_damage(tmp_path):
    arrays = {"a/b": np.arange(3.0), "c": np.array([True])}
    rest = {"experiment": "r", "reduced": False, "code": {}}
    header = {"settings": {"n": 1}, "data": results.fingerprint(arrays), **rest}
    results.save(tmp_path / "r.npz", arrays, header)
    again = results.load(tmp_path / "r.npz")
    assert again.header == header
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)
    results.save(tmp_path / "r.npz", arrays | {"c": np.array([False])}, header)
    with pytest.raises(SystemExit, match="damaged"):
        results.load(tmp_path / "r.npz")
    (tmp_path / "half.npz").write_bytes((tmp_path / "r.npz").read_bytes()[:200])
    with pytest.raises(SystemExit, match=r"half\.npz, but must be a result.* Make it again"):
        results.load(tmp_path / "half.npz")


@pytest.mark.parametrize(
    ("folder", "text", "message"),
    [
        (
            "experiments",
            "@experiment('costly')\ndef e(n=1): ...",
            "cost is 'costly', but must be one of cheap, slow, gpu",
        ),
        ("experiments", "@experiment()\ndef e(n): ...", "every setting needs a default"),
        (
            "experiments",
            "@experiment(quick={'m': 1})\ndef e(n=1): ...",
            "quick sets m, which is none of its settings",
        ),
        (
            "experiments",
            "@experiment(gpu=({'n': 2}, {'m': 1}))\ndef e(n=1): ...",
            "gpu sets m, which is none of its settings",
        ),
        ("plots", "def p(walk):\n    '''Caption.'''", "which does not exist; did you mean walks?"),
        ("plots", "def p(walks): ...", "lacks a docstring, its caption"),
    ],
)
def test_impossible_declarations_are_named(tmp_path, folder, text, message):
    path = tmp_path / "figures" / folder / "file.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(SystemExit, match=message):
        declare.plots(tmp_path, declare.experiments(tmp_path) | {"walks": None})


def test_every_committed_record_belongs_to_an_experiment():
    known = declare.experiments(ROOT)
    declare.plots(ROOT, known)
    for path in (ROOT / "figures/records").glob("*.npz"):
        assert known[path.stem].cost in ("slow", "gpu")
        assert results.load(path).header["experiment"] == path.stem


def test_the_package_files_an_experiment_reaches_are_found_by_name():
    reached = set(sources.reached(ROOT / "minimax_lab/rules/simultaneous.py", ROOT))
    assert {"minimax_lab/profile.py", "minimax_lab/game.py", "minimax_lab/checks.py"} <= reached
    assert "minimax_lab/rules/ridge.py" not in reached


def test_a_module_run_as_a_program_counts_and_theory_is_imported_nowhere():
    assert "theory/operators/both_sides.py" in sources.reached(
        ROOT / "figures/experiments/certificates.py", ROOT
    )
    assert not [
        path
        for path in (ROOT / "figures").rglob("*.py")
        if re.search(r"^\s*(import|from) theory", path.read_text(), re.M)
    ]


def test_a_record_is_carried_over_to_code_that_changes_no_number(project):
    other = project / "figures/experiments/other.py"
    other.write_text(OTHER)
    make(project, "record-curve")
    git(project, "init")
    git(project, "add", "figures", "minimax_lab", "requirements.lock")
    git(project, "commit", "-m", "as recorded")
    edit(other, "np.ones(count)", "np.ones(int(count))")
    assert "the same numbers, reduced, by both" in make(project, "carry-curve")
    assert "up to date" in make(project, "carry-curve")
    assert "stale" not in make(project, "figures")
    (carried,) = results.load(project / "figures/records/curve.npz").header["carried"]
    assert (
        carried["reduced data"]
        == results.load(project / "build/quick/data/curve.npz").header["data"]
    )

    edit(other, "np.ones(int(count))", "np.zeros(count)")
    assert "is not that of" in make(
        project, "carry-curve", fails=True
    )  # the code that it was carried to is in no commit
    edit(other, "np.zeros(count)", "np.ones(int(count))")
    git(project, "commit", "-am", "as carried")
    edit(other, "np.ones(int(count))", "np.zeros(count)")
    assert "make record-curve" in make(project, "carry-curve", fails=True)
    assert "nowhere" in make(project, "carry-curve", "LIKE=nowhere", fails=True)

    edit(other, "np.zeros(count)", "np.ones(int(count))")
    edit(other, "curve(count=3)", "curve(count=3, shift=0.0)")
    assert "the same numbers" in make(project, "carry-curve")  # a setting that was added
    header = results.load(project / "figures/records/curve.npz").header
    assert header["settings"] == {"count": 3, "shift": 0.0}
    git(project, "commit", "-am", "as carried again")
    edit(other, "count=3", "count=4")
    assert "has another count than in" in make(project, "carry-curve", fails=True)


def test_a_command_under_the_server_of_its_jobs_hears_ctrl_c(project):
    asked = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    words = [sys.executable, "-m", "figures.serve", sys.executable, "-c", asked]
    told = subprocess.run(words, cwd=project, capture_output=True, text=True, check=True)
    assert told.stdout == "True\n"


def test_a_job_of_the_server_computes_with_64_bits():
    """As the same job does that is run by itself."""
    program = (
        "import sys, figures.serve as s;"
        "s.main = lambda: print(__import__('jax.numpy').numpy.ones(1).dtype, flush=True);"
        "sys.exit(s.serve(sys.argv[1:]))"
    )
    ask = [sys.executable, "-I", "-S", "figures/ask.py", "-m", "figures", "list"]
    clean = {k: v for k, v in os.environ.items() if k != "JAX_ENABLE_X64"}
    told = subprocess.run(
        [sys.executable, "-c", program, *ask], cwd=ROOT, env=clean, capture_output=True, text=True
    )
    assert told.stdout == "float64\n", told.stderr


def test_the_table_of_figures_has_every_figure_and_no_other():
    table = (ROOT / "figures" / "README.md").read_text().split("## From paper to figure")[1]
    cells = [row.split("|")[3] for row in table.splitlines() if row.startswith("| ")]
    listed = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    drawn = declare.plots(ROOT, declare.experiments(ROOT))
    assert sorted(listed) == sorted(drawn)


def test_what_was_read_of_sources_is_taken_over_unless_they_have_changed(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    start, kept = tmp_path / "figures/experiments/one.py", tmp_path / "known.json"

    def read():
        monkeypatch.setattr(sources, "USED", {})
        monkeypatch.setattr(sources, "DIGESTS", {})
        sources.recall(tmp_path, kept)
        taken = len(sources.DIGESTS)
        found = sources.reached(start, tmp_path)
        sources.keep(tmp_path, kept)
        return found, taken

    before, taken = read()
    assert taken == 0
    assert read() == (before, len(before))
    edit(tmp_path / "minimax_lab/c.py", "two = 2", "two = 3")
    os.utime(tmp_path / "minimax_lab/c.py", (1, 1))  # of another date, and of the same size
    after, taken = read()
    assert taken == len(before) - 1
    assert {name for name in after if after[name] != before[name]} == {"minimax_lab/c.py"}
    edit(tmp_path / "minimax_lab/__init__.py", "from .a import double", "from .b import double")
    edit(tmp_path / "minimax_lab/b.py", "treble(x)", "double(x)")
    after, taken = read()
    assert taken == 0  # names may come from anywhere now
    assert "minimax_lab/c.py" not in after
