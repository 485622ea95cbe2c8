"""Trying to refute a theorem: its checks on drawn instances, the search, the controls, and the runs
of them all.
"""
