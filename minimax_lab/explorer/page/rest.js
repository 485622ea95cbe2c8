// Where a game comes to rest, what kind of rest that is, and the eigenvalues of field and update.

const ROUNDING = 2 ** -52;

function jacobian(game, p, [x, y]) {
  const a = game.f.d_field(p, x, y, 1, 0), b = game.f.d_field(p, x, y, 0, 1);
  return [[a[0], b[0]], [a[1], b[1]]];
}

const norm = (v) => Math.hypot(...v);

// Newton's method from a grid over the box; what it ends in must be a zero and not only small.
// Those that are known already are kept, and only the other starts are followed.
function equilibria(game, p, box, others = [], known = null) {
  const [[left, right], [bottom, top]] = box, found = [...(known || [])];
  const starts = others.filter((x) => x.every(Number.isFinite));
  for (let i = 0; i < 9 && !known; i++) for (let j = 0; j < 9; j++) {
    starts.push([left + ((right - left) * (i + 0.43)) / 9, bottom + ((top - bottom) * (j + 0.57)) / 9]);
  }
  const far = 5 * (1 + Math.max(Math.hypot(left, bottom), Math.hypot(right, top), ...starts.map(norm)));
  for (const start of starts) {
    const x = newton(game, p, start);
    if (!x || !(norm(x) < far)) continue;
    if (found.every((e) => Math.hypot(e.x[0] - x[0], e.x[1] - x[1]) > 1e-6 * (1 + norm(x)))) {
      const J = jacobian(game, p, x);
      found.push({ x, J, values: eigenvalues(J), kind: kindOf(J, game.sizes) });
    }
  }
  return found.sort((a, b) => a.x[0] - b.x[0] || a.x[1] - b.x[1]);
}

function newton(game, p, start) {
  const tolerance = 1e-10, v = (x) => game.f.field(p, ...x);
  let x = start;
  for (let turn = 0; turn < 60; turn++) {
    const turnAt = v(x), move = leastSquares(jacobian(game, p, x), turnAt);
    if (!move.every(Number.isFinite)) return null;
    x = x.map((a, i) => a - move[i]);
    if (norm(move) <= 1e-15 * (1 + norm(x))) break;
  }
  const J = jacobian(game, p, x), residual = norm(v(x)), slope = norm(J.flat()), near = 1e-5 * (1 + norm(x));
  if (!J.flat().every(Number.isFinite) || !(residual <= tolerance * (1 + slope * norm(x)))) return null;
  const settled = norm(leastSquares(J, v(x))) <= near;
  const within = norm(game.f.project(p, ...x).map((a, i) => a - x[i])) <= near;
  const faded = slope === 0 && norm(v(x.map((a) => a + 1e-2 * (1 + norm(x))))) === 0;
  const beside = Math.max(...[1, -1].map((s) => norm(v([x[0] + s * near, x[1] + s * near * Math.cos(1)]))));
  const smooth = beside <= 100 * (slope + 1) * near * Math.SQRT2;
  // What is zero but for rounding is shown as zero.
  return settled && within && !faded && smooth ? x.map((a) => (Math.abs(a) < 1e-15 ? 0 : a)) : null;
}

// The strongest kind that holds, signs judged to 1e-8 of |J|.
function kindOf(J, sizes) {
  const near = 1e-8 * svd(J.flat(), 2, 2)[0][0], real = eigenvalues(J).map((e) => e[0]);
  if (sizes.length === 2) {
    if (J[0][0] > near && J[1][1] > near) return "strict local Nash";
    const zeroSum = Math.abs(J[0][1] + J[1][0]) <= near;
    if (zeroSum && J[1][1] > near && J[0][0] - (J[0][1] * J[1][0]) / J[1][1] > near) return "strict local minimax";
  } else {
    const half = (J[0][1] + J[1][0]) / 2;
    if (Math.min(...eigenvalues([[J[0][0], half], [half, J[1][1]]]).map((e) => e[0])) > near) return "strict local Nash";
  }
  if (real.some((a) => Math.abs(a) <= near)) return "degenerate";
  if (real.every((a) => a > 0)) return "stable";
  return real.every((a) => a < 0) ? "source of the flow" : "saddle of the flow";
}

// The update's matrix where the rule's memory is at rest with the profile at x: Newton on the memory.
function updateMatrix(side, x) {
  const { rule } = side;
  if (rule.obstacle) return null;
  const count = rule.moving.length;
  let z = begun(side, x), best = null;
  for (let turn = 0; turn < 20; turn++) {
    const linear = linearised(side, z);
    const gap = rule.moving.map((i) => linear.after[i] - z[i]), own = gap.slice(2);
    const size = norm(own);
    if (best && !(size < best.size)) break;
    best = { size, matrix: linear.matrix, movement: Math.hypot(gap[0], gap[1]) };
    const scale = norm(rule.moving.slice(2).map((i) => z[i]));
    if (size <= ROUNDING * scale || count === 2) break;
    const system = linear.matrix.slice(2).map((row, i) => row.slice(2).map((a, j) => +(i === j) - a));
    const change = leastSquares(system, own);
    z = z.slice();
    rule.moving.slice(2).forEach((i, at) => (z[i] += change[at]));
  }
  return best;
}

// The rule's period of updates from z, and its derivative.
function linearised(side, z) {
  const { rule, p, q } = side, g = side.game.f, n = rule.moving.length;
  let after = z.slice(), matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => +(i === j)));
  for (let k = 0; k < rule.period; k++) {
    const columns = rule.moving.map((_, j) => {
      const d = new Float64Array(rule.size);
      rule.moving.forEach((i, row) => (d[i] = matrix[row][j]));
      return rule.f.tangent(g, p, q, after, 0, k, d);
    });
    matrix = matrix.map((row, i) => row.map((_, j) => columns[j][i]));
    rule.f.step(g, p, q, after, 0, k);
  }
  return { after, matrix };
}

// Eigenvalues of the update, the largest first, with the rate that each gives per update.
function updateSpectrum(side, x) {
  const linear = updateMatrix(side, x);
  if (!linear) return null;
  const values = eigenvalues(linear.matrix);
  const rates = values.map((e) => Math.log(size(e)) / side.rule.period);
  return { values, rates, rate: rates[0], radius: size(values[0]), matrix: linear.matrix, movement: linear.movement };
}
