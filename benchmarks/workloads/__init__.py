"""One file a workload; its name is that of the file."""
