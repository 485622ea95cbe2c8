"""The pages of claims, one a paper, from their declarations and the ledger that `make claims`
keeps.
"""

from __future__ import annotations

from pathlib import Path

from figures import claiming, declare, told

ROOT = Path(__file__).resolve().parents[2]


def page() -> str:
    """How many of each verdict, with a link to the page of every paper."""
    papers, kept = claiming.papers(ROOT, declare.experiments(ROOT)), claiming.ledger(ROOT)
    table = told.counts(papers, kept)
    for name, paper in papers.items():
        table = table.replace(f"| {paper.title} |", f"| [{paper.title}](claims/{name}.md) |")
    return table


def pages() -> dict[str, str]:
    """The Markdown of every paper, by where it stands in the site."""
    known = declare.experiments(ROOT)
    papers, kept = claiming.papers(ROOT, known), claiming.ledger(ROOT)
    return {
        f"claims/{name}.md": told.markdown(paper, kept, known, "../gallery.md")
        for name, paper in papers.items()
    }
