"""A counterexample as a file: everything needed to meet the same instance again, and a digest that
tells damage.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from minimax_lab.checks import InputError, nearest
from minimax_lab.files import load_json, put

from ..theorem import Bound, Identity, Proof, Scenario, Theorem
from .plan import Plan
from .proofs import derived
from .sampling import errors, margins_at

FORMAT = 1


def version() -> str:
    """Of the package."""
    try:
        return importlib.metadata.version("minimax_lab")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def record(plan: Plan, **found: Any) -> dict[str, Any]:
    """An instance as plain numbers: its theorem and check, and the parameters or the key that give
    it again.
    """
    plain: dict[str, Any] = {
        "theorem": plan.theorem.id,
        "check": plan.index,
        "seed": plan.seed,
        "instances": plan.instances,
        "kind": plan.check.kind,
    }
    for name, value in found.items():
        if name == "key":
            value = np.asarray(jax.random.key_data(value)).tolist()
        elif name == "parameters":
            value = {
                n: {"shape": list(np.shape(p)), "values": np.asarray(p, float).ravel().tolist()}
                for n, p in value.items()
            }
        elif name == "size":
            value = list(value)
        elif name == "measured":
            value = str(float(value))  # JSON knows neither infinity nor NaN
        plain[name] = value
    return plain


def keep(counterexample: Mapping[str, Any], path: pathlib.Path) -> pathlib.Path:
    """Write a record as a file for `--replay`."""
    content = {"format": FORMAT, "version": version(), "counterexample": dict(counterexample)}
    put(path, json.dumps(content | {"digest": _digest(content)}, indent=1))
    return path


def read(path: str | pathlib.Path) -> dict[str, Any]:
    """The record in a file; one that is damaged, of another version or no such file at all says
    so.
    """
    parts = ("format", "version", "counterexample", "digest")
    content = load_json(path, "a counterexample that verify wrote", parts, "--replay")
    ours = FORMAT, version()
    if (content["format"], content["version"]) != ours:
        theirs = f"format {content['format']} of minimax_lab {content['version']}"
        raise InputError(
            f"--replay {path} was written in {theirs}, but this is format {ours[0]} of minimax_lab "
            f"{ours[1]}."
        )
    if content.pop("digest") != _digest(content):
        raise InputError(
            f"--replay {path} is damaged: its content does not match its digest. Verify again to "
            f"get a new one."
        )
    return content["counterexample"]


def replay(counterexample: Mapping[str, Any], theorems: Mapping[str, Theorem]) -> tuple[bool, str]:
    """Whether the claim holds on that instance now, and a sentence with then and now."""
    name = counterexample["theorem"]
    if name not in theorems:
        raise nearest("the theorem in --replay", name, theorems)
    theorem = theorems[name]
    index = counterexample["check"]
    kind = theorem.checks[index].kind if index < len(theorem.checks) else "no such check"
    if kind != counterexample["kind"]:
        raise InputError(
            f"--replay speaks of check {index} of {name}, a {counterexample['kind']}; now that is: "
            f"{kind}."
        )
    check = theorem.checks[index]
    holds, now = _again(check, counterexample)
    then = counterexample.get("measured")
    verdict = "the claim holds here now" if holds else "the claim fails again"
    return holds, f"{name} ({check.part or check.kind}): {verdict}. {now}" + (
        f"; when saved {then}." if then else "."
    )


def _again(check: Any, counterexample: Mapping[str, Any]) -> tuple[bool, str]:
    if isinstance(check, Bound):
        given = counterexample["parameters"]
        parameters = {
            name: jnp.asarray(p["values"], float).reshape(p["shape"]) for name, p in given.items()
        }
        # A family without parameters has a single instance.
        batch = jax.tree.map(lambda p: p[None], parameters) or {"nothing": jnp.zeros(1)}
        margin = float(margins_at(check.family, check.margin, batch)[0])
        return margin >= -check.rounding, f"margin {margin!r}"
    if isinstance(check, Identity):
        size, keys = tuple(counterexample["size"]), _key(counterexample)[None]
        error = float(errors(check, size, keys)[0])
        return error <= check.tolerance, f"error {error!r}"
    if isinstance(check, Scenario):
        passed, numbers = check.reading(check.simulate(_key(counterexample)))
        return bool(passed), ", ".join(
            f"{name} {float(value)!r}" for name, value in numbers.items()
        )
    if isinstance(check, Proof):
        failed = [text for text, ok in derived(check.derive) if not ok]
        return not failed, f"not derived: {'; '.join(failed) or 'nothing'}"
    raise TypeError(type(check).__name__)


def _key(counterexample: Mapping[str, Any]) -> Any:
    return jax.random.wrap_key_data(jnp.asarray(counterexample["key"], jnp.uint32))


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
