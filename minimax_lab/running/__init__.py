"""What runs: the verbs, the compiled program behind them, sweeps, the judge, what is watched, and
the record of a run.
"""
