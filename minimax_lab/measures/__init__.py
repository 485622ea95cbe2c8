"""How good pictures are: distances of features, what is covered, what a classifier sees."""

from .classes import Classes as Classes
from .classes import classes as classes
from .classifier import Classifier as Classifier
from .classifier import classifier as classifier
from .frechet import Moments as Moments
from .frechet import frechet as frechet
from .frechet import moments as moments
from .judged import Judged as Judged
from .judged import judged as judged
from .neighbours import Covered as Covered
from .neighbours import covered as covered
