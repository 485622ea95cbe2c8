"""Films: a file draws what goes together; see `figures/filming.py`."""
