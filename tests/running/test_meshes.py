"""One program on eight devices has the numbers of one to rounding, whatever the batch is parted
into; what cannot be parted is refused before anything is written.
"""

import os
import subprocess
import sys
import textwrap
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import pytest

import minimax_lab as mm
from minimax_lab.running import meshes

EIGHT = "--xla_force_host_platform_device_count=8"


def on_eight(script):
    """Eight forced host devices need a fresh process: the number is fixed when jax starts."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} {EIGHT}"
    done = subprocess.run(
        [sys.executable, "-c", "from tests import conftest\n" + textwrap.dedent(script)],
        env={**os.environ, "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_a_training_on_eight_devices_is_that_of_one_and_goes_on_on_two(tmp_path):
    script = f"""
        import jax, numpy as np, pathlib
        import minimax_lab as mm
        from tests.training.together import game, trained
        from tests.training.test_processes import close
        place, eight = pathlib.Path({str(tmp_path)!r}), jax.devices()
        assert len(eight) == 8
        one, many = trained(place / "one"), trained(place / "many", devices=eight, steps=20)
        at = many.final[0].sharding.device_set
        assert at == {{eight[0]}}, at
        again = trained(place / "again", devices=eight, steps=20)
        for ours, theirs in zip(jax.tree.leaves(again.final), jax.tree.leaves(many.final)):
            np.testing.assert_array_equal(ours, theirs)
        trained(place / "many", devices=eight[:2], steps=30, resume=True)
        many = trained(place / "many", resume=True)
        close(many.folder, one.folder)
        for batch, count in ((12, 8), (16, 3)):
            try:
                trained(place / "refused", game=game(batch), devices=eight[:count])
                raise AssertionError("it was not refused")
            except mm.InputError as error:
                said = f"the batch is {{batch}} samples, but must be a multiple of {{count}}"
                assert said in str(error), error
        assert not (place / "refused").exists()
    """
    on_eight(script)


@pytest.mark.slow
def test_the_members_of_an_ensemble_are_shared_out(tmp_path):
    """Three of them, so that the last is repeated for five devices."""
    script = f"""
        import jax, pathlib
        from tests.training.together import ensemble
        from tests.training.test_processes import close
        place = pathlib.Path({str(tmp_path)!r})
        one, many = ensemble(place / "three"), ensemble(place / "shared", devices=jax.devices())
        for ours, theirs in zip(many.members, one.members, strict=True):
            close(ours.folder, theirs.folder)
    """
    on_eight(script)


@pytest.mark.slow
def test_a_parted_batch_of_pictures_is_convolved_as_a_whole_one():
    """With batch normalisation, whose means are over all devices, and a penalty on slopes."""
    script = """
        import jax, numpy as np
        import minimax_lab as mm
        adv, digits = mm.adversarial, mm.images.load("digits")
        watched = {"losses": mm.losses, "gradients": mm.gradient_norms, "logits": adv.logits}
        options = dict(key=jax.random.key(1), observe=watched, every=2)
        for pair in (
            mm.networks.dcgan(digits.shape, width=4, latent=8),
            mm.networks.residual(digits.shape, width=4, latent=8, layers=3),
        ):
            game = adv.gan(*pair, data=adv.Pictures(digits.train.pixels), batch=16)
            game, rule = adv.slope_penalty(game, 1.0), mm.Alternating(1e-3, mm.Consensus(0.1))
            x = adv.start(game, jax.random.key(0), float)
            one = mm.run(game, rule, x, 4, **options)
            many = mm.run(game, rule, x, 4, devices=jax.devices(), **options)
            for name, seen in one.observed.items():
                np.testing.assert_allclose(many.observed[name], seen, rtol=1e-10, atol=1e-12)
    """
    on_eight(script)


def test_what_no_batch_can_be_parted_into_is_refused():
    three, key = SimpleNamespace(size=3), jax.random.key(0)
    rows = jnp.ones((9, 2))
    game = mm.zero_sum(lambda x, sample: jnp.sum(sample @ x[0]), rows, mm.Minibatch(4))
    with pytest.raises(mm.InputError, match="the batch is 4 samples, but must be a multiple of 3"):
        meshes.parted_draws(game, three, key)
    with pytest.raises(mm.InputError, match="all the data, but must be one of a batch"):
        mm.run(mm.games.bilinear(1.0), mm.Simultaneous(0.1), (1.0, 1.0), 1, devices=jax.devices())
    single = mm.zero_sum(lambda x, sample: sample * x[0], rows, lambda data, key: data[0, 0])
    with pytest.raises(mm.InputError, match="the batch is one sample, but must be a multiple of 3"):
        meshes.parted_draws(single, three, key)


@pytest.mark.parametrize("count", [0, 2, 10**6])
def test_more_devices_than_there_are_are_refused(count):
    with pytest.raises(
        mm.InputError, match=f"--devices is {count}, but must be .*at (most|least) 1"
    ):
        meshes.first_devices(count, "--devices")


def test_a_key_beside_a_batch_is_whole_on_every_device():
    """A noisy game's sample holds a key, which has no rows to part."""
    rows = jnp.ones((9, 2))
    game = mm.zero_sum(lambda x, sample: jnp.sum(sample @ x[0]), rows, mm.Minibatch(4))
    mesh = meshes.mesh_of(jax.devices()[:1])
    parted = meshes.parted_draws(mm.games.noisy(game, 0.1), mesh, jax.random.key(0))
    sample, key = parted.sample(jax.random.key(1))
    assert sample.shape == (4, 2) and sample.sharding.spec == meshes.EACH
    assert jax.dtypes.issubdtype(key.dtype, jax.dtypes.prng_key)
