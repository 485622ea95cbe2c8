// Walks of a rule on a game: `side` holds a game, a rule and the numbers of both.

const FARTHEST = 1e8;

function begun(side, start) {
  const z = new Float64Array(side.rule.size);
  z.set(side.game.f.project(side.p, ...start));
  side.rule.f.init(side.game.f, side.p, side.q, z, 0);
  return z;
}

// Points x_0, y_0, x_1, ... of a walk, ending early where it leaves for good. Who draws and forgets
// lends an array.
function walked(side, start, steps, points = new Float64Array(2 * (steps + 1))) {
  const { step } = side.rule.f, g = side.game.f, { p, q } = side, z = begun(side, start);
  let k = 0;
  for (; ; k++) {
    points[2 * k] = z[0];
    points[2 * k + 1] = z[1];
    if (k === steps || !(Math.abs(z[0]) + Math.abs(z[1]) < FARTHEST)) break;
    step(g, p, q, z, 0, k);
  }
  return points.subarray(0, 2 * (k + 1));
}

// The points at which one update asks for the field, the start first: a look ahead, the turns.
function looks(side, start, index) {
  const z = begun(side, start), seen = [], { f } = side.game;
  const watching = { ...f, field: (p, a, b) => (seen.push([a, b]), f.field(p, a, b)) };
  for (let k = 0; k < index; k++) side.rule.f.step(f, side.p, side.q, z, 0, k);
  side.rule.f.step(watching, side.p, side.q, z, 0, index);
  return { seen, after: [z[0], z[1]] };
}

const distance = (points, k, [x, y]) => Math.hypot(points[2 * k] - x, points[2 * k + 1] - y);

// The slope of log distance to `where` against updates, over the part that tells: from 1e-4 down
// to 1e-12, or the second half of the walk.
function measuredRate(points, where) {
  const all = Array.from({ length: points.length / 2 }, (_, k) => [k, distance(points, k, where)])
    .filter(([, d]) => d > 1e-14 && Number.isFinite(d));
  const low = all.filter(([, d]) => d < 1e-4 && d > 1e-12);
  const used = low.length > 10 ? low : all.slice(all.length >> 1);
  if (used.length < 5) return NaN;
  const mean = (f) => used.reduce((total, row) => total + f(row), 0) / used.length;
  const k = mean((row) => row[0]), y = mean((row) => Math.log(row[1]));
  return mean((row) => (row[0] - k) * (Math.log(row[1]) - y)) / mean((row) => (row[0] - k) ** 2);
}
