"""Timings side by side with what one would use instead: `python -m benchmarks [NAME ...]`, or `make
bench`.

Each file here is one benchmark: a docstring that says what is compared; `contenders()`, a
dictionary from a name to a `Contender`; and `check(results)`, for a race between programs that
compute different things is worth nothing. Contenders take turns, so that a busy machine is busy for
all of them; the first call, which compiles, is told apart.
"""
