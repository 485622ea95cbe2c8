"""What a notebook shows of a value. The room `notebook` knows; it is asked by name, so that no
number depends on how it is shown.
"""

from __future__ import annotations

import importlib


def html(value: object) -> str:
    """A small table, with a picture where there is one to draw."""
    return importlib.import_module(".notebook", __package__).html(value)


def latex(value: object) -> str | None:
    """An equation, or nothing where there is none to write."""
    return importlib.import_module(".notebook", __package__).latex(value)
