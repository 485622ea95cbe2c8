"""The promise of the whole: one object walks a toy, a study and a GAN on pictures."""

import jax
import numpy as np

import minimax_lab as mm
from minimax_lab import adversarial, games, images, networks
from minimax_lab.training import RunFolder, train

RULE = mm.Alternating(0.05, mm.Consensus(1.0))
PRINTED = repr(RULE)


def test_one_rule_walks_bilinear_and_two_mode_and_trains_digits(tmp_path, key):
    still = mm.run(games.bilinear(1.0), RULE, (1.0, 1.0), 1000, every=1000).final
    assert still.norm() < 1e-3

    modes = games.two_mode()
    start = games.modes_start(modes, jax.random.key(0))
    walked = mm.run(modes, RULE, start, 1000, key=key, observe={"losses": mm.losses}, every=1000)
    (_, before), (_, after) = walked.observed["losses"]
    assert (before > 1.3, after < 1.0) == (True, True)  # the discriminator has learnt modes

    pixels = images.load("digits").train.pixels
    pair = networks.perceptrons(pixels.shape[1:], (32,), latent=8)
    gan = adversarial.gan(*pair, data=adversarial.Pictures(pixels), batch=32)
    fresh, folder = adversarial.start(gan, key), RunFolder(tmp_path / "run")
    settings = {"rule": PRINTED}
    done = train(gan, RULE, fresh, 1000, folder, key=key, settings=settings, every=500)
    mean = pixels.mean(axis=0) / 127.5 - 1
    made = (np.asarray(adversarial.generate(gan, x, key, 500)) for x in (fresh, done.final))
    off = [np.linalg.norm(pictures.mean(axis=0) - mean) for pictures in made]
    assert off[1] < off[0] / 5
    assert repr(RULE) == PRINTED
