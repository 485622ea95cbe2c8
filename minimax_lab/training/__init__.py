"""Training that lasts: a folder a run, checkpoints, and exact resumption."""

from .folder import Checkpoint as Checkpoint
from .folder import RunFolder as RunFolder
from .report import report as report
from .trainer import Trained as Trained
from .trainer import train as train
