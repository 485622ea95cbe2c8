// Curves against updates, and the circle with its eigenvalues.

function drawCurves(pen, curves, { log, colours }) {
  const finite = curves.flatMap((c) => Array.from(c.values)).filter((v) => Number.isFinite(v) && (!log || v > 1e-16));
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, pen.wide, pen.high);
  if (!finite.length) return;
  const map = log ? Math.log10 : (v) => v;
  let low = Infinity, high = -Infinity;
  // A walk that leaves must not hide the one that stays: the last hundredths do not set the scale.
  const sorted = Float64Array.from(finite).sort(), cut = Math.floor(0.02 * sorted.length);
  const shown = log ? sorted.filter((v) => v < 1e9) : sorted.subarray(cut, sorted.length - cut);
  for (const v of shown) [low, high] = [Math.min(low, map(v)), Math.max(high, map(v))];
  if (!(high > low)) [low, high] = [low - 1, high + 1];
  const last = Math.max(1, ...curves.map((c) => c.across[c.across.length - 1]));
  const left = 48, x = (k) => left + (k / last) * (pen.wide - left - 8), y = (v) => 6 + ((high - map(v)) / (high - low)) * (pen.high - 26);
  Object.assign(pen, { fillStyle: colours.ink, strokeStyle: colours.line, lineWidth: 0.6, font: "11px system-ui, sans-serif" });
  pen.setLineDash([]);
  pen.beginPath();
  // Powers of ten where there are two of them, round numbers else.
  const few = !log || Math.floor(high) - Math.ceil(low) < 1, from = (v) => (log ? 10 ** v : v);
  const marks = few ? ticks(from(low), from(high), 4).filter((v) => !log || v > 0) : ticks(low, high, Math.min(4, high - low)).map((k) => 10 ** k);
  for (const v of marks) {
    const py = y(v);
    pen.moveTo(left, py);
    pen.lineTo(pen.wide - 8, py);
    pen.fillText(few ? short(v, 3) : v.toExponential(0).replace("+", ""), 2, py + 4);
  }
  for (const k of ticks(0, last, 5)) {
    pen.fillText(short(k), Math.min(x(k) - 6, pen.wide - pen.measureText(short(k)).width), pen.high - 4);
  }
  pen.stroke();
  for (const { values, across, colour, dash } of curves) {
    pen.beginPath();
    let begun = false;
    values.forEach((v, k) => {
      if (!Number.isFinite(v) || (log && !(v > 1e-16))) return;
      begun ? pen.lineTo(x(across[k]), y(v)) : pen.moveTo(x(across[k]), y(v));
      begun = true;
    });
    Object.assign(pen, { strokeStyle: colour, lineWidth: 1.8 });
    pen.setLineDash(dash);
    pen.stroke();
  }
  pen.setLineDash([]);
}

const complex = ([a, b], digits = 5) => short(a, digits) + (Math.abs(b) > 1e-12 ? ` ${b < 0 ? "−" : "+"} ${short(Math.abs(b), digits)}i` : "");

// Eigenvalues of the update as discs, those of the field as crosses, beside the unit circle.
function drawCircle(svg, field, update, tell, colour) {
  const ring = `<circle r="1" fill="none" stroke="var(--ink)" stroke-width="0.015"/>
    <path d="M-1.6 0H1.6M0 -1.6V1.6" stroke="var(--line)" stroke-width="0.008"/><text x="1.1" y="-0.05">1</text>`;
  const place = ([a, b]) => {
    const r = Math.hypot(a, b), most = 1.5;
    return r > most ? [(a * most) / r, (b * most) / r, true] : [a, b, false];
  };
  const marks = [
    ...field.map((e, i) => ({ e, i, of: "field" })), ...(update ? update.values : []).map((e, i) => ({ e, i, of: "update" })),
  ].map(({ e, i, of }) => {
    const [a, b, cut] = place(e), said = `eigenvalue of the ${of}: ${complex(e)}${cut ? ", outside the picture" : ""}`;
    const shape = of === "field"
      ? `<path d="M-0.06 -0.06L0.06 0.06M-0.06 0.06L0.06 -0.06" stroke="var(--line)" stroke-width="0.035"/>`
      : `<circle r="0.065" fill="${cut ? "none" : colour}" stroke="${colour}" stroke-width="0.03"/>`;
    return `<g data-part="mark" data-of="${of}" data-i="${i}" transform="translate(${a} ${-b})"><title>${said}</title>
      <circle r="0.14" fill="transparent"/>${shape}</g>`;
  });
  svg.innerHTML = ring + marks.join("");
  svg.setAttribute("aria-label", update ? `Unit circle; the update's spectral radius is ${short(update.radius, 6)}` : "Unit circle");
  svg.querySelectorAll("[data-part=mark]").forEach((mark) => {
    mark.addEventListener("pointerenter", () => tell(mark.dataset.of, +mark.dataset.i));
    mark.addEventListener("click", () => tell(mark.dataset.of, +mark.dataset.i));
  });
  // One tab stop for all of them; what was told last is kept by the element, which outlives its marks.
  svg.onkeydown = (e) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key], all = [...svg.querySelectorAll("[data-part=mark]")];
    if (!by || !all.length) return;
    e.preventDefault();
    const at = ((+(svg.dataset.at ?? (by > 0 ? -1 : 0)) + by) % all.length + all.length) % all.length;
    svg.dataset.at = at;
    tell(all[at].dataset.of, +all[at].dataset.i);
  };
}
