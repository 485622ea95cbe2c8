"""Assisting the adversary to improve GAN training (AdvAs).

Munk, Harvey, Wood 2020. The abstract could be read; the rule of the weight and the experiments are
remembered, and no code was found.
"""

import numpy as np

from figures.verdicts import claim, judged, untried


@claim("abstract", theorems=("ADV-4",))
def optimal_adversaries_give_gradients():
    """The generator's gradient at an optimal adversary is that of the loss it stands for, and at
    another it is not.
    """


@claim("abstract", theorems=("ADV-3", "ADV-8"))
def nothing_at_the_optimum():
    """A penalty on the norm of the adversary's gradient changes nothing where it is optimal, and
    costs one more product.
    """


@claim("memory", theorems=("ADV-9",))
def normalised_weight():
    """The recalled rule keeps the penalty's gradient no longer than the generator's own."""


@claim("ours", theorems=("ADV-7", "ADV-10"))
def older_relatives():
    """It is the generator's half of older penalties, and one unrolled step to first order."""


@claim("memory", shows=("assist_dirac",), theorems=("ADV-5", "ADV-6"))
def dirac_converges():
    """With it the Dirac-GAN converges: exactly above half the step, critically damped at a known
    strength.
    """


@claim("ours", shows=("assist_dirac",))
def threshold_measured(assist_dirac):
    """The threshold of half the step is the measured one."""
    ratio = assist_dirac["thresholds"] / (assist_dirac["steps"] / 2)
    return judged(
        f"Measured over predicted threshold at {len(ratio)} steps: {ratio.min():.5f} to "
        f"{ratio.max():.5f}",
        {"within a thousandth": np.abs(ratio - 1).max() < 1e-3},
    )


@claim("ours", shows=("assist_bias",), theorems=("ADV-1", "ADV-2"))
def minibatches(assist_bias):
    """One minibatch adds the variance of the adversary's gradient to the penalty, two do not."""
    size = np.linalg.norm
    off = {
        kind: size(assist_bias[f"slope, {kind}"][1, 0] - assist_bias["slope"][1])
        / size(assist_bias["slope"][1])
        for kind in ("plain", "paired")
    }
    noise = size(assist_bias["slope, paired/spread"][1, 0]) / np.sqrt(assist_bias["draws"][1, 0])
    noise /= size(assist_bias["slope"][1])
    return judged(
        f"Bias of the penalty's gradient after training, batches of "
        f"{int(assist_bias['batches'][0])}: {100 * off['plain']:.0f} % from one, "
        f"{100 * off['paired']:.1f} % from two (noise {100 * noise:.1f} %)",
        {"one is biased": off["plain"] > 0.1, "two are not": off["paired"] < 3 * noise},
    )


@claim("abstract", shows=("assist_norms",))
def adversary_is_nearer_optimal(assist_ring):
    """It brings training nearer to where the adversary is optimal: its gradient is shorter."""
    return _early_and_late(assist_ring, "norms", "norm of the discriminator's gradient")


@claim("abstract", shows=("assist_norms",))
def quality_can_rise(assist_ring):
    """What is generated can be nearer the data."""
    return _early_and_late(assist_ring, "distance", "distance to the data")


@claim("memory", shows=("assist_steps",))
def fades_with_turns(assist_steps):
    """What it gains shrinks as the adversary gets more turns."""
    turns, (none, full) = assist_steps.settings["turns"], (0, 2)
    gains = {}
    for when, rows in (("early", slice(4, 7)), ("late", slice(-4, None))):
        gains[when] = [
            1
            - assist_steps[f"{t}/distance"][full, :, rows].mean()
            / assist_steps[f"{t}/distance"][none, :, rows].mean()
            for t in turns
        ]
    told = "; ".join(
        f"{when} {', '.join(f'{100 * gain:.0f}' for gain in row)}" for when, row in gains.items()
    )
    return judged(
        f"Per cent gained in distance at {', '.join(map(str, turns))} turns: {told}",
        {
            f"{when} in training": row[0] > 0.05 and row[0] > max(row[1:])
            for when, row in gains.items()
        },
    )


@claim("abstract", shows=("assist_steps",))
def beside_other_methods(assist_turns):
    """It can be used beside other methods: with R1 on the Dirac-GAN it hastens convergence."""
    radii, turns = assist_turns["radii"], assist_turns["turns"]
    parts, told = {}, []
    for j, penalty in enumerate(assist_turns["penalties"]):
        for i in (0, len(turns) - 1):
            without, with_it = radii[i, j, 0], radii[i, j, -1]
            parts[f"penalty {penalty:g}, {turns[i]} turns"] = with_it < without - 1e-9
            told.append(f"{penalty:g}, {turns[i]}: {without:.3f} to {with_it:.3f}")
    return judged(
        f"Largest eigenvalue by penalty and turns, without it and with: {'; '.join(told)}", parts
    )


@claim("ours", shows=("gap_and_assist",))
def beside_gap_aware_steps(gap_and_assist):
    """Together with gap-aware steps it is no slower than alone, on the Dirac-GAN."""
    ends = np.median(gap_and_assist["gradient"][..., -1], axis=-1)
    alone, both = ends[-1]
    return judged(
        f"Median energy after {gap_and_assist.settings['updates']} updates: {alone:.2g} alone, "
        f"{both:.2g} with both",
        {"not ten times as large": both < 10 * alone},
    )


@claim("memory", shows=("picture_assist",))
def pictures(picture_assist):
    """On MNIST and CIFAR-10 it lowers the distance of Frechet at few turns of the critic."""
    parts, told = {}, []
    for loss in picture_assist.settings["losses"]:
        plain, ours = (
            picture_assist[f"{loss}/{arm}/1/distance"][:, -1].astype(float)
            for arm in ("none", "bounded")
        )
        parts[loss] = np.median(ours) < np.median(plain)
        told.append(f"{loss}: {np.median(ours):.0f} with and {np.median(plain):.0f} without")
    return judged(f"Median distance on digits at equal budgets, one turn: {'; '.join(told)}", parts)


@claim("memory")
def large_networks():
    """With StyleGAN2 on CelebA and AutoGAN on CIFAR-10 it lowers the distance of Frechet."""
    return untried("neither the data nor machines for it are at hand")


def _early_and_late(record, what, word):
    """Strength 1 against none, two batches, early and late in training, by rate of D."""
    rates, parts, told = record.settings["rates"], {}, []
    values = record[what][..., 1] if what == "norms" else record[what]
    indices = record["indices"]
    spans = {
        "early": (indices >= 200) & (indices <= 550),
        "in the last quarter": indices >= 0.75 * indices[-1],
    }
    for j, rate in enumerate(rates):
        for when, rows in spans.items():
            ours, other = (values[i, 0, j][:, rows].mean(1) for i in (-1, 0))
            better = int(np.sum(ours < other))
            parts[f"rate of D {rate:g}, {when}"] = better >= 0.85 * len(ours)
            told.append(
                f"{rate:g}, {when}: {ours.mean():.2f} ({other.mean():.2f}), lower in {better}"
            )
    return judged(
        f"Mean {word} with AdvAs (without), of {len(ours)} pairs: {'; '.join(told)}", parts
    )
