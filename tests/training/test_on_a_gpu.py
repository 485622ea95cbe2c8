"""On an accelerator: the same numbers as on the CPU, and the same bits twice. `make records-gpu`
runs these with XLA's deterministic operations, and rehearses them on the CPU.
"""

import os

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab import networks
from minimax_lab.training import RunFolder, leading_field, train

nowhere = jax.default_backend() == "cpu" and "MINIMAX_LAB_REHEARSAL" not in os.environ
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(nowhere, reason="needs an accelerator")]

RULES = {
    "alternating Adam": mm.Alternating(1e-3, mm.Adam(first=0.5), order=(1, 0)),
    "consensus": mm.Simultaneous(1e-3, mm.Consensus(1.0)),
    "AdvAs": mm.Simultaneous(1e-3, mm.AssistAdversary()),
    "nSGDA": mm.Simultaneous(1e-3, mm.Normalised(per_tensor=True)),
    "gap-aware": mm.Simultaneous(1e-3, mm.GapAware(mm.Adam())),
    "Anderson": mm.Anderson(mm.Alternating(1e-3), 3),
}


def game(side=16, batch=8, **more):
    pixels = np.random.default_rng(0).integers(0, 256, (64, side, side, 3), np.uint8)
    pair = networks.dcgan((side, side, 3), 2, latent=8, width=4, **more)
    return adv.gan(*pair, data=adv.Pictures(pixels), batch=batch)


def own(tree, rank):
    return jax.tree.map(lambda leaf: leaf[rank], tree)


def cpu():
    return jax.default_device(jax.devices("cpu")[0])


@pytest.mark.parametrize("name", RULES)
def test_a_step_is_that_of_the_cpu(name):
    """In double precision, where rounding cannot hide what is wrong."""
    played = game()
    start = adv.start(played, jax.random.key(0), jnp.float64)
    ends = []
    for place in (cpu(), jax.default_device(jax.devices()[0])):
        with place:
            x = jax.tree.map(
                lambda leaf: jax.device_put(leaf, jax.config.jax_default_device), start
            )
            ends.append(
                np.asarray(
                    mm.run(played, RULES[name], x, 3, key=jax.random.key(1)).final.ravel()[0]
                )
            )
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-7, atol=1e-10)


def test_leading_eigenvalues_are_those_of_the_cpu():
    played = game(batch_norm=False)
    start = adv.start(played, jax.random.key(0), jnp.float64)
    found = []
    for place in (cpu(), jax.default_device(jax.devices()[0])):
        with place:
            known = leading_field(
                played, RULES["consensus"], start, key=jax.random.key(2), leading=3
            )
            found.append(np.sort_complex(np.asarray(known.values)[:3]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)


def test_an_ensemble_of_sixteen_is_its_members_to_rounding():
    played, keys = game(), jax.random.split(jax.random.key(0), 16)
    starts = adv.start(played, keys)
    rule = RULES["alternating Adam"]
    both = mm.sweep(played, rule, starts, 5, over=("start", "key"), key=keys).final
    for rank in (0, 7, 15):
        alone = mm.run(played, rule, own(starts, rank), 5, key=keys[rank]).final
        ours, theirs = (np.asarray(x.ravel()[0]) for x in (alone, own(both, rank)))
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=1e-4)


def test_a_training_that_goes_on_ends_with_the_same_bits(tmp_path):
    played = game()
    options = {"rule": RULES["alternating Adam"], "every": 5, "key": jax.random.key(1)}
    options |= {"start": adv.start(played, jax.random.key(0)), "settings": {}, "saving": 0.0}
    whole = train(played, folder=RunFolder(tmp_path / "whole"), steps=40, **options)
    train(played, folder=RunFolder(tmp_path / "parted"), steps=20, **options)
    parted = train(played, folder=RunFolder(tmp_path / "parted"), steps=40, resume=True, **options)
    for ours, theirs in zip(
        jax.tree.leaves(whole.final), jax.tree.leaves(parted.final), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
