"""Domain-adversarial training is a game: two losses give the reversed gradient, a ramp reaches it,
gap-aware steps read it.
"""

import builtins
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import minimax_lab as mm
from minimax_lab import adversarial as adv
from minimax_lab import objectives
from minimax_lab.directions.gap_aware import watched
from minimax_lab.profile import narrowed
from minimax_lab.reshaped import noisy, weight_decay

NETS = (
    adv.Rectified(adv.Perceptron((4, 6, 5))),
    adv.Perceptron((5, 3)),
    adv.Perceptron((5, 4, 1), "tanh"),
)
RANDOM = np.random.default_rng(0)
DATA = adv.DomainData(
    RANDOM.normal(size=(30, 4)), RANDOM.integers(0, 3, 30), RANDOM.normal(size=(20, 4)) + 1
)


def small(**settings):
    """Its numbers are arrays, so that one program serves all strengths."""
    return narrowed(adv.domain_game(*NETS, DATA, **settings), jnp.float64)


GAME = small(batch=(8, 5), strength=0.7)


@eqx.filter_jit
def field(game, x, sample):
    return game.field(x, sample)


@eqx.filter_jit
def first(direction, game, x, key):
    """The first turn, and the memory after it."""
    return direction(game, x, direction.init(game, x, key), mm.Tick(0, key))


@pytest.fixture
def x(key):
    return adv.domain_start(GAME, key, jnp.float64)


@pytest.fixture
def sample(key):
    return GAME.sample(jax.random.fold_in(key, 1))


@jax.custom_vjp
def reversed_(inputs):
    return inputs


reversed_.defvjp(lambda inputs: (inputs, None), lambda _, slope: (-0.7 * slope,))


def one_loss(x, sample):
    """DANN as its programs write it: one loss for all three networks, with a layer that turns
    gradients round.
    """
    (features, classifier), discriminator = x
    seen = NETS[0](features, jnp.concatenate([sample.source, sample.target]))
    scores = jax.nn.log_softmax(NETS[1](classifier, seen[: len(sample.source)]))
    logits = NETS[2](discriminator, reversed_(seen))[:, 0]
    real = jnp.arange(len(seen)) < len(sample.source)
    entropy = jnp.mean(jnp.where(real, jax.nn.softplus(-logits), jax.nn.softplus(logits)))
    return entropy - jnp.mean(scores[jnp.arange(len(sample.source)), sample.labels])


def test_reversing_the_gradient_is_the_field_of_the_two_losses(x, sample):
    expected = jax.jit(jax.grad(one_loss))(x, sample)
    for mine, theirs in zip(
        jax.tree.leaves(field(GAME, x, sample)), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-14)


def test_samples_keep_labels_with_their_inputs_and_domains_apart(sample):
    assert sample.source.shape == (8, 4) and sample.target.shape == (5, 4)
    rows = [
        int(np.flatnonzero(np.all(DATA.source == a, axis=1))[0]) for a in np.asarray(sample.source)
    ]
    assert np.array_equal(DATA.labels[rows], sample.labels)
    assert all(np.any(np.all(DATA.target == a, axis=1)) for a in np.asarray(sample.target))


@pytest.mark.parametrize(
    ("batch", "objective", "ideal"),
    [
        (8, None, math.log(2)),
        ((8, 8), objectives.Saturating(), math.log(4)),
        ((8, 5), None, -8 / 13 * math.log(8 / 13) - 5 / 13 * math.log(5 / 13)),
        ((8, 5), objectives.DomainConfusion(), math.log(2)),
        (8, objectives.Weighted(objectives.NonSaturating(), discriminator=0.5), math.log(2)),
    ],
)
def test_the_ideal_loss_is_that_of_equal_domains_and_a_best_discriminator(
    key, batch, objective, ideal
):
    game = adv.domain_game(*NETS, DATA, batch=batch, objective=objective)
    assert game.ideal[0] is None
    assert np.isclose(game.ideal[1], ideal, rtol=1e-15)
    # Where the two domains have the same features, no constant logit does better.
    same = game.sample(key)
    same = same._replace(
        source=jnp.tile(same.source[:1], (8, 1)),
        target=jnp.tile(same.source[:1], (len(same.target), 1)),
    )
    x = adv.domain_start(game, key, jnp.float64)
    silent = jax.tree.map(jnp.zeros_like, x[1])

    def loss(logit):
        return game.losses(x.replace(1, (*silent[:-1], silent[-1] | {"bias": logit[None]})), same)[
            1
        ]

    assert np.isclose(np.asarray(jax.vmap(loss)(jnp.linspace(-3, 3, 601))).min(), ideal, atol=1e-4)


def test_gap_aware_steps_read_the_domain_loss_against_its_ideal(x, key, sample):
    inner, tick_key = narrowed(adv.Reversal(factor=0.3), jnp.float64), jax.random.fold_in(key, 1)
    turn, memory = first(mm.GapAware(inner), GAME, x, tick_key)
    plain, _ = first(inner, GAME, x, tick_key)
    seen = watched(memory)
    assert np.isclose(seen.gap, 0.05 * (GAME.losses(x, sample)[1] - GAME.ideal[1]), rtol=1e-10)
    mine, theirs = (np.asarray(mm.Profile((d[1],)).ravel()[0]) for d in (turn, plain))
    assert seen.scale != 1
    np.testing.assert_allclose(mine, seen.scale * theirs, rtol=1e-12)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(jax.tree.leaves(turn[0]), jax.tree.leaves(plain[0]), strict=True)
    )


def test_a_reversal_multiplies_the_strength_and_touches_nothing_else(x, key, sample):
    tick_key = jax.random.fold_in(key, 1)
    for factor in (0.0, 0.4):
        turn, _ = first(narrowed(adv.Reversal(factor=factor), jnp.float64), GAME, x, tick_key)
        faded = field(small(batch=(8, 5), strength=0.7 * factor), x, sample)
        np.testing.assert_allclose(turn.ravel()[0], faded.ravel()[0], rtol=1e-12, atol=1e-15)


def test_a_reversal_reaches_the_losses_inside_a_reshaped_game(x, key):
    hidden = weight_decay(noisy(GAME, 0.2), 0.1)
    inner = adv.Reversal(factor=0.5)._faded(hidden)
    sample = hidden.sample(key)
    ours, theirs = (
        inner.totals(x, sample),
        weight_decay(noisy(small(batch=(8, 5), strength=0.35), 0.2), 0.1).totals(x, sample),
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    assert not np.isclose(ours[0], hidden.totals(x, sample)[0])


def test_the_ramp_is_danns():
    ramp = adv.Ramp(200)
    for index, p in ((0, 0.0), (50, 0.25), (200, 1.0), (900, 1.0)):
        assert np.isclose(ramp(index), 2 / (1 + np.exp(-10 * p)) - 1, atol=1e-15)


def test_the_ramp_drives_the_reversal_update_by_update(x, key):
    rule = mm.Simultaneous((0.1, 0.2), adv.Reversal(factor=adv.Ramp(3)))
    run = mm.run(GAME, rule, x, 3, key=key, observe={"x": mm.position}, every=1)
    y = x
    for index in range(3):
        factor = 2 / (1 + np.exp(-10 * index / 3)) - 1
        sample = GAME.sample(jax.random.fold_in(key, index))
        y = y - (0.1, 0.2) * field(small(batch=(8, 5), strength=0.7 * factor), y, sample)
    np.testing.assert_allclose(run.final.ravel()[0], y.ravel()[0], rtol=1e-12, atol=1e-14)


def test_both_players_learn_and_are_observed_on_all_the_data(key):
    labels = np.asarray(DATA.source[:, 0] > 0, int)
    game = adv.domain_game(*NETS, DATA._replace(labels=labels), batch=16)
    starts = adv.domain_start(game, jax.random.split(key, 2))
    assert starts.dtype == jnp.float32
    observe = {"accuracy": adv.Accuracy(DATA.source, labels), "losses": adv.whole_losses}
    rule = mm.Simultaneous(
        0.02, mm.Adam(adv.Reversal(factor=mm.stack([0.0, adv.Ramp(200)(jnp.asarray(100))])))
    )
    run = mm.sweep(
        game, rule, starts, 200, over=("rule", "start"), key=key, observe=observe, every=200
    )
    assert np.all(run.observed["accuracy"][:, -1] >= 0.95)
    assert np.all(
        run.observed["accuracy"][:, -1] * 30 == np.round(run.observed["accuracy"][:, -1] * 30, 4)
    )
    alone, against = run.observed["losses"][:, -1, 1]
    assert alone < 0.6 * math.log(2) and alone < against


def test_shifted_digits_are_split_once_and_moved_as_described():
    pytest.importorskip("sklearn")
    whole = {shift: adv.shifted_digits(shift) for shift in ("rotated", "blocks", "contrast")}
    for digits in whole.values():
        assert (len(digits.seen.source), len(digits.seen.target), len(digits.test)) == (
            800,
            600,
            397,
        )
        assert np.array_equal(digits.seen.labels, whole["contrast"].seen.labels)
        assert (
            np.array_equal(digits.answers, whole["contrast"].answers) and len(digits.answers) == 397
        )
        assert digits.seen.source.min() == 0 and digits.seen.source.max() == 1
    plain = (whole["contrast"].test - 0.5) / 0.35
    np.testing.assert_allclose(plain * 16, np.round(plain * 16), atol=1e-9)
    blocks = whole["blocks"].test
    dark = np.all(plain.reshape(-1, 4, 2, 4, 2) == 0, axis=(2, 4))
    patches = blocks.reshape(-1, 4, 2, 4, 2).transpose(0, 1, 3, 2, 4)[dark]
    assert (
        np.all(np.ptp(patches.reshape(-1, 4), axis=1) == 0)
        and patches.min() >= 0
        and 0.44 < patches.max() <= 0.45
    )
    assert not np.array_equal(adv.shifted_digits(seed=1).answers, whole["rotated"].answers)


def test_a_rotation_of_35_degrees_turns_the_centre_of_mass():
    pytest.importorskip("sklearn")
    plain, turned = (
        images.reshape(-1, 8, 8)
        for images in (
            (adv.shifted_digits("contrast").test - 0.5) / 0.35,
            adv.shifted_digits("rotated").test,
        )
    )
    places = np.arange(8) - 3.5

    def centre(images):
        return np.stack(
            [(images @ np.ones(8)) @ places, (images.transpose(0, 2, 1) @ np.ones(8)) @ places],
            axis=1,
        )

    a, b = centre(plain), centre(turned)
    angle = np.degrees(np.angle(np.sum((b[:, 1] + 1j * b[:, 0]) * (a[:, 1] - 1j * a[:, 0]))))
    assert abs(abs(angle) - 35) < 1.5


def without_scikit_learn(monkeypatch):
    genuine = builtins.__import__

    def absent(name, *rest, **more):
        if name.startswith("sklearn"):
            raise ModuleNotFoundError(name)
        return genuine(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    without_scikit_learn(monkeypatch)
    with pytest.raises(mm.InputError, match=r'pip install "minimax_lab\[gan\]"'):
        adv.shifted_digits()


SOURCE, LABELS, TARGET = DATA


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adv.domain_game(adv.Perceptron, *NETS[1:], DATA), "features is.*network"),
        (lambda: adv.Rectified(8), "Rectified.network is 8.*network"),
        (lambda: adv.domain_game(*NETS, (SOURCE, LABELS)), "data is.*three arrays"),
        (
            lambda: adv.domain_game(*NETS, (SOURCE.astype(int), LABELS, TARGET)),
            "data.source.*floating-point",
        ),
        (
            lambda: adv.domain_game(*NETS, (SOURCE, LABELS, TARGET * np.nan)),
            "data.target.*not finite",
        ),
        (
            lambda: adv.domain_game(*NETS, (SOURCE, LABELS, TARGET[:, :3])),
            r"data.target.*\(3,\).*\(4,\)",
        ),
        (
            lambda: adv.domain_game(*NETS, (SOURCE, LABELS[:7], TARGET)),
            r"data.labels.*\(7,\).*30 whole numbers",
        ),
        (lambda: adv.domain_game(*NETS, (SOURCE, LABELS + 1.0, TARGET)), "data.labels.*float64"),
        (
            lambda: adv.domain_game(*NETS, (SOURCE, LABELS + 1, TARGET)),
            "data.labels is between 1 and 3.*0..2",
        ),
        (lambda: adv.domain_game(adv.Perceptron((3, 5)), *NETS[1:], DATA), "features.*3 inputs"),
        (
            lambda: adv.domain_game(NETS[0], adv.Perceptron((4, 3)), NETS[2], DATA),
            "classifier.*4 inputs.*5",
        ),
        (
            lambda: adv.domain_game(*NETS[:2], adv.Perceptron((5, 2)), DATA),
            "discriminator.*2 outputs.*single logit",
        ),
        (lambda: adv.domain_game(*NETS, DATA, batch=0), "batch is 0"),
        (lambda: adv.domain_game(*NETS, DATA, batch=(1, 2, 3)), "batch is"),
        (lambda: adv.domain_game(*NETS, DATA, strength=-1.0), "strength is -1.0.*at least 0"),
        (
            lambda: adv.domain_game(*NETS, DATA, objective="DomainConfusion"),
            "objective.*Did you mean",
        ),
        (
            lambda: adv.domain_start(mm.games.dirac_gan(), jax.random.key(0)),
            "made by adversarial.domain_game",
        ),
        (lambda: adv.domain_start(GAME, 0), "key is 0"),
        (lambda: adv.Reversal(0.5), "Reversal.direction is 0.5.*direction"),
        (lambda: adv.Reversal(factor=-1.0), "Reversal.factor.*at least 0"),
        (lambda: adv.Ramp(0), "Ramp.steps"),
        (lambda: GAME.sample(None), "key is None"),
        (
            lambda: mm.run(
                mm.games.dirac_gan(), mm.Simultaneous(0.1, adv.Reversal()), ((0.1,), (0.1,)), 1
            ),
            "made by adversarial.domain_game",
        ),
        (lambda: adv.shifted_digits("rotatd"), "Did you mean 'rotated'"),
        (lambda: adv.shifted_digits(seed=-1), "seed is -1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(mm.InputError, match=message):
        call()
