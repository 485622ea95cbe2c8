"""Pictures of a line's height: a curve, or eigenvalues in the plane."""

from __future__ import annotations

import numpy as np

WIDE, HIGH, PLANE, PAD = 140, 26, 110, 3  # pixels
LINE, DOT, REGION = "#0072B2", "#D55E00", "#e9eef4"
MOST = 200  # points of a curve


def curve(values: np.ndarray) -> str:
    """A curve without axes, logarithmic where it spans two decades; nothing of nothing finite."""
    y = np.asarray(values, float).ravel()
    x = np.arange(len(y), dtype=float)
    keep = np.isfinite(y)
    if np.sum(keep) < 2:
        return ""
    positive = np.all(y[keep] > 0) and y[keep].max() > 100 * y[keep].min()
    x, y = x[keep], np.log(y[keep]) if positive else y[keep]
    pick = np.unique(np.linspace(0, len(y) - 1, min(MOST, len(y))).astype(int))
    across = _scaled(x[pick], WIDE)
    up = HIGH - _scaled(y[pick], HIGH)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up, strict=True))
    line = f'<polyline points="{points}" fill="none" stroke="{LINE}" stroke-width="1.2"/>'
    return _svg(WIDE, HIGH, line)


def plane(values: np.ndarray, of: str) -> str:
    """Eigenvalues with the unit disc (of an update), or the right half plane (of a field)."""
    values = np.asarray(values, complex)
    values = values[np.isfinite(values)]
    reach = 1.15 * max(1.0 if of == "update" else 0.0, float(np.max(np.abs(values), initial=1e-12)))
    middle, unit = PLANE / 2, (PLANE / 2 - PAD) / reach
    if of == "update":
        region = (
            f'<circle cx="{middle}" cy="{middle}" r="{unit:.2f}" fill="{REGION}" stroke="#888"/>'
        )
    else:
        region = f'<rect x="{middle}" y="0" width="{middle}" height="{PLANE}" fill="{REGION}"/>'
    cross = f'<path d="M0 {middle}H{PLANE}M{middle} 0V{PLANE}" stroke="#999" stroke-width="0.5"/>'
    dots = "".join(
        f'<circle cx="{middle + unit * v.real:.2f}" cy="{middle - unit * v.imag:.2f}" r="2.5" '
        f'fill="{DOT}"/>'
        for v in values[:MOST]
    )
    return _svg(PLANE, PLANE, region + cross + dots)


def _scaled(values: np.ndarray, size: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return PAD + (size - 2 * PAD) * (
        (values - low) / (high - low) if high > low else 0.5 + 0 * values
    )


def _svg(width: int, height: int, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{inside}</svg>'
    )
