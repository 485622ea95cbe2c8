"""Sets of pictures: known ones by name, and readers for the formats they come in."""

from .archives import save as save
from .known import KNOWN as KNOWN
from .known import Known as Known
from .loading import load as load
from .value import Images as Images
