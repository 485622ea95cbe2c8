"""Domain-adversarial training as a game: features and a classifier (player 0) against a
discriminator of domains (player 1).

    r = F(x_0, a),   (l_0, l_1) = objective(D(x_1, r of the source), D(x_1, r of the target)),
    losses = (E[-log softmax(C(x_0, r))_label] + strength * l_0,   l_1).

With `DomainConfusion`, l_0 = -l_1: reversing the gradient between D and F is nothing but the field
of these two losses. DANN's growing weight belongs to the method: `Reversal` around the gradient
multiplies the strength, `Ramp` is the usual schedule, as in mm.Simultaneous((1e-3, 1e-2),
mm.GapAware(mm.Adam(Reversal(factor=Ramp(1500))))).
"""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree
from numpy.typing import ArrayLike

from ..checks import is_concrete, number, refuse, whole
from ..directions.base import Direction, Memories, Particular, Tick, Turn, Wrapper
from ..directions.gradient import Gradient
from ..game import Game, Minibatch, demand_key, demand_keys
from ..networks.base import Architecture, Network, demand_gives, demand_network, demand_takes
from ..objectives import DomainConfusion, Objective, demand_objective
from ..profile import Profile
from ..reshaped import part_of
from ..running.observables import View
from ..schedules import Schedule
from ..settings import Index, Key, Number, real

Scalar = Float[Array, ""]
Inputs = Float[Array | np.ndarray, "count inputs"]


class Learner(NamedTuple):
    """The parameters of the first player's two networks."""

    features: PyTree
    classifier: PyTree


class DomainData(NamedTuple):
    """Examples of the source with their labels, and of the target without: the data of such a game,
    and its samples.
    """

    source: Inputs
    labels: Int[Array | np.ndarray, " count"]
    target: Inputs


class Rectified(eqx.Module):
    """max(network, 0): features are usually taken behind the last activation."""

    network: Network

    def __check_init__(self) -> None:
        demand_network(self.network, "Rectified.network")

    def init(self, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> PyTree:
        """The inner network's own."""
        return self.network.init(key, dtype)

    def __call__(
        self, parameters: PyTree, inputs: Float[Array, "count inputs"]
    ) -> Float[Array, "count features"]:
        return jax.nn.relu(self.network(parameters, inputs))


class DomainAdversarial(eqx.Module):
    """(cross-entropy of the labels + strength * l_0, l_1), l = objective(D(F(source)),
    D(F(target))).
    """

    features: Network
    classifier: Network
    discriminator: Network
    objective: Objective
    strength: Number

    def __call__(self, x: Profile, sample: DomainData) -> tuple[Scalar, Scalar]:
        learner, count = Learner(*x[0]), len(sample.source)
        seen = self.features(learner.features, jnp.concatenate([sample.source, sample.target]))
        logits = self.discriminator(x[1], seen)
        confusion, separation = self.objective(logits[:count], logits[count:])
        scores = jax.nn.log_softmax(self.classifier(learner.classifier, seen[:count]))
        paid = self.strength * confusion
        return paid - jnp.mean(scores[jnp.arange(count), sample.labels]), separation

    def scores(
        self, x: Profile, inputs: Float[Array, "count inputs"]
    ) -> Float[Array, "count classes"]:
        """The classifier's logits."""
        learner = Learner(*x[0])
        return self.classifier(learner.classifier, self.features(learner.features, inputs))


class DrawDomains(eqx.Module):
    """So many labelled examples of the source, so many of the target, each uniformly and with
    replacement.
    """

    source: Minibatch
    target: Minibatch

    def __call__(self, data: DomainData, key: PRNGKeyArray | None) -> DomainData:
        one, two = jax.random.split(demand_key(key, "this game draws its batches at random"))
        source, labels = self.source((data.source, data.labels), one)
        return DomainData(source, labels, self.target(data.target, two))


def domain_game(
    features: Network,
    classifier: Network,
    discriminator: Network,
    data: DomainData | tuple[ArrayLike, ArrayLike, ArrayLike],
    *,
    batch: int | tuple[int, int] = 128,
    strength: float = 1.0,
    objective: Objective | None = None,
) -> Game:
    """The game of three networks on `DomainData(source, labels, target)` (Ganin et al. 2016).

    A network is any frozen value applied as `network(parameters, inputs)`, batch first.

    Arguments:
        features: the first network of player 0, from inputs to features.
        classifier: its second, from features to the logits of the classes.
        discriminator: the network of player 1, from features to a single logit.
        data: examples of the source, their labels, and examples of the target.
        batch: how many examples of each domain are drawn, or (of the source, of the target).
        strength: the weight of the domain loss in what player 0 pays.
        objective: by default the cross-entropy over the joint batch, `DomainConfusion(share of the
            source)`, whose ideal loss is the entropy of the share: log 2 where batches are equal.

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from minimax_lab import adversarial
        >>> networks = [adversarial.Perceptron(widths) for widths in ((2, 4), (4, 3), (4, 1))]
        >>> data = adversarial.DomainData(np.eye(2), np.array([0, 1]), 1 + np.eye(2))
        >>> game = adversarial.domain_game(*networks, data, batch=8)
        >>> x = adversarial.domain_start(game, jax.random.key(0))
        >>> len(game.totals(x, game.sample(jax.random.key(1))))
        2
    """
    for name, network in (
        ("features", features),
        ("classifier", classifier),
        ("discriminator", discriminator),
    ):
        demand_network(network, name)
    both = batch if isinstance(batch, tuple) else (batch, batch)
    if len(both) != 2:
        raise refuse("batch", batch, "a number, or one for the source and one for the target")
    counts = [whole(count, "batch") for count in both]
    objective = DomainConfusion(counts[0] / sum(counts)) if objective is None else objective
    demand_objective(objective)
    data = _domains(data)
    _demand_fit(features, classifier, discriminator, data)
    losses = DomainAdversarial(
        features, classifier, discriminator, objective, number(strength, "strength", least=0)
    )
    return Game(
        losses,
        data=data,
        draw=DrawDomains(*map(Minibatch, counts)),
        ideal=(None, objective.ideal[1]),
    )


def domain_start(game: Game, key: PRNGKeyArray, dtype: DTypeLike = jnp.float32) -> Profile:
    """Fresh parameters for the three networks; from an array of keys, a stack of them for
    `sweep`.

    Arguments:
        game: one made by `domain_game`.
        key: a key, or an array of them.
        dtype: the precision of the parameters.

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from minimax_lab import adversarial
        >>> networks = [adversarial.Perceptron(widths) for widths in ((2, 4), (4, 3), (4, 1))]
        >>> data = adversarial.DomainData(np.eye(2), np.array([0, 1]), 1 + np.eye(2))
        >>> game = adversarial.domain_game(*networks, data, batch=8)
        >>> x = adversarial.domain_start(game, jax.random.key(0))
        >>> x[0].classifier[0]["weight"].shape
        (4, 3)
    """
    losses = _losses(game)
    demand_keys(key)
    if key.ndim:
        return jax.vmap(lambda one: domain_start(game, one, dtype))(key)
    one, two, three = jax.random.split(key, 3)
    learner = Learner(losses.features.init(one, dtype), losses.classifier.init(two, dtype))
    return Profile((learner, losses.discriminator.init(three, dtype)))


class Reversal(Wrapper, Particular):
    """The wrapped direction where the strength of the domain loss is `factor` times the game's.
    Ganin et al. 2016.

    The factor may be a schedule, which the loop resolves; so losses stay functions of the profile,
    and observables and verdicts speak of the game at its full strength. A factor of zero trains on
    the source only (and a discriminator beside it).

    Examples:
        >>> import jax
        >>> import numpy as np
        >>> from minimax_lab import Simultaneous, adversarial, run
        >>> networks = [adversarial.Perceptron(widths) for widths in ((2, 4), (4, 3), (4, 1))]
        >>> data = adversarial.DomainData(np.eye(2), np.array([0, 1]), 1 + np.eye(2))
        >>> key, finals = jax.random.key(0), []
        >>> for strength, factor in ((1.0, 0.5), (0.5, 1.0)):
        ...     game = adversarial.domain_game(*networks, data, batch=8, strength=strength)
        ...     start = adversarial.domain_start(game, key)
        ...     rule = Simultaneous(0.1, adversarial.Reversal(factor=factor))
        ...     finals.append(run(game, rule, start, 5, key=key).final)
        >>> print(f"{(finals[0] - finals[1]).norm():.4f}")
        0.0000
    """

    direction: Direction = Gradient()
    factor: Number = real(1.0, least=0)

    def suits(self, game: Game) -> None:
        _losses(game)  # only a domain-adversarial game has such a strength

    def init(self, game: Game, x: Profile, key: Key) -> Memories:
        return self.direction.init(self._faded(game), x, key)

    def __call__(self, game: Game, x: Profile, memory: Memories, tick: Tick) -> Turn:
        return self.direction(self._faded(game), x, memory, tick)

    def _faded(self, game: Game) -> Game:
        def faded(part: PyTree) -> PyTree:
            if not _is_losses(part):
                return part
            return eqx.tree_at(lambda p: p.strength, part, self.factor * part.strength)

        return jax.tree.map(faded, game, is_leaf=_is_losses)


class Ramp(Schedule):
    """2 / (1 + exp(-steepness * p)) - 1 with p = index / steps up to 1: from 0 to nearly 1.
    Ganin et al. 2016.

    Examples:
        >>> import minimax_lab as mm
        >>> ramp = mm.adversarial.Ramp(100)
        >>> print([round(float(ramp(index)), 3) for index in (0, 10, 50, 100)])
        [0.0, 0.462, 0.987, 1.0]
    """

    steps: Number = real(least=1)
    steepness: Number = real(10.0, above=0)

    def __call__(self, index: Index) -> Float[Array, ""]:
        done = jnp.asarray(index).astype(jnp.result_type(self.steps)) / self.steps
        return jnp.tanh(self.steepness * jnp.minimum(done, 1) / 2)


class Accuracy(eqx.Module):
    """An observable: the share of these inputs that the classifier gives their labels."""

    inputs: Inputs
    labels: Int[Array | np.ndarray, " count"]

    def __call__(self, view: View) -> Scalar:
        inputs = jnp.asarray(self.inputs).astype(view.after.dtype)
        scores = _losses(view.game).scores(view.after, inputs)
        right = jnp.argmax(scores, axis=-1) == jnp.asarray(self.labels)
        return jnp.mean(right.astype(scores.dtype))


def whole_losses(view: View) -> Float[Array, " players"]:
    """An observable: both losses over all the data instead of one batch, at full strength."""
    return jnp.stack(_losses(view.game)(view.after, view.game.data))


def _is_losses(part: object) -> bool:
    return isinstance(part, DomainAdversarial)


def _losses(game: Game) -> DomainAdversarial:
    """The losses of a game made by `domain_game`, also where it has been reshaped since."""
    return part_of(game, DomainAdversarial, "adversarial.domain_game")


def _domains(given: object) -> DomainData:
    """Floating-point inputs, whole labels, and as many as there are inputs."""
    if not isinstance(given, tuple | list) or len(given) != 3:
        raise refuse(
            "data", given, "(source, labels, target): three arrays", "Only the source has labels."
        )
    source, labels, target = (
        part if isinstance(part, jax.Array) else np.asarray(part) for part in given
    )
    for name, inputs in (("source", source), ("target", target)):
        if inputs.ndim < 2 or not inputs.size or not jnp.issubdtype(inputs.dtype, jnp.floating):
            shown = f"an array of shape {inputs.shape} and type {inputs.dtype}"
            raise refuse(
                f"data.{name}", shown, "an array of floating-point numbers with one example a row"
            )
        if is_concrete(inputs) and not np.all(np.isfinite(inputs)):
            allowed = "an array of finite numbers"
            raise refuse(f"data.{name}", "an array with values that are not finite", allowed)
    if source.shape[1:] != target.shape[1:]:
        allowed = f"of those of the source, {source.shape[1:]}"
        raise refuse("data.target", f"of examples of shape {target.shape[1:]}", allowed)
    if labels.shape != source.shape[:1] or not jnp.issubdtype(labels.dtype, jnp.integer):
        shown = f"an array of shape {labels.shape} and type {labels.dtype}"
        raise refuse(
            "data.labels", shown, f"{len(source)} whole numbers, one an example of the source"
        )
    return DomainData(source, labels.astype(np.int32), target)


def _demand_fit(
    features: Network, classifier: Network, discriminator: Network, data: DomainData
) -> None:
    """Widths that do not fit, and labels without a class, are found here: out of range a gather
    would give NaN or another row.
    """
    inner = features.network if isinstance(features, Rectified) else features
    if isinstance(inner, Architecture):
        shape = data.source.shape[1:]
        demand_takes(inner, "features", shape, f"one for examples of shape {shape}")
        fitting = f"one with {inner.gives[0]}, as there are features"
        demand_takes(classifier, "classifier", inner.gives, fitting)
        demand_takes(discriminator, "discriminator", inner.gives, fitting)
    demand_gives(discriminator, "discriminator", (1,), "one with a single logit")
    if isinstance(classifier, Architecture) and is_concrete(data.labels):
        low, high = int(data.labels.min()), int(data.labels.max())
        if low < 0 or high >= classifier.gives[0]:
            allowed = f"classes 0..{classifier.gives[0] - 1}, the classifier's outputs"
            raise refuse("data.labels", f"between {low} and {high}", allowed)
