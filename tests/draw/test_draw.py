"""What the pictures contain: lines, labels, equal axes, starts, ends and divergence; and files,
whole or absent.
"""

import jax.numpy as jnp
import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

import minimax_lab as mm
from minimax_lab import InputError, Profile, draw, games
from minimax_lab.draw.style import COLOURS, DASHES, MARKS, Look


@pytest.fixture(scope="module")
def walked():
    """A game with a Nash, an attractor and a saddle, and a rule of which one run diverges."""
    return mm.portrait(
        games.two_basins(),
        box=((-6, 4), (-3, 7)),
        rules=(mm.Simultaneous(0.05), mm.Simultaneous(0.2)),
        starts=[(1.0, 4.0), (3.5, 6.5)],
        steps=200,
    )


@pytest.fixture(scope="module")
def runs():
    game = games.bilinear(1.0)
    watch = {"distance": mm.distance_to((0.0, 0.0))}
    steps = jnp.array([0.1, 0.2, 0.3, 3.0, 4.0])
    swept = mm.sweep(game, mm.Simultaneous(steps), (1.0, 1.0), 40, observe=watch)
    blown = mm.run(game, mm.Simultaneous(4.0), (1.0, 1.0), 40, observe=watch)
    calm = mm.run(game, mm.Simultaneous(0.2), (1.0, 1.0), 40, observe=watch)
    return {"swept": swept, "blown": blown, "calm": calm}


def labels(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def drawn(axis, start):
    return [line for line in axis.get_lines() if str(line.get_label()).startswith(start)]


def test_a_portrait_shows_all_that_was_computed(walked):
    axis = draw.portrait(walked)
    assert isinstance(axis, Axes)
    assert axis.get_aspect() == 1
    assert (axis.get_xlim(), axis.get_ylim()) == ((-6, 4), (-3, 7))
    assert axis.get_xlabel() == "$x_0$ (player 0)"
    walks = [t for t in walked.trajectories if len(t.points)]
    assert len(drawn(axis, "simultaneous")) == len(walks) == 4
    assert len(drawn(axis, "_start")) == 4
    lost = sum(t.diverged for t in walks)
    assert 0 < lost < 4
    assert len(drawn(axis, "_diverges")) == lost
    assert len(drawn(axis, "_end")) == 4 - lost
    assert len(drawn(axis, "$v_0 = 0$")) == len(walked.nullclines[0])
    assert (
        len(drawn(axis, "_stable")) + len(drawn(axis, "_unstable")) == len(walked.separatrices) == 4
    )
    told = labels(axis)
    assert told[0].startswith("simultaneous, step 0.05")
    assert any("diverge" in text for text in told[:2])
    kinds = {"strict local Nash", "stable", "saddle of the flow"}
    assert kinds | {
        "start",
        "end",
        "diverges",
        "flow",
        "stable manifold",
        "unstable manifold",
    } <= set(told)


def test_a_diverged_walk_ends_with_a_cross_on_the_frame_and_is_not_followed(walked):
    axis = draw.portrait(walked)
    for line in drawn(axis, "_diverges"):
        (x,), (y,) = line.get_data()
        assert line.get_marker() == "x"
        assert min(abs(x + 6), abs(x - 4), abs(y + 3), abs(y - 7)) < 1e-9
        assert -6 - 1e-9 <= x <= 4 + 1e-9
        assert -3 - 1e-9 <= y <= 7 + 1e-9
    for line, walk in zip(drawn(axis, "simultaneous"), walked.trajectories, strict=True):
        assert np.isfinite(line.get_xydata()).all()
        assert len(line.get_xydata()) <= len(walk.points)


def test_pictures_go_into_the_axis_they_are_given(walked, runs):
    left, middle, right = Figure().subplots(1, 3)
    assert draw.portrait(walked, left) is left
    assert draw.curves(runs["calm"], axes=middle) is middle
    assert draw.spectrum(np.array([1.0 + 1j]), right, of="field") is right
    assert len(middle.get_lines()) == 1
    assert middle.get_legend() is None


def test_series_differ_without_colour():
    looks = [Look.of(i) for i in range(3 * len(COLOURS))]
    assert len({(str(look.dashes), look.mark) for look in looks}) == len(looks)
    assert len(set(COLOURS)) == len(COLOURS) <= len(DASHES) == len(MARKS)


def test_one_run_is_a_line_and_a_sweep_a_median_with_its_band(runs):
    axis = draw.curves({"calm": runs["calm"], "swept": runs["swept"]}, quantiles=(0.0, 0.5))
    calm, swept = drawn(axis, "calm")[0], drawn(axis, "swept")[0]
    np.testing.assert_allclose(calm.get_ydata(), runs["calm"].observed["distance"])
    assert swept.get_label() == "swept (2 of 5 diverge)"
    np.testing.assert_allclose(swept.get_ydata(), runs["swept"].observed["distance"][2])
    assert len(axis.collections) == 1
    assert axis.get_yscale() == "log"
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("update", "distance")
    assert labels(axis) == ["calm", "swept (2 of 5 diverge)"]


def test_a_diverged_curve_is_cut_and_crossed(runs):
    blown = runs["blown"]
    axis = draw.curves({"calm": runs["calm"], "blown": blown})
    (line,), (cross,) = drawn(axis, "blown"), drawn(axis, "_diverged")
    assert line.get_label() == "blown (diverges)"
    kept = line.get_ydata()[np.isfinite(line.get_ydata())]
    # It is not followed to where it would flatten the other curve.
    assert kept.max() <= 1e3 * np.max(runs["calm"].observed["distance"])
    assert len(kept) < int(blown.verdict.steps)
    np.testing.assert_allclose(cross.get_xydata()[0], (len(kept) - 1, kept[-1]))
    bare = draw.curves({"array": np.array([1.0, 2.0, np.nan, 1.0])})
    np.testing.assert_array_equal(drawn(bare, "array")[0].get_ydata(), [1, 2, np.nan, np.nan])


def test_loaded_runs_draw_the_same(runs, tmp_path):
    runs["swept"].save(tmp_path / "run.npz")
    loaded = mm.Run.load(tmp_path / "run.npz")
    one, two = (
        drawn(draw.curves({"it": run}, "distance"), "it")[0].get_xydata()
        for run in (runs["swept"], loaded)
    )
    np.testing.assert_array_equal(one, two)


def test_spectra_show_their_stable_regions():
    jacobian = np.array([[1.0, 2.0], [-2.0, 1.0]])
    game = games.linear(jacobian, (1, 1))
    x = Profile((jnp.zeros(1), jnp.zeros(1)))
    field = mm.field_spectrum(game, x)
    axis = draw.spectrum({"field": field})
    assert axis.get_aspect() == 1
    assert labels(axis) == [
        "field",
        "stable with step 0.4",
        "unstable with any step",
    ]  # 2 Re / |.|^2 = 2 / 5
    disc = axis.patches[1]
    assert disc.center == (pytest.approx(2.5), 0)
    assert disc.radius == pytest.approx(2.5)
    np.testing.assert_allclose(
        np.sort_complex(drawn(axis, "field")[0].get_xydata() @ [1, 1j]), [1 - 2j, 1 + 2j]
    )
    updates = {f"step {h}": mm.update_spectrum(game, mm.Simultaneous(h), x) for h in (0.1, 0.3)}
    axis = draw.spectrum(updates)
    assert labels(axis) == ["step 0.1", "step 0.3", "unit circle"]
    assert [patch.radius for patch in axis.patches] == [1, 1]
    assert axis.get_xlim()[0] < -1 < 1 < axis.get_xlim()[1]
    two = draw.spectrum([[1j, -1j], [1.0]], of="field", step=(0.1, 0.2))
    assert labels(two)[2:4] == ["stable with step 0.1", "stable with step 0.2"]


def test_files_are_written_the_same_every_time(walked, tmp_path):
    written = draw.save(draw.portrait(walked), tmp_path / "one")
    assert [path.name for path in written] == ["one.pdf", "one.png"]
    again = draw.save(draw.portrait(walked).figure, str(tmp_path / "two"))
    for first, second in zip(written, again, strict=True):
        assert first.read_bytes() == second.read_bytes()
    assert b"CreationDate" not in written[0].read_bytes()
    (single,) = draw.save(draw.spectrum([0.5], of="update"), tmp_path / "step0.5.png")
    assert single.name == "step0.5.png"
    assert {path.name for path in tmp_path.iterdir()} == {
        "one.pdf",
        "one.png",
        "two.pdf",
        "two.png",
        "step0.5.png",
    }


def test_a_bad_path_is_refused_and_leaves_nothing_behind(tmp_path):
    axis = draw.spectrum([0.5], of="update")
    (tmp_path / "taken.png").mkdir()
    for path, words in [
        (tmp_path / "missing" / "figure", "no folder"),
        (tmp_path / "taken", "names a folder"),
        (tmp_path / "figure.jpg", r"\.eps or \.pgf, or in none for \.pdf and \.png"),
        (tmp_path / "figure.gif", "mm.draw.animate"),
        (3, "path is 3"),
        ("", "path is"),
    ]:
        with pytest.raises(InputError, match=words):
            draw.save(axis, path)
    assert [path.name for path in tmp_path.iterdir()] == ["taken.png"]
    with pytest.raises(InputError, match="figure is"):
        draw.save("figure", tmp_path / "figure")


def test_an_interrupted_save_leaves_the_old_files(tmp_path, monkeypatch):
    draw.save(draw.spectrum([0.5], of="update"), tmp_path / "figure")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    written = []

    def savefig(self, path, format, **_):  # noqa: A002
        written.append(path)
        path.write_bytes(b"half")
        if format == "png":
            raise KeyboardInterrupt

    monkeypatch.setattr(Figure, "savefig", savefig)
    with pytest.raises(KeyboardInterrupt):
        draw.save(draw.spectrum([0.7], of="update"), tmp_path / "figure")
    assert len(written) == 2
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_pictures_stand_in_rows_with_a_line_between_them(tmp_path):
    pixels = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 3, 3), np.uint8)
    sheet = draw.grid_of(pixels, 3)
    assert sheet.shape == (2 * 2 + 1, 3 * 3 + 2, 3)
    assert sheet[0, ::4, 0].tolist() == [0, 1, 2]
    assert sheet[3, ::4, 0].tolist() == [3, 4, 255]
    assert np.all(sheet[2] == 255) and np.all(sheet[:, 3] == 255)
    assert draw.grid_of(pixels).shape == sheet.shape  # as near to a square as five come
    draw.save_grid(pixels[..., :1], tmp_path / "grey.png", magnified=2)
    with Image.open(tmp_path / "grey.png") as picture:
        assert (picture.mode, picture.size) == ("L", (22, 10))
    with pytest.raises(InputError, match="of one or three colours"):
        draw.grid_of(pixels[..., :2])


def test_the_style_is_a_block_and_leaves_no_trace():
    before = dict(matplotlib.rcParams)
    with draw.style(**{"font.size": 7.0}):
        assert matplotlib.rcParams["font.size"] == 7.0
        assert matplotlib.rcParams["font.family"] == ["STIXGeneral"]
    assert dict(matplotlib.rcParams) == before
    with pytest.raises(InputError, match=r"style\(\)"), draw.style(**{"font.sice": 7.0}):
        pass


def test_bad_input_is_named(walked, runs):
    values = np.array([1.0 + 1j])
    for call, words in [
        (lambda: draw.portrait(games.bump()), "mm.portrait"),
        (lambda: draw.portrait(walked, "axis"), "axes is axis"),
        (lambda: draw.portrait(walked, names=("x",)), "names is"),
        (lambda: draw.spectrum(values), "of is None"),
        (lambda: draw.spectrum({}, of="field"), "spectra is"),
        (lambda: draw.spectrum({"a": [np.nan]}, of="field"), "spectra.*finite"),
        (lambda: draw.spectrum(values, of="field", step=0), "step is 0"),
        (lambda: draw.spectrum(values, of="update", step=0.1), "step is 0.1"),
        (lambda: draw.curves({}), "the runs is"),
        (lambda: draw.curves({"a": "b"}), "a run or an array"),
        (lambda: draw.curves({"a": runs["calm"]}, "residual"), "observable is residual.*distance"),
        (lambda: draw.curves({"a": [1.0, 2.0]}, across=[0.0]), "across is"),
        (lambda: draw.curves({"a": [1.0, 2.0]}, quantiles=(0.9, 0.1)), "quantiles is"),
    ]:
        with pytest.raises(InputError, match=words):
            call()
