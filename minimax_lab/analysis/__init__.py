"""What is asked of a game, a rule or a run: spectra, equilibria, cycles, rates, the flow,
portraits.
"""
