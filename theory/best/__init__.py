"""Best settings of methods, ours: BEST."""
