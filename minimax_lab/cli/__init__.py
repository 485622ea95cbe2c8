"""The command line: `commands/` holds the commands, the rest is what they share."""

from .entry import main as main
