"""Anderson mixing (He et al. 2022; Walker, Ni 2011), written down a second time: columns in lists,
dense least squares.

With f_k = g(w_k) - w_k and the last m differences DF, DG, DW:
w' = g - DG y - (1 - b)(f - DF y), where y minimises |f - DF y| (type II) or solves
DW'(f - DF y) = 0 (type I).
"""

import dataclasses

import numpy as np

import minimax_lab as mm
from tests.references.plain import update


@dataclasses.dataclass
class Mixed:
    """What mixing remembers."""

    count: int = 0  # of updates
    inner: object = None  # what the inner rule remembers
    other: object = None  # what the rule remembers that takes over
    columns: list = dataclasses.field(default_factory=list)  # (df, dg), the oldest first
    last: tuple | None = None  # (f, g) of the last evaluation
    past: bool = False  # whether the next evaluation may be subtracted from it
    first: float = 0.0  # |f| of the evaluation that opened the window
    doubted: bool = False  # whether the point now to be evaluated came of mixing
    remedied: bool = False


def lengths(F):
    """Of all columns, one for a column of zeros."""
    norms = np.linalg.norm(F, axis=0)
    return np.where(norms > 0, norms, 1)


def weights(rule, F, W, f):
    """y, one weight a column."""
    ridge = getattr(rule.solver, "ridge", None)
    added = 0 if ridge is None else ridge * (np.linalg.norm(W) ** 2 + np.linalg.norm(F) ** 2)
    if rule.kind == 1:
        return np.linalg.solve(W.T @ F + added * np.eye(F.shape[1]), W.T @ f)
    if ridge is not None:
        return np.linalg.solve(F.T @ F + added * np.eye(F.shape[1]), F.T @ f)
    return np.linalg.lstsq(F / lengths(F), f, rcond=None)[0] / lengths(F)


def distrusted(guard, F, y):
    """Whether sum |a_i|, the weights of the images themselves, or the condition of the columns is
    beyond its bound.
    """
    spread = np.abs(np.diff([0, *y, 1])).sum()
    A = F / lengths(F)
    condition = np.linalg.norm(A) * np.linalg.norm(np.linalg.pinv(A)) if len(y) else 1
    bounds = (spread, guard.coefficients), (condition, guard.condition)
    return any(bound is not None and value > bound for value, bound in bounds)


def anderson(rule, game, w, memory, tick):
    """One evaluation, and what is made of it."""
    old = Mixed() if memory is None else memory
    new = dataclasses.replace(old, count=old.count + 1, columns=list(old.columns), doubted=False)
    successor = rule.remedy if isinstance(rule.remedy, mm.UpdateRule) else None
    restart = rule.restart
    if old.remedied and isinstance(rule.remedy, mm.Restart) and rule.memory < len(w):
        restart = rule.remedy

    if old.remedied and successor:
        g, new.other = update(successor, game, w, old.other, tick)
    else:
        g, new.inner = update(rule.rule, game, w, old.inner, tick)
    f = g - w

    guard = rule.safeguard
    if old.doubted and guard.growth is not None:
        before, image = old.last
        if np.linalg.norm(f) > guard.growth * np.linalg.norm(before):
            refused = dataclasses.replace(old, count=new.count, columns=[], past=False)
            return image, dataclasses.replace(refused, doubted=False)

    if old.count < rule.delay:
        return g, new
    if old.past:
        df, dg = f - old.last[0], g - old.last[1]
        rounding = 2 * np.finfo(float).eps * np.linalg.norm(w)
        if rule.remedy is None or np.linalg.norm(df) > rounding:
            new.columns = [*old.columns, (df, dg)][-rule.memory :]
    else:
        new.first = np.linalg.norm(f)
    new.last, new.past = (f, g), True
    if new.count % rule.every:
        return g, new

    F, G = (np.array([c[i] for c in new.columns]).reshape(-1, len(w)).T for i in (0, 1))
    y = weights(rule, F, G - F, f) if new.columns else np.zeros(0)
    if distrusted(guard, F, y):
        new.columns, new.past = [], False
        return g, new

    mixed = g - G @ y - (1 - rule.mixing) * (f - F @ y)
    full = len(new.columns) == rule.memory
    landed = full and restart is not None and restart.land
    stagnant = np.linalg.norm(mixed - w) < rule.stagnation * np.linalg.norm(f)
    diverged = full and np.linalg.norm(f) > rule.divergence * new.first
    if rule.remedy is not None:
        new.remedied = old.remedied or bool(stagnant or diverged)
    new.doubted = bool(new.columns)
    if full and restart is not None:
        new.columns, new.past = [], restart.keep
    if successor and new.remedied and not old.remedied:
        new.columns, new.past = [], False
    if landed:
        return game.project(w - (G - F) @ y), new
    if stagnant and rule.remedy is not None:
        return g, dataclasses.replace(new, doubted=False)
    return game.project(mixed), new


REFERENCES = {mm.Anderson: anderson}
