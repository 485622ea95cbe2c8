"""The gap-aware schedule with Wasserstein critics."""

from matplotlib import pyplot

from figures.methods import look
from figures.page import DOUBLE, house
from figures.panels import bare, middle_half, note, strip
from minimax_lab import adversarial as adv
from minimax_lab.draw.style import COLOURS, Look

SAMPLES = 1024
LAST = 10  # rows that a final value is the mean of


def gap_wasserstein(gap_wasserstein):
    """Eight Gaussians with Wasserstein critics, whose ideal loss of zero gives no width to the
    schedule: constant rates, the schedule at three given widths, and a tenth of the rate. Left:
    modes reached (1 % of 1024 samples within three deviations) by how much faster the critic's rate
    is, means of the last 500 updates, a dot a seed, bars the means. Middle and right: the critic's
    smoothed loss without its penalty, and the factor s of its rate, at the largest rate; median and
    middle half.

    A tenth of the rate at 10 times is the constant one at 1 time: the same runs. Adam at once,
    slopes penalised towards one with strength 10, the same starts and batches in all
    arms. A gap of zero says nothing of the generator here: the constant critic has it against any.
    Ours.
    """
    r, arms = gap_wasserstein, [str(name) for name in gap_wasserstein["arms"]]
    looks = {name: _look(i, name) for i, name in enumerate(arms)}
    with house():
        figure, axes = pyplot.subplots(
            1, 3, figsize=(DOUBLE, 2.8), layout="constrained", width_ratios=(1.3, 1, 1)
        )
        for i, name in enumerate(arms):
            modes = adv.covered(r[f"{name}/counts"], SAMPLES).astype(float)[..., -LAST:].mean(-1)
            for j, values in enumerate(modes):
                place = j + 0.16 * (i - (len(arms) - 1) / 2)
                strip(axes[0], place, values, looks[name], name if j == 0 else None)
            for axis, part in zip(axes[1:], ("loss", "scale"), strict=True):
                rows = r[f"{name}/{part}"][-1].astype(float)
                middle_half(axis, r["indices"][1:], rows[:, 1:], looks[name], name)
        axes[0].set_xticks(range(len(r["mistuned"])), [f"{m:g}" for m in r["mistuned"]])
        axes[0].set(xlabel="critic's rate / generator's", ylabel="modes reached, of 8")
        axes[1].set(xlabel="update", ylabel="critic's loss without penalty")
        axes[2].set(xlabel="update", ylabel="factor $s$ of its rate", yscale="log")
        bare(*axes)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
        s = r.settings
        note(figure, f"{s['updates']} updates, batches of {s['batch']}, {s['seeds']} paired seeds")
    return figure


def _look(i: int, name: str) -> Look:
    if name.startswith("constant"):
        return look(name)
    return Look(COLOURS[i + 2], ("--", "-.", (0, (5, 1)))[(i - 1) % 3], "sv^"[(i - 1) % 3])
