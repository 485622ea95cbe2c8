// Functions that the translated programs call, and the linear algebra of small matrices.

// f of the columns' entries, summed over the rows.
function sum(columns, f) {
  let total = 0;
  for (let i = 0; i < columns[0].length; i++) total += f(columns[0][i], columns[1]?.[i], columns[2]?.[i]);
  return total;
}

// 2/sqrt(pi) exp(-x^2) (x + 2x^3/3 + 4x^5/15 + ...): no term has another sign.
function erf(x) {
  if (!(Math.abs(x) < 6)) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) total += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

// [s, U, V'] of a matrix given row by row, by rotating pairs of columns until all are orthogonal.
function svd(entries, rows, columns) {
  if (rows === 2 && columns === 2) return svdOfTwo(...entries);
  if (rows < columns) {
    const turned = Array.from({ length: rows * columns }, (_, k) => entries[(k % rows) * columns + Math.floor(k / rows)]);
    const [s, u, v] = svd(turned, columns, rows);
    const flip = (m, r, c) => Array.from({ length: r * c }, (_, k) => m[(k % r) * c + Math.floor(k / r)]);
    return [s, flip(v, rows, rows), flip(u, columns, rows)];
  }
  const a = Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_, i) => entries[i * columns + j]));
  const v = a.map((_, j) => a.map((_, i) => +(i === j)));
  const dot = (x, y) => x.reduce((total, value, i) => total + value * y[i], 0);
  const rotate = (m, j, k, c, s) => m[j].forEach((x, i) => {
    m[j][i] = c * x - s * m[k][i];
    m[k][i] = s * x + c * m[k][i];
  });
  for (let sweep = 0, off = 1; sweep < 60 && off > 0; sweep++) {
    off = 0;
    for (let j = 0; j < columns; j++) for (let k = j + 1; k < columns; k++) {
      const x = dot(a[j], a[j]), y = dot(a[k], a[k]), z = dot(a[j], a[k]);
      if (!(Math.abs(z) > 1e-17 * Math.sqrt(x * y))) continue;
      off = 1;
      const t = (y - x) / (2 * z), r = (Math.sign(t) || 1) / (Math.abs(t) + Math.hypot(1, t)), c = 1 / Math.hypot(1, r);
      rotate(a, j, k, c, c * r);
      rotate(v, j, k, c, c * r);
    }
  }
  const sizes = a.map((column) => Math.hypot(...column));
  const order = sizes.map((_, j) => j).sort((j, k) => sizes[k] - sizes[j]);
  const u = [], w = [];
  for (let i = 0; i < rows; i++) for (const j of order) u.push(sizes[j] > 0 ? a[j][i] / sizes[j] : 0);
  for (const j of order) for (let i = 0; i < columns; i++) w.push(v[j][i]);
  return [order.map((j) => sizes[j]), u, w];
}

// The same of [[a, b], [c, d]], which a walk may ask for at every step.
function svdOfTwo(a, b, c, d) {
  let e = 1, f = 0;
  for (let sweep = 0; sweep < 4; sweep++) {
    const x = a * a + c * c, y = b * b + d * d, z = a * b + c * d;
    if (!(Math.abs(z) > 1e-17 * Math.sqrt(x * y))) break;
    const t = (y - x) / (2 * z), r = (t < 0 ? -1 : 1) / (Math.abs(t) + Math.sqrt(1 + t * t));
    const cos = 1 / Math.sqrt(1 + r * r), sin = cos * r;
    [a, b, c, d] = [cos * a - sin * b, sin * a + cos * b, cos * c - sin * d, sin * c + cos * d];
    [e, f] = [cos * e - sin * f, sin * e + cos * f];
  }
  const first = Math.sqrt(a * a + c * c), second = Math.sqrt(b * b + d * d);
  const p = first > 0 ? 1 / first : 0, q = second > 0 ? 1 / second : 0;
  return first >= second
    ? [[first, second], [a * p, b * q, c * p, d * q], [e, -f, f, e]]
    : [[second, first], [b * q, a * p, d * q, c * p], [f, e, e, -f]];
}

// The least-squares solution of least length.
function leastSquares(matrix, right) {
  const n = right.length, [s, u, v] = svd(matrix.flat(), n, n), x = new Array(n).fill(0);
  for (let k = 0; k < n; k++) {
    if (!(s[k] > 1e-15 * n * s[0])) continue;
    let along = 0;
    for (let i = 0; i < n; i++) along += u[i * n + k] * right[i];
    for (let i = 0; i < n; i++) x[i] += (v[k * n + i] * along) / s[k];
  }
  return x;
}

// Complex numbers as [re, im].
const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];
const plus = ([a, b], [c, d]) => [a + c, b + d];
const minus = ([a, b], [c, d]) => [a - c, b - d];
const over = ([a, b], [c, d]) => {
  const size = c * c + d * d;
  return [(a * c + b * d) / size, (b * c - a * d) / size];
};
const size = ([a, b]) => Math.hypot(a, b);
function rootOf([a, b]) {
  const r = Math.hypot(a, b), re = Math.sqrt((r + Math.abs(a)) / 2);
  if (!re) return [0, 0];
  return a >= 0 ? [re, b / (2 * re)] : [Math.abs(b) / (2 * re), b < 0 ? -re : re];
}

// Similar to the matrix, with zeros below the first subdiagonal.
function hessenberg(matrix) {
  const h = matrix.map((row) => [...row]), n = h.length;
  for (let m = 1; m < n - 1; m++) {
    let pivot = m;
    for (let i = m; i < n; i++) if (Math.abs(h[i][m - 1]) > Math.abs(h[pivot][m - 1])) pivot = i;
    if (!h[pivot][m - 1]) continue;
    [h[m], h[pivot]] = [h[pivot], h[m]];
    for (const row of h) [row[m], row[pivot]] = [row[pivot], row[m]];
    for (let i = m + 1; i < n; i++) {
      const y = h[i][m - 1] / h[m][m - 1];
      if (!y) continue;
      for (let j = 0; j < n; j++) h[i][j] -= y * h[m][j];
      for (let j = 0; j < n; j++) h[j][m] += y * h[j][i];
      h[i][m - 1] = 0;
    }
  }
  return h;
}

// The two eigenvalues of [[a, b], [c, d]], complex entries allowed.
function pair(a, b, c, d) {
  const half = times(plus(a, d), [0.5, 0]), gap = times(minus(a, d), [0.5, 0]);
  const spread = rootOf(plus(times(gap, gap), times(b, c)));
  return [plus(half, spread), minus(half, spread)];
}

// All eigenvalues, by QR steps with Wilkinson's shift on complex entries.
function eigenvalues(matrix) {
  const h = hessenberg(matrix).map((row) => row.map((x) => [x, 0])), found = [];
  if (!matrix.flat().every(Number.isFinite)) return matrix.map(() => [NaN, 0]);
  const scale = Math.max(...matrix.flat().map(Math.abs)) || 1;
  for (let n = h.length, tries = 0; n > 0; ) {
    let low = n - 1;
    while (low > 0 && size(h[low][low - 1]) > 1e-16 * (size(h[low][low]) + size(h[low - 1][low - 1]) || scale)) low--;
    if (low === n - 1 || tries > 200) [n, tries] = [n - 1, found.push(h[n - 1][n - 1]) * 0];
    else if (low === n - 2) {
      found.push(...pair(h[low][low], h[low][low + 1], h[low + 1][low], h[low + 1][low + 1]));
      [n, tries] = [n - 2, 0];
    } else step(h, low, n, tries++);
  }
  return found.sort((a, b) => size(b) - size(a) || b[1] - a[1]);
}

function step(h, low, n, tries) {
  const corner = h[n - 1][n - 1];
  let shift = pair(h[n - 2][n - 2], h[n - 2][n - 1], h[n - 1][n - 2], corner)
    .sort((a, b) => size(minus(a, corner)) - size(minus(b, corner)))[0];
  if (tries % 11 === 10) shift = plus(shift, [size(h[n - 1][n - 2]), 0]);
  for (let i = low; i < n; i++) h[i][i] = minus(h[i][i], shift);
  const turns = [];
  for (let k = low; k < n - 1; k++) {
    const a = h[k][k], b = h[k + 1][k], r = Math.hypot(size(a), size(b)) || 1;
    const c = [a[0] / r, a[1] / r], s = [b[0] / r, b[1] / r];
    for (let j = k; j < n; j++) {
      const x = h[k][j], y = h[k + 1][j];
      h[k][j] = plus(times([c[0], -c[1]], x), times([s[0], -s[1]], y));
      h[k + 1][j] = minus(times(c, y), times(s, x));
    }
    turns.push([c, s]);
  }
  turns.forEach(([c, s], at) => {
    const k = low + at;
    for (let i = low; i < Math.min(n, k + 2); i++) {
      const x = h[i][k], y = h[i][k + 1];
      h[i][k] = plus(times(x, c), times(y, s));
      h[i][k + 1] = minus(times(y, [c[0], -c[1]]), times(x, [s[0], -s[1]]));
    }
  });
  for (let i = low; i < n; i++) h[i][i] = plus(h[i][i], shift);
}

// A vector that the matrix multiplies by the value, found by two inverse iterations.
function eigenvector(matrix, value) {
  const near = plus(value, [1e-9 * (1 + size(value)), 0]);
  let v = matrix.map((_, i) => [1 + 0.1 * i, 0]);
  for (let turn = 0; turn < 2; turn++) {
    const rows = matrix.map((row, i) => [...row.map((x, j) => minus([x, 0], i === j ? near : [0, 0])), v[i]]);
    v = eliminated(rows);
    const length = Math.hypot(...v.map(size));
    v = v.map((x) => [x[0] / length, x[1] / length]);
  }
  return v;
}

function eliminated(rows) {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    const pivot = rows.reduce((best, row, i) => (i >= k && size(row[k]) > size(rows[best][k]) ? i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    if (!size(rows[k][k])) rows[k][k] = [1e-300, 0];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = over(rows[i][k], rows[k][k]);
      for (let j = k; j <= n; j++) rows[i][j] = minus(rows[i][j], times(factor, rows[k][j]));
    }
  }
  return rows.map((row, i) => over(row[n], row[i]));
}
