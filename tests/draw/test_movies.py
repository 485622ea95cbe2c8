"""Runs as they go: every film has its pictures, moves what moves, and leaves nothing half done."""

import base64
import io
import itertools
import json
import os
import pathlib
import re
import shutil
import time

import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import minimax_lab as mm
from minimax_lab import draw, games
from minimax_lab.draw.style import COLOURS

WATCHED = {"position": mm.position, "residual": mm.residual}
RULES = (mm.Alternating(0.3), mm.Extragradient(0.5))


@pytest.fixture(scope="module")
def runs():
    game = games.bilinear(1.0)
    return {mm.label(r): mm.run(game, r, (1.0, 1.0), 40, observe=WATCHED) for r in RULES}


def frames_of(path):
    with Image.open(path) as film:
        for i in range(film.n_frames):
            film.seek(i)
            yield np.asarray(film.convert("RGB")).astype(int)


def inked(picture, colour):
    """How many pixels are near a colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int(np.sum(np.abs(picture - wanted).sum(axis=-1) < 60))


def test_a_walk_grows_in_the_plane_over_its_portrait(runs, tmp_path):
    seen = mm.portrait(games.bilinear(1.0), box=2, flow=False, grid=33)
    path = draw.animate(runs, tmp_path / "walk.gif", portrait=seen, frames=12, seconds=0.6)
    assert path == tmp_path / "walk.gif"
    pictures = list(frames_of(path))
    assert len(pictures) == 12
    with Image.open(path) as film:
        assert film.info["duration"] == 50 and film.info["loop"] == 0
    ink = [inked(picture, COLOURS[0]) for picture in pictures]
    assert ink[-1] > 3 * ink[0] and all(b >= a - 40 for a, b in itertools.pairwise(ink))
    still = np.all([p == pictures[0] for p in pictures], axis=(0, -1))
    assert still.mean() > 0.7  # most of it is drawn once


def test_a_curve_comes_as_the_updates_do(runs, tmp_path):
    path = draw.animate(runs, tmp_path / "curve.gif", observable="residual", frames=9, seconds=1)
    ink = [inked(picture, COLOURS[1]) for picture in frames_of(path)]
    assert ink == sorted(ink) and ink[-1] > ink[0]
    swept = mm.sweep(
        games.bilinear(1.0), mm.Simultaneous(jnp.array([0.1, 0.2, 0.4])), (1.0, 1.0), 40,
        observe={"residual": mm.residual},
    )  # fmt: skip
    bands = list(frames_of(draw.animate(swept, tmp_path / "band.gif", frames=6, seconds=1)))
    shade = [inked(picture, "#d1e5f1") for picture in bands]  # colour 0 at 18 % on white
    assert shade[-1] > 4 * shade[1] > 0


def test_a_page_holds_every_picture_and_asks_for_nothing_else(runs, tmp_path):
    path = draw.animate(runs, tmp_path / "walk.html", frames=10, seconds=1)
    page = path.read_text()
    assert not re.search(r"https?:|src=[^\"]|@import|url\(", page)
    pictures = json.loads(re.search(r"const pictures = (\[.*?\])", page)[1])
    assert len(pictures) == 10 and 'max="9"' in page and "setInterval(step, 100)" in page
    below = base64.b64decode(re.search(r'base64,([^"]+)" alt="a run', page)[1])
    with Image.open(io.BytesIO(below)) as first:
        bottom = first.convert("RGBA")
    whole = list(frames_of(draw.animate(runs, tmp_path / "walk.gif", frames=10, seconds=1)))
    for told, picture in zip(pictures, whole, strict=True):
        with Image.open(io.BytesIO(base64.b64decode(told))) as over:
            shown = Image.alpha_composite(bottom, over.convert("RGBA")).convert("RGB")
        assert np.abs(np.asarray(shown).astype(int) - picture).max() <= 1


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="there is no ffmpeg")
def test_ffmpeg_is_given_the_pictures(runs, tmp_path):
    path = draw.animate(runs, tmp_path / "walk.mp4", frames=10, seconds=1)
    assert path.read_bytes()[4:8] == b"ftyp"


def test_a_film_of_ffmpeg_gets_whole_frames_and_its_complaint_is_told(runs, tmp_path, monkeypatch):
    """By a program of that name which counts what it is given."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    stand_in = tmp_path / "ffmpeg"
    stand_in.write_text('#!/bin/sh\neval last=\\${$#}\nwc -c > "$last"\necho "$@" > "$last.told"\n')
    stand_in.chmod(0o755)
    path = draw.animate(runs, tmp_path / "walk.mp4", frames=4, seconds=1)
    (told,) = tmp_path.glob("*.told")
    width, height = map(int, re.search(r"-s (\d+)x(\d+) -r 4 ", told.read_text()).groups())
    assert width % 2 == height % 2 == 0
    assert int(path.read_text()) == 4 * 3 * width * height
    stand_in.write_text("#!/bin/sh\necho 'no such codec' >&2\nexit 1\n")
    with pytest.raises(mm.InputError, match="ffmpeg could not write .mp4: no such codec"):
        draw.animate(runs, tmp_path / "other.mp4", frames=4, seconds=1)
    assert not (tmp_path / "other.mp4").exists()


def test_axes_of_ones_own_are_whole_afterwards(runs, tmp_path):
    left, right = Figure(figsize=(6, 3)).subplots(1, 2)
    run = next(iter(runs.values()))
    draw.animate(run, tmp_path / "left.gif", left, frames=3)
    draw.animate(run, tmp_path / "right.gif", right, observable="residual", frames=3)
    assert len(left.lines[0].get_xdata()) == len(right.lines[0].get_xdata()) == 41
    assert not any(line.get_animated() for line in (*left.lines, *right.lines))
    assert not left.texts and not right.texts


def test_two_hundred_pictures_take_less_than_five_seconds(runs, tmp_path):
    run = mm.run(games.bilinear(1.0), mm.Alternating(0.3), (1.0, 1.0), 400, observe=WATCHED)
    begun = time.process_time()  # of this process, whatever else the machine does
    draw.animate(run, tmp_path / "walk.gif")
    assert time.process_time() - begun < 5
    assert sum(1 for _ in frames_of(tmp_path / "walk.gif")) == 200


def test_bad_input_is_named_and_leaves_nothing_behind(runs, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    run = next(iter(runs.values()))
    silent = mm.run(games.bilinear(1.0), mm.Simultaneous(0.1), (1.0, 1.0), 4)
    seen = mm.portrait(games.bilinear(1.0), box=2, flow=False, grid=9)
    path = tmp_path / "walk.gif"
    for call, words in [
        (lambda: draw.animate(3, path), "given is 3"),
        (lambda: draw.animate({}, path), "given is {}"),
        (lambda: draw.animate({"a": [1.0]}, path), r"given is \[1.0\]"),
        (lambda: draw.animate(silent, path), "observed two rows or more.*observe="),
        (lambda: draw.animate(run, tmp_path / "walk.avi"), r"path is \.avi.*\.gif"),
        (lambda: draw.animate(run, tmp_path / "walk"), "path is none"),
        (lambda: draw.animate(run, 3), "path is 3"),
        (lambda: draw.animate(run, tmp_path / "no" / "walk.gif"), "a folder that exists"),
        (lambda: draw.animate(run, tmp_path / "walk.mp4"), "needs ffmpeg.*write a .gif"),
        (lambda: draw.animate(run, path, frames=1), "frames is 1"),
        (lambda: draw.animate(run, path, seconds=0), "seconds is 0"),
        (lambda: draw.animate(run, path, progress="yes"), "progress is yes"),
        (lambda: draw.animate(run, path, portrait=games.bilinear(1.0)), "portrait is .*mm.portr"),
        (lambda: draw.animate(run, path, portrait=seen, observable="residual"), "left out where"),
        (lambda: draw.animate(run, path, observable="speed"), "observable is speed"),
        (lambda: draw.animate(run, path, axes=3), "axes is 3"),
    ]:
        with pytest.raises(mm.InputError, match=words):
            call()
    assert list(pathlib.Path(tmp_path).iterdir()) == []
