"""Rules as they are typed on the command line: read as Python would, refused with their place."""

import equinox as eqx
import pytest

import minimax_lab as mm
from minimax_lab.cli.expressions import read_rule, vocabulary

RULES = {
    "Simultaneous(0.1)": mm.Simultaneous(0.1),
    "alternating((0.1, 1/4), momentum(-0.5), order=[1, 1, 0])": mm.Alternating(
        (0.1, 0.25), mm.Momentum(-0.5), order=(1, 1, 0)
    ),
    "mm.Extragradient(2e-1, mm.Adam(mm.Consensus(10), first=0.5), both=True)": mm.Extragradient(
        0.2, mm.Adam(mm.Consensus(10.0), first=0.5), both=True
    ),
    "Lookahead(Averaged(Optimistic(Warmup(Cosine(0.1, 100), 10)), decay=.9), "
    "period=3)": mm.Lookahead(
        mm.Averaged(mm.Optimistic(mm.Warmup(mm.Cosine(0.1, 100), 10)), decay=0.9), period=3
    ),
    "PastExtragradient(0.1, rms_prop.tensorflow1(Symplectic(align=False)))": mm.PastExtragradient(
        0.1, mm.RMSProp.tensorflow1(mm.Symplectic(align=False))
    ),
    " Simultaneous(step=-(-0.3) * 2 - 0.1, direction=Clipped) ": mm.Simultaneous(0.5, mm.Clipped()),
}


@pytest.mark.parametrize("text", RULES)
def test_a_rule_is_read_as_python_would_make_it(text):
    assert eqx.tree_equal(read_rule(text), RULES[text], typematch=True) is True


def test_every_public_rule_direction_and_schedule_can_be_named():
    made = (mm.UpdateRule, mm.Direction, type(mm.Cosine(1, 1)).__mro__[1])
    public = {n for n, c in vars(mm).items() if isinstance(c, type) and issubclass(c, made)} - {
        "UpdateRule",
        "Direction",
    }
    assert public <= set(vocabulary())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Alternating(0.2, Momentun(-0.5))",
            "at character 18 (Momentun): there is no 'Momentun'. Did you mean 'Momentum'?",
        ),
        ("Alternating(0.2", "at character 12: '(' was never closed"),
        (
            "Alternating",
            "missing a required argument: 'step'. It is written Alternating(step, "
            "direction=Gradient(), *, order=None).",
        ),
        ("Simultaneous(0.1, Adam(-0.1))", "at character 19 (Adam(-0.1))"),
        ("Simultaneous(0)", "step is 0, but must be a finite number and greater than 0."),
        ("Simultaneous(1/0)", "at character 14 (1/0): division by zero."),
        ("Simultaneous(10**9)", "only numbers"),
        ("Simultaneous(**{})", "a star has no meaning here"),
        ("Momentum(0.5)", "A direction needs a rule around it: Simultaneous(0.1, Momentum(0.5))."),
        ("0.1", "is not an update rule"),
        ("", "invalid syntax"),
        ("__import__('os').system('true')", "cannot be called"),
        ("Simultaneous.__init__(0.1)", "cannot be called"),
        ("(lambda: 0)()", "cannot be called"),
        ("[Simultaneous(s) for s in (1, 2)]", "only numbers"),
        ("Simultaneous(open('/etc/passwd'))", "there is no 'open'"),
        ("(" * 400, "nested"),
        ("Simultaneous(-'a')", "arithmetic is for numbers"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(text, said):
    with pytest.raises(mm.InputError) as caught:
        read_rule(text)
    assert said in str(caught.value)
