"""Every rule and every direction, once: whoever adds one adds it here, and the conformance tests
take it up.
"""

import optax

import minimax_lab as mm

DIRECTIONS = {
    "gradient": mm.Gradient(),
    "consensus": mm.Consensus(0.5),
    "paired consensus": mm.Consensus(0.5, paired=True),
    "smoothing": mm.Smoothing(0.5),
    "symplectic": mm.Symplectic(0.5, align=False),
    "aligned symplectic": mm.Symplectic(0.5),
    "momentum": mm.Momentum(-0.3),
    "adam": mm.Adam(),
    "rmsprop": mm.RMSProp(),
    "tensorflow rmsprop": mm.RMSProp.tensorflow1(mm.Consensus(1.0)),
    "clipped": mm.Clipped(mm.Gradient(), 0.7),
    "normalised": mm.Normalised(
        epsilon=0.1
    ),  # without, a player of one number takes its sign, whatever the draw
    "normalised by tensor": mm.Normalised(mm.Adam(), per_tensor=True, epsilon=1e-8, players=1),
    "momentum of normalised": mm.Momentum(0.5, mm.Normalised(mm.Momentum(0.3), epsilon=0.1)),
    "gap-aware": mm.GapAware(ideal=0.5),
    "gap-aware adam": mm.GapAware(mm.Adam(), 0, ideal=0.0, width_low=0.3, width_high=0.2),
    "assisted": mm.AssistAdversary(mm.Consensus(0.2), 0.3),
    "assisted in pairs": mm.AssistAdversary(
        strength=0.5, normalised=True, paired=True, penalties=False
    ),
    "adaptive length": mm.Graft(mm.Adam(), mm.Gradient()),
    "adaptive turn": mm.Graft(mm.Gradient(), mm.Adam(), per_tensor=True),
    "optax": mm.Optax(optax.sgd(1.0, momentum=0.3, nesterov=True)),
    "stacked": mm.Momentum(0.5, mm.Clipped(mm.Adam(mm.Consensus(2.0)))),
}

WALKS = {
    "simultaneous": mm.Simultaneous,
    "alternating": mm.Alternating,
    "extragradient": mm.Extragradient,
    "extragradient, both": lambda step, direction: mm.Extragradient(step, direction, both=True),
    "past extragradient": mm.PastExtragradient,
    "optimistic": mm.Optimistic,
}

WRAPPERS = {
    "mean": mm.Averaged,
    "exponential mean": lambda rule: mm.Averaged(rule, 0.9),
    "lookahead": lambda rule: mm.Lookahead(rule, period=3),
    "twice": mm.Repeated,
    "anderson": lambda rule: mm.Anderson(rule, 3),
}


def rules(step=0.1, direction=None):
    """Every rule around one direction; wrappers around an inner rule; rules that take no
    direction.
    """
    direction = mm.Gradient() if direction is None else direction
    plain = {name: walk(step, direction) for name, walk in WALKS.items()}
    wrapped = {
        f"{name} of alternating": wrap(mm.Alternating(step, direction))
        for name, wrap in WRAPPERS.items()
    }
    return plain | wrapped | {"follow the ridge": mm.FollowTheRidge(step)}
