"""The Numerics of GANs, and Which Training Methods for GANs do actually Converge.

Mescheder, Nowozin, Geiger 2017 and, beside it, Mescheder, Geiger, Nowozin 2018. Of the first the
abstract and the released code could be read, of the second the released code; the numbers of
statements are remembered. Most of the first paper's experiments have a loss that is not zero-sum,
which its theorems ask for.
"""

import numpy as np

from figures.verdicts import claim, judged, untried
from minimax_lab import adversarial as adv

SAMPLES = 2560  # of an evaluation on the eight Gaussians


@claim("memory", theorems=("NUM-1",))
def definite_by_players():
    """In a zero-sum game the field's Jacobian is definite exactly if each player's own part is."""


@claim("memory", theorems=("NUM-2",))
def definite_at_nash():
    """It is semi-definite at a local Nash equilibrium, and where it is definite there is one."""


@claim("memory", shows=("eigenvalue_disc",), theorems=("NUM-3",))
def step_limit():
    """Every eigenvalue bounds the step of simultaneous descent, the more tightly the nearer it is
    to the imaginary axis.
    """


@claim("memory", theorems=("NUM-4",))
def local_convergence():
    """Simultaneous descent with small steps converges locally where all eigenvalues have real parts
    of one sign, at the rate of the largest eigenvalue of the update.
    """


@claim("abstract", shows=("eigenvalue_disc",))
def eigenvalues_are_the_trouble(eigenvalues):
    """Real parts of zero and large imaginary parts are what keeps simultaneous descent from
    converging, and consensus moves them to where a step converges.
    """
    radius = {
        (name, kind): np.abs(eigenvalues[f"{name}/{kind}"]).max()
        for name in map(str, eigenvalues["names"])
        for kind in ("plain", "consensus")
    }
    hard = ("near the imaginary axis", "large imaginary part")
    parts = {"eigenvalues without either fault converge": radius["well behaved", "plain"] < 1}
    for name in hard:
        parts[f"{name}: diverges, and converges with consensus"] = (
            radius[name, "plain"] > 1 > radius[name, "consensus"]
        )
    told = ", ".join(
        f"{radius[name, 'plain']:.3f} and {radius[name, 'consensus']:.3f}" for name in hard
    )
    return judged(f"Largest modulus of an update without and with consensus: {told}", parts)


@claim("ours", shows=("mixture_film", "mixture_eigenvalues"))
def trouble_in_networks(mixture_spectra):
    """Along training of two networks on eight Gaussians by simultaneous descent such eigenvalues
    appear: a reviewer's question.
    """
    values = -mixture_spectra[f"simultaneous/{int(mixture_spectra['frames'][-1])}/field"]
    large = values[np.abs(values) > 1e-3]
    turning = np.mean(np.abs(large.imag) > np.abs(large.real))
    return judged(
        f"After training the greatest real part is {values.real.max():.2g} (unstable above zero), "
        f"and {100 * turning:.2g} % of the eigenvalues above 0.001 turn faster than they decay",
        {
            "real parts on the wrong side": values.real.max() > 0,
            "a tenth of them turn faster than they decay": turning > 0.1,
        },
    )


@claim("memory", theorems=("NUM-5",))
def consensus_keeps_equilibria():
    """Consensus has the same equilibria, and near them the Jacobian J + gamma J^T J."""


@claim("memory", theorems=("NUM-6",))
def consensus_makes_definite():
    """That matrix is definite where J is semi-definite and invertible."""


@claim("memory", theorems=("NUM-8", "NUM-13"))
def consensus_converges():
    """Consensus converges locally on every zero-sum game whose Jacobian is invertible at a local
    Nash equilibrium, for small steps.
    """


@claim(
    "memory",
    theorems=("NUM-7",),
    where="as a bound; the ratio itself falls as 1 / gamma only where the singular values of J "
    "coincide, and is exactly zero from some gamma on where they do not",
)
def consensus_turns_less():
    """The ratio of imaginary to real parts falls as 1 / gamma with the strength of consensus."""


@claim("memory", theorems=("NUM-9", "NUM-14"))
def alternation_is_no_cure():
    """Alternating descent has the simultaneous Jacobian up to the square of the step, so what is
    asked for convergence is the same; on bilinear games it neither converges nor diverges.
    """


@claim("memory", shows=("mixture_densities", "mixture_modes"))
def ring_is_covered(mixtures):
    """On eight Gaussians consensus covers all modes, where simultaneous descent hops between some
    of them.
    """
    modes = {m: _modes(mixtures, m, "wide") for m in ("consensus", "simultaneous")}
    strict = {m: _modes(mixtures, m, "narrow") for m in ("consensus", "simultaneous")}
    ours, plain = modes["consensus"], modes["simultaneous"]
    return judged(
        f"Modes at the end, by seed: {_listed(ours)} with consensus, {_listed(plain)} without",
        {
            "all eight within 0.1, in every run": (ours == 8).all(),
            "more modes than without in every pair": (ours > plain).all(),
            "more within three deviations in every pair": (
                strict["consensus"] > strict["simultaneous"]
            ).all(),
        },
    )


@claim("ours", shows=("mixture_modes",))
def not_a_penalty_on_d(mixtures):
    """It is consensus that does it, and no mere penalty on the discriminator (the baseline that
    reviewers asked for).
    """
    ours, other = (_modes(mixtures, m, "wide") for m in ("consensus", "smooth"))
    strict = [_modes(mixtures, m, "narrow") for m in ("consensus", "smooth")]
    more, fewer = int(np.sum(strict[0] > strict[1])), int(np.sum(strict[0] < strict[1]))
    return judged(
        f"Modes by seed: {_listed(ours)} with consensus, {_listed(other)} with the penalty; within "
        f"three deviations more in {more} pairs of {len(ours)} and fewer in {fewer}",
        {
            "more modes": ours.mean() > other.mean(),
            "more within three deviations": more > len(ours) / 2,
        },
    )


@claim("ours", shows=("mixture_rates",))
def at_other_rates(mixture_sweep):
    """It does so at other learning rates too: a reviewer's question."""
    modes = adv.covered(mixture_sweep["wide"], SAMPLES).mean(-1)
    parts = {
        f"rate {rate:g}": row[1:].max() > row[0]
        for rate, row in zip(mixture_sweep["step"], modes, strict=True)
    }
    told = "; ".join(
        f"{rate:g}: {row[0]:.1f}, at best {row[1:].max():.1f}"
        for rate, row in zip(mixture_sweep["step"], modes, strict=True)
    )
    return judged(f"Modes without and with consensus by rate, mean of two seeds: {told}", parts)


@claim("memory", shows=("mixture_eigenvalues", "mixture_film"))
def spectrum_is_moved(mixture_spectra):
    """After training, J - gamma J^T J has its eigenvalues clearly on the stable side, where J has
    them near the imaginary axis.
    """
    last = int(mixture_spectra["frames"][-1])
    own, moved = (-mixture_spectra[f"consensus/{last}/{kind}"] for kind in ("field", "regularised"))
    ratio = []
    for values in (own, moved):
        turning = values[np.abs(values.imag) > 0.01]
        ratio.append(np.median(np.abs(turning.imag) / np.abs(turning.real)))
    unstable = [np.mean(values.real > 1e-3) for values in (own, moved)]
    return judged(
        f"Median ratio of imaginary to real parts where the first are above 0.01: {ratio[0]:.0f} "
        f"for J, {ratio[1]:.1f} with the regulariser; on the unstable side by more than 0.001 are "
        f"{100 * unstable[0]:.1f} and {100 * unstable[1]:.1f} % of all",
        {
            "eigenvalues that turn do so a tenth as much": ratio[1] < ratio[0] / 10,
            "hardly one is left on the unstable side": unstable[1] < 0.01,
        },
    )


@claim("memory", shows=("picture_consensus",))
def without_batch_normalisation(picture_consensus):
    """On pictures consensus trains without batch normalisation as well as alternation does with
    it.
    """
    final = {
        n: picture_consensus[f"{n}/distance"][:, -1] for n in map(str, picture_consensus["names"])
    }
    aim = final["alternating, batch norm"].mean()
    tried = [name for name in final if name.startswith("consensus")]
    told = ", ".join(f"{name} {final[name].mean():.0f}" for name in (*tried, "alternating"))
    return judged(
        f"Mean distance of Frechet on digits, four seeds: alternating with batch normalisation "
        f"{aim:.0f}; without: {told}",
        {f"{name}: within a tenth of it": final[name].mean() < 1.1 * aim for name in tried},
    )


@claim("memory", shows=("picture_consensus",))
def losses_stand_still(picture_consensus):
    """Under consensus both losses are almost constant, under alternation they fluctuate."""
    moved = {}
    for name in ("consensus 1", "alternating, batch norm"):
        losses = picture_consensus[f"{name}/losses"].astype(float)
        moved[name] = np.median(losses[:, losses.shape[1] // 2 :].std(1), axis=0)
    ours, other = moved.values()
    return judged(
        f"Deviation over the second half (generator, discriminator): {ours[0]:.3f}, {ours[1]:.3f} "
        f"with consensus, {other[0]:.3f}, {other[1]:.3f} under alternation",
        {
            "generator's loss": ours[0] < other[0] / 2,
            "discriminator's loss": ours[1] < other[1] / 2,
        },
    )


@claim("ours", shows=("consensus_bias", "assist_bias"), theorems=("NUM-11",))
def one_minibatch_is_biased():
    """One minibatch makes consensus lower the variance of the gradient as well; two do not."""


@claim("memory", theorems=("NUM-15",))
def drawn_into_bad_points():
    """Strong consensus is drawn into any stationary point, saddles and maxima included: a later
    criticism.
    """


@claim("memory")
def inception_scores():
    """On CIFAR-10 and CelebA consensus has the inception scores of the baselines, or better."""
    return untried(
        "neither the data nor the network's weights can be installed by name, and no table of the "
        "paper could be read"
    )


@claim("memory", shows=("dirac_simultaneous", "dirac_convergence"), theorems=("DIR-2", "DIR-3"))
def plain_dirac_circles():
    """Unregularised GAN training on the Dirac-GAN does not converge: the flow goes round in
    circles, simultaneous steps move outwards.
    """


@claim("memory", shows=("dirac_alternating",), theorems=("DIR-1", "DIR-14"))
def alternating_dirac_stays():
    """Alternating steps do not converge either: eigenvalues of modulus one, and an annulus."""


@claim(
    "memory",
    theorems=("DIR-4",),
    where="the flow or alternating steps, as slowly as 8 / t; "
    "simultaneous steps end on a cycle of radius sqrt(2 h)",
)
def nonsaturating_is_slow():
    """The non-saturating game has the same linearisation, and converges all the same."""


@claim("memory", shows=("dirac_simultaneous",), theorems=("DIR-5", "DIR-6"))
def wasserstein_cycles():
    """Neither clipped WGAN nor WGAN-GP converges with a fixed number of turns of the
    discriminator.
    """


@claim("memory", theorems=("DIR-7", "DIR-11"))
def noise_damps():
    """Instance noise converges, and acts as a gradient penalty of half its variance."""


@claim("memory", shows=("dirac_eigenvalue_path",), theorems=("DIR-1", "DIR-10"))
def penalties_converge():
    """Zero-centred gradient penalties converge, below the largest stable step; from a critical
    strength on without turning.
    """


@claim("memory", theorems=("DIR-12", "DIR-13"))
def regularised_converges():
    """Regularised GANs converge locally in any dimension, to whole manifolds of equilibria."""


@claim("memory", shows=("consensus_basins",), theorems=("DIR-8", "DIR-9"))
def consensus_adds_points():
    """Consensus adds stationary points of its own to the Dirac-GAN, beyond which walks escape."""


@claim("code", shows=("dirac_five_turns",))
def consensus_at_five_turns(dirac):
    """With the notebook's settings consensus converges on the Dirac-GAN, with one turn of the
    discriminator and with five.
    """
    ends = {
        label: np.linalg.norm(_walk(dirac, "consensus 1", label)[-1])
        for label in ("simultaneous", "alternating", "5 turns")
    }
    told = ", ".join(f"{label} {end:.2g}" for label, end in ends.items())
    return judged(
        f"Distance at the end with the exact gradient: {told}",
        {label: end < 1e-3 for label, end in ends.items()},
    )


@claim("memory", shows=("shapes", "shape_distances"))
def regularised_on_curves(shapes):
    """On distributions in the plane that lie on curves, a penalty on slopes or consensus lets
    alternating training converge where training without goes on moving.
    """
    parts, told = {}, []
    for name in map(str, shapes["names"]):
        plain = _still(shapes, name, "none")
        others = [_still(shapes, name, kind) for kind in ("R1", "R2", "consensus")]
        for i, rate in enumerate(shapes["rates"]):
            least = min(other[i] for other in others)
            parts[f"{name} at rate {rate:g}"] = least < plain[i] / 2
            told.append(f"{name} at {rate:g} {plain[i]:.3f} and {least:.3f}")
    return judged(
        "Deviation of W_1 over the last fifth, mean of the seeds, with no regulariser and with the "
        f"best of three, which must halve it: {'; '.join(told)}",
        parts,
    )


@claim("memory")
def penalised_pictures():
    """Zero-centred penalties train large networks on ImageNet and CelebA-HQ without more tricks."""
    return untried("neither the data nor machines for it are at hand")


def _modes(record, name, radius):
    return adv.covered(record[f"{name}/{radius}"][:, -1], SAMPLES)


def _listed(values):
    return ", ".join(str(int(value)) for value in values)


def _walk(record, game, label):
    from figures.packing import unpacked

    (walk,) = (t for t in unpacked(record, game).trajectories if t.label == label)
    return walk.points


def _still(record, name, kind):
    return record[f"{name}/{kind}"].astype(float).std(-1).mean(-1)
