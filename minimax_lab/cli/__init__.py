"""The commands of `minimax-lab`, one file each: a frozen class whose fields are the arguments."""

from .entry import main as main
