"""Films: frames that move, in files that browsers show, and captions and experiments that exist."""

from matplotlib import pyplot
from PIL import Image

from figures import declare, filming


def test_a_film_moves_for_as_long_as_it_was_asked_to(tmp_path):
    figure, axis = pyplot.subplots(figsize=(1, 1))
    (dot,) = axis.plot([], [], "o")
    axis.set(xlim=(0, 3), ylim=(0, 1))
    film = figure, lambda i: dot.set_data([i + 0.5], [0.5]), 3, 1
    gif, svg, *_ = filming.shoot(film, tmp_path / "dot", seconds=1.5)
    with Image.open(gif) as moving:
        assert moving.n_frames == 3 and moving.info["loop"] == 0
        assert moving.info["duration"] == 500
        frames = []
        for i in range(3):
            moving.seek(i)
            frames.append(moving.convert("RGB").tobytes())
    assert len(set(frames)) == 3
    assert svg.read_text().startswith("<?xml")


def test_films_have_captions_and_read_experiments_that_exist():
    known = declare.experiments(filming.ROOT)
    for film in filming.films(filming.ROOT).values():
        assert film.caption and film.reads and set(film.reads) <= set(known)


def test_the_film_of_the_readme_is_small():
    with Image.open(filming.ROOT / "docs" / "three_faces.gif") as film:
        assert film.n_frames == 100
    assert (filming.ROOT / "docs" / "three_faces.gif").stat().st_size < 1_500_000
