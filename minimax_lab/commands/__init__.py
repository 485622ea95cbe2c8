"""The commands of `minimax-lab`, one file each: a frozen class whose fields are the arguments."""
