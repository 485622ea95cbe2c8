"""CITATION.cff, the BibTeX of README and the package say the same of themselves; `make dist` asks
the format's own validator.
"""

import datetime
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def cited():
    """The plain fields of the citation."""
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    pairs = (re.fullmatch(r"([\w-]+): +(.+)", line) for line in lines)
    return {found[1]: found[2].strip('"') for found in pairs if found}


def test_citation_and_package_are_of_one_version_name_and_licence():
    fields = cited()
    assert fields["cff-version"] == "1.2.0" and fields["message"]
    assert (fields["version"], fields["license"]) == (PROJECT["version"], PROJECT["license"])
    assert fields["title"].startswith(PROJECT["name"] + ": ")
    assert datetime.date.fromisoformat(fields["date-released"]) >= datetime.date(2026, 1, 1)


def test_the_bibtex_of_the_readme_is_the_citation():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r"```bibtex\n(.*?)```", readme, re.DOTALL)
    found = dict(re.findall(r"^  (\w+) += \{(.+)\},$", entry, re.MULTILINE))
    plain = {name: re.sub(r"[{}\\]", "", value) for name, value in found.items()}
    fields = cited()
    year = fields["date-released"][:4]
    assert entry.startswith("@software{") and entry.rstrip().endswith("}")
    assert plain == {
        "author": PROJECT["authors"][0]["name"],
        "title": fields["title"],
        "version": fields["version"],
        "year": year,
    }
