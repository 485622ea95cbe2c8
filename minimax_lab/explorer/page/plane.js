// The plane of a game: what is drawn into it, through a view that turns numbers into pixels.

const viewed = ([[left, right], [bottom, top]], width, height) => ({
  x: (x) => ((x - left) / (right - left)) * width,
  y: (y) => ((top - y) / (top - bottom)) * height,
  back: (px, py) => [left + (px / width) * (right - left), top - (py / height) * (top - bottom)],
  width, height, box: [[left, right], [bottom, top]],
});

// Round numbers along an interval.
function ticks(low, high, count = 5) {
  const rough = (high - low) / count, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((m) => m * unit >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
}

const short = (x, digits = 4) => (Number.isFinite(x) ? String(+x.toPrecision(digits)) : "–");

function drawAxes(pen, view, colours) {
  const [[left, right], [bottom, top]] = view.box;
  Object.assign(pen, { strokeStyle: colours.line, fillStyle: colours.line, lineWidth: 0.4, font: "11px system-ui, sans-serif" });
  pen.setLineDash([]);
  pen.beginPath();
  for (const x of ticks(left, right)) {
    pen.moveTo(view.x(x), 0);
    pen.lineTo(view.x(x), view.height);
    if (view.x(x) > 24) pen.fillText(short(x), view.x(x) + 2, view.height - 4); // that corner is the other axis's
  }
  for (const y of ticks(bottom, top)) {
    pen.moveTo(0, view.y(y));
    pen.lineTo(view.width, view.y(y));
    pen.fillText(short(y), 3, view.y(y) - 2);
  }
  pen.globalAlpha = 0.35;
  pen.stroke();
  pen.globalAlpha = 1;
}

function drawArrows(pen, view, side, colours) {
  const count = 19, cell = view.width / count;
  pen.beginPath();
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) {
    const px = (i + 0.5) * cell, py = ((j + 0.5) * view.height) / count;
    const [a, b] = side.game.f.field(side.p, ...view.back(px, py));
    const dx = -view.x(a) + view.x(0), dy = -view.y(b) + view.y(0), length = Math.hypot(dx, dy);
    if (!(length > 0)) continue;
    const long = cell * 0.42 * (length / (length + 8)) + 2, ux = (dx / length) * long, uy = (dy / length) * long;
    pen.moveTo(px - ux, py - uy);
    pen.lineTo(px + ux, py + uy);
    for (const turn of [0.5, -0.5]) {
      pen.moveTo(px + ux, py + uy);
      pen.lineTo(px + ux - 0.5 * (ux - turn * uy), py + uy - 0.5 * (uy + turn * ux));
    }
  }
  Object.assign(pen, { strokeStyle: colours.line, lineWidth: 1, globalAlpha: 0.75 });
  pen.setLineDash([]);
  pen.stroke();
  pen.globalAlpha = 1;
}

// Where a player's own field is zero: each cell's edges are crossed where the sign changes.
function drawNullclines(pen, view, side, colours) {
  const n = 90, values = [[], []];
  for (let j = 0; j <= n; j++) for (let i = 0; i <= n; i++) {
    const v = side.game.f.field(side.p, ...view.back((i * view.width) / n, (j * view.height) / n));
    values[0].push(v[0]);
    values[1].push(v[1]);
  }
  [colours.c, colours.d].forEach((colour, player) => {
    const at = (i, j) => values[player][j * (n + 1) + i];
    pen.beginPath();
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cut = [];
      corners.forEach(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4], u = at(a, b), w = at(c, d);
        if (u < 0 === w < 0) return;
        const t = u / (u - w);
        cut.push([((a + t * (c - a)) * view.width) / n, ((b + t * (d - b)) * view.height) / n]);
      });
      for (let k = 0; k + 1 < cut.length; k += 2) {
        pen.moveTo(...cut[k]);
        pen.lineTo(...cut[k + 1]);
      }
    }
    Object.assign(pen, { strokeStyle: colour, lineWidth: 2 });
    pen.stroke();
    pen.fillStyle = colours.paper;
    pen.fillRect(view.width - 104, 3 + 15 * player, 100, 15);
    pen.fillStyle = colour;
    pen.fillText(`player ${player}: v = 0`, view.width - 100, 15 + 15 * player);
  });
}

// A walk as a line; moves that nobody would see are left out.
function drawLine(pen, view, points) {
  let px = view.x(points[0]), py = view.y(points[1]);
  const far = 4 * view.width, clip = (v) => Math.max(-far, Math.min(far, v));
  pen.moveTo(clip(px), clip(py));
  for (let k = 2; k < points.length; k += 2) {
    const x = view.x(points[k]), y = view.y(points[k + 1]);
    if (Math.abs(x - px) + Math.abs(y - py) < 0.75) continue;
    if (!(Math.abs(x) + Math.abs(y) < 1e7)) break;
    pen.lineTo(clip(x), clip(y));
    [px, py] = [x, y];
  }
}

function drawWalk(pen, view, points, colour, dash) {
  pen.beginPath();
  drawLine(pen, view, points);
  Object.assign(pen, { strokeStyle: colour, lineWidth: 1.6 });
  pen.setLineDash(dash);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  for (let k = 0; k < Math.min(points.length / 2, 60); k++) {
    pen.moveTo(view.x(points[2 * k]) + 2, view.y(points[2 * k + 1]));
    pen.arc(view.x(points[2 * k]), view.y(points[2 * k + 1]), 2, 0, 7);
  }
  pen.fillStyle = colour;
  pen.fill();
}

// 200 starts over the box; a slow game shows as many as there is time for.
function drawMany(pen, view, side, steps, colour, patience = 60) {
  const [[left, right], [bottom, top]] = view.box, begin = performance.now();
  Object.assign(pen, { strokeStyle: colour, lineWidth: 1, globalAlpha: 0.4 });
  const lent = new Float64Array(2 * (steps + 1));
  let drawn = 0;
  for (; drawn < 200 && (drawn < 4 || performance.now() - begin < patience); drawn++) {
    // A sequence that fills the box evenly wherever it ends.
    const u = (drawn * 0.7548776662466927) % 1, w = (drawn * 0.5698402909980532) % 1;
    // One path a walk: all in one would be drawn as a single shape that crosses itself everywhere.
    pen.beginPath();
    drawLine(pen, view, walked(side, [left + u * (right - left), bottom + w * (top - bottom)], steps, lent));
    pen.stroke();
  }
  pen.globalAlpha = 1;
  return drawn;
}

// Which equilibrium a walk from each place comes to; hatched by number as well as coloured.
function drawBasins(pen, view, side, rests, steps, patience = 1500) {
  const n = 72, cell = [view.width / n, view.height / n], begin = performance.now();
  const tints = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2"];
  for (let j = 0; j < n && performance.now() - begin < patience; j++) for (let i = 0; i < n; i++) {
    const points = walked(side, view.back((i + 0.5) * cell[0], (j + 0.5) * cell[1]), steps), last = points.length / 2 - 1;
    const at = rests.findIndex((e) => distance(points, last, e.x) < 0.05);
    if (at < 0) continue;
    Object.assign(pen, { fillStyle: tints[at % tints.length], globalAlpha: (i + j) % (2 + at) ? 0.3 : 0.45 });
    pen.fillRect(i * cell[0], j * cell[1], cell[0] + 0.5, cell[1] + 0.5);
  }
  pen.globalAlpha = 1;
}

const MARKS = { "strict local Nash": "N", "strict local minimax": "M", stable: "S", "saddle of the flow": "×", "source of the flow": "U", degenerate: "D" };

function drawRests(pen, view, rests, colours) {
  for (const e of rests) {
    const x = view.x(e.x[0]), y = view.y(e.x[1]);
    pen.beginPath();
    pen.arc(x, y, 7, 0, 7);
    Object.assign(pen, { fillStyle: colours.paper, strokeStyle: colours.ink, lineWidth: 1.4 });
    pen.fill();
    pen.stroke();
    pen.fillStyle = colours.ink;
    pen.fillText(MARKS[e.kind], x - pen.measureText(MARKS[e.kind]).width / 2, y + 4);
  }
}

function drawStart(pen, view, [x, y], colours) {
  pen.beginPath();
  pen.arc(view.x(x), view.y(y), 8, 0, 7);
  Object.assign(pen, { strokeStyle: colours.ink, lineWidth: 2.5 });
  pen.stroke();
}

// The plane of a mode: its real part as a solid line, its imaginary part as a dashed one.
function drawMode(pen, view, [x, y], vector, colours) {
  [0, 1].forEach((half) => {
    const along = vector.map((v) => v[half]), length = Math.hypot(...along);
    if (!(length > 1e-9)) return;
    const [dx, dy] = along.map((v) => ((v / length) * (view.box[0][1] - view.box[0][0])) / 4);
    pen.beginPath();
    pen.moveTo(view.x(x - dx), view.y(y - dy));
    pen.lineTo(view.x(x + dx), view.y(y + dy));
    Object.assign(pen, { strokeStyle: colours.ink, lineWidth: 3 });
    pen.setLineDash(half ? [2, 5] : []);
    pen.stroke();
  });
  pen.setLineDash([]);
}

// The looks of one update: hollow points where the field was asked for, then the move.
function drawLooks(pen, view, { seen, after }, colours) {
  const places = [...seen, after].map(([x, y]) => [view.x(x), view.y(y)]);
  pen.beginPath();
  places.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  Object.assign(pen, { strokeStyle: colours.ink, lineWidth: 1.2 });
  pen.setLineDash([3, 3]);
  pen.stroke();
  pen.setLineDash([]);
  places.forEach(([x, y], k) => {
    pen.beginPath();
    pen.arc(x, y, k === places.length - 1 ? 5 : 4, 0, 7);
    Object.assign(pen, { fillStyle: k === places.length - 1 ? colours.ink : colours.paper });
    pen.fill();
    pen.stroke();
    pen.fillStyle = colours.ink;
    if (k < seen.length) pen.fillText(`look ${k + 1}`, x + 6, y - 6);
  });
}
