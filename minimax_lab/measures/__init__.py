"""How good pictures are: distances of features, what is covered, what a classifier sees."""

from .classes import Classes as Classes
from .classes import classes as classes
from .classifier import Classifier as Classifier
from .classifier import classifier as classifier
from .classifier import load_classifier as load_classifier
from .features import Features as Features
from .features import Pixels as Pixels
from .frechet import Moments as Moments
from .frechet import frechet as frechet
from .frechet import moments as moments
from .measured import Measured as Measured
from .mobilenet import MobileNet as MobileNet
from .mobilenet import mobilenet as mobilenet
from .neighbours import Covered as Covered
from .neighbours import covered as covered
from .report import Report as Report
from .report import measure as measure
