"""Timings side by side with what one would use instead: `make bench`, or `python -m benchmarks
[NAME ...]`.

Each file of `workloads/` is one workload: a docstring that says what is compared, and
`groups(small)`, which gives one `Group` after another: ours, its peers, and the limit of this
machine, all of which do the same work; a check that they did, for a race between programs that
compute different things is worth nothing; and targets. `race` takes the time, `results` makes
ratios of it, `limits` has the floors, `report` the page and its picture.
"""
