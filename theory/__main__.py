"""`python -m theory` is `minimax-lab verify`."""

import sys

from minimax_lab.cli import main

if __name__ == "__main__":
    sys.exit(main(["verify", *sys.argv[1:]]))
