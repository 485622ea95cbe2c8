"""Bad input: one bounded line that says what was given and what may be, and status 2."""

import pytest

BAD = {
    "plya": "there is no command 'plya'. Did you mean 'play'?",
    "--fast": "there is no option --fast before a command",
    "play": "GAME",
    "play bilinar": "there is no game 'bilinar'. Did you mean 'bilinear'?",
    "play bilinear strngth=3": "Did you mean 'strength'?",
    "play bilinear strength": "KEY=VALUE",
    "play bilinear strength=abc": "must be a number",
    "play bilinear strength=1 A=2": "cannot be given together",
    "play cubic a=1": "This game has none.",
    "play linear": "linear needs jacobian",
    "play linear jacobian=1": "--start is needed",
    "play quadratic P=[[1,2],[0,1]] B=[[1,0],[0,1]] Q=[[1,0],[0,1]] --start "
    "[1,1],[1,1]": "symmetric",
    "play bilinear --rule Alternatin(0.2)": "'Alternating'",
    "play bilinear --rule Simultaneous((0.1,0.2,0.3))": "a tuple of 3, but must be one number, or "
    "2 numbers for 2 players",
    "play ring friction=1 friction=2": "friction of ring is given twice (1 and 2)",
    "spectrum dirac_gan --at nan,0": "--at",
    "spectrum dirac_gan --at 1,2,3": "--at is 3 players",
    "spectrum dirac_gan --start nan,0": "--start",
    "play bilinear --stps 3": "--steps",
    "play bilinear --steps x": "--steps is x, but must be a whole number",
    "play bilinear --tolerance x": "--tolerance is x, but must be a number",
    "play bilinear --steps": "--steps: expected one argument",
    "play bilinear --json=3": "--json",
    "games bilinear cubic": "an argument is cubic, but must be left out",
    "play bilinear --seed 99999999999999999999": "--seed is 99999999999999999999, but must be",
    "play bilinear --seed 9223372036854775807": "--seed is 9223372036854775807, but must be from 0",
    "verify NUM-3 --seed 9223372036854775808": "--seed is 9223372036854775808, but must be",
    "play bilinear --steps -9223372036854775808": "must be a whole number below 2^63",
    "play ring --rule FollowTheRidge(0.1,solver='os')": "solver is os, but must be a solver of "
    "lineax",
    "play quadratic solver='os'": "a setting of quadratic is solver",
    "play ring --rule Simultaneous(0.1,Momentum(0.1,decay=0.2,decay=0.3))": "decay is given twice",
    "play bilinear --steps 0": "steps is 0",
    "play bilinear --steps 10 --every 3": "9 or 12 would do",
    "play bilinear --start 1": "one strategy a player",
    "play bilinear --start nan,0": "at character 1 (nan)",
    "play bilinear --start 1,2,3": "3 players",
    "play bilinear --start [1,2],[3,4]": "vector of length 1",
    "play bilinear --tolerance -1": "tolerance",
    "play bilinear --seed -1": "--seed",
    "play bilinear -o walk.jpg": ".npz",
    "play bilinear -o no/such/folder/walk.npz": "a folder that exists",
    "compare bilinear -o tests": "a file ending in .png, .pdf, .svg, .eps or .pgf",
    "spectrum cubic --rule Alternating(0.1,Adam())": "square root",
    "spectrum cubic --rule Simultaneous(Cosine(0.1,10))": "schedule",
    "portrait ring": "a portrait shows games of two",
    "portrait cubic --box 3,1": "in this order",
    "portrait cubic --box 1,2,3": "left,right,bottom,top",
    "portrait cubic --box 0": "in this order",
    "games nope": "`minimax-lab games` lists",
    "rules Momentun": "'Momentum'",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_one_line_and_status_two(call, line):
    status, out, err = call(*line.split())
    assert status == 2
    assert out == ""
    assert len(err) == 1
    assert err[0].startswith("minimax-lab: error: ")
    assert BAD[line] in err[0]


DEEP = "Simultaneous(0.1, " + "Momentum(0.1, " * 500
LONG = {
    ("play", "ring", "--rule", DEEP): "--rule 'Simultaneous(0.1, Momentum(",
    ("play", "ring", "--rule", "Simultaneous(0.1, " + "Momentum(0.1, " * 90 + ")" * 91): "deeper",
    ("play", "ring", "--rule", "Simultaneous(" + "1+" * 3000 + "1)"): "nested deeper than 40",
    ("play", "ring", "--rule", "Simultaneous(" + "x" * 50_000 + ")"): "there is no 'xxx",
    ("play", "ring", "--rule", "'" + "x" * 50_000 + "'"): "is not an update rule",
    ("play", "ring", "--start", "[" * 5000): "--start '[[[",
    ("play", "ring", "--start", "1," * 5000): "players",
    ("play", "ring", "--steps", "1" * 50_000): "must be a whole number",
    ("play", "ring", "--" + "x" * 50_000): "an option of minimax-lab play is --xxx",
    ("play", "ring", "x" * 50_000): "KEY=VALUE",
    ("play", "ring", "x" * 50_000 + "=1"): "a setting of ring is xxx",
    ("play", "ring", "friction=" + "x" * 50_000): "friction",
    ("play", "ring", *["friction=" + "1," * 5000] * 2): "given twice",
    ("play", "x" * 50_000): "there is no game 'xxx",
    ("x" * 50_000,): "there is no command 'xxx",
    ("verify", "x" * 50_000): "must be one of",
}


@pytest.mark.parametrize("arguments", LONG, ids=range(len(LONG)))
def test_however_much_is_typed_the_complaint_is_short(call, arguments):
    status, out, err = call(*arguments)
    assert (status, out, len(err)) == (2, "", 1)
    assert len(err[0]) < 1300
    assert LONG[arguments] in err[0]
