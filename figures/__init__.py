"""The project's figures: experiments compute, plots draw, make joins them. README.md maps them to
the papers.
"""

from .declare import experiment as experiment
