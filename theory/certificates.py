"""Tight worst cases from above."""

from __future__ import annotations

from .results import Certified
from .theorem import Certificate


def compare(certificate: Certificate, least: float) -> Certified:
    """The certified worst case beside the worst found from below."""
    raise NotImplementedError
