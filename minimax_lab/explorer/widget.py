"""The page as a widget of anywidget: the same scripts, rendered into a cell."""

from __future__ import annotations

from typing import Any

from ..checks import InputError
from .bundle import Bundle
from .page import module, style


def widget(bundle: Bundle) -> Any:
    """A widget whose `address` is what is shown, as in a page's address."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise InputError(
            "a widget needs anywidget, which is not installed; install minimax_lab[notebook], or "
            "use .save(path)."
        ) from None

    class Page(anywidget.AnyWidget):
        _esm = module(bundle)
        _css = style()
        address = traitlets.Unicode("").tag(sync=True)

    return Page()
