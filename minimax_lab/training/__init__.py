"""Training that lasts: a folder a run, checkpoints, and exact resumption."""

from .apart import TrainingsError as TrainingsError
from .apart import trained_apart as trained_apart
from .diagnosis import Diagnosis as Diagnosis
from .diagnosis import diagnose as diagnose
from .eigenvalues import Leading as Leading
from .eigenvalues import leading_field as leading_field
from .facts import Discriminator as Discriminator
from .facts import Facts as Facts
from .findings import Finding as Finding
from .folder import Checkpoint as Checkpoint
from .folder import RunFolder as RunFolder
from .report import report as report
from .trainer import Trained as Trained
from .trainer import train as train
