"""One short walk through the whole package: what is run on the newest Python, where everything else
is newer too.
"""

import json
import subprocess
import sys

import numpy as np

import minimax_lab as mm


def test_a_game_is_walked_judged_linearised_and_drawn(tmp_path):
    game = mm.games.quadratic(0.5, 1.0, 0.5)
    for rule in (
        mm.Simultaneous(0.1),
        mm.Alternating(0.1, mm.Momentum(-0.3)),
        mm.Extragradient(0.1),
    ):
        distance = mm.run(
            game, rule, (1.0, 1.0), 60, observe={"distance": mm.distance_to((0.0, 0.0))}
        ).observed["distance"]
        assert distance[-1] < 0.3 * distance[0]
    assert (
        mm.run(game, mm.Simultaneous(0.1, mm.Adam()), (1.0, 1.0), 10).verdict.kind
        == mm.Outcome.RUNNING
    )
    spectrum = mm.update_spectrum(game, mm.Simultaneous(0.1), mm.Profile((0.0, 0.0)))
    np.testing.assert_allclose(spectrum.values, [0.95 + 0.1j, 0.95 - 0.1j], atol=1e-12)
    assert mm.find_equilibria(game, [(1.0, 1.0)])[0].kind == mm.Kind.NASH
    axis = mm.draw.portrait(
        mm.portrait(game, box=(-1, 1), rules=mm.Simultaneous(0.1), flow=False, separatrices=False)
    )
    assert all(path.stat().st_size > 1000 for path in mm.draw.save(axis, tmp_path / "portrait"))


def test_the_command_line_answers():
    command = [sys.executable, "-m", "minimax_lab", "games", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) > 5
