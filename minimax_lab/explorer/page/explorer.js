// The page: one state, changed by whatever is touched and shown anew once a frame.

// A copy of its own for every side, which an engine can compile for this game and rule alone; a
// place that forbids making functions of text gets the shared ones.
function own(f) {
  try {
    const members = Object.values(f).map(String).join(",");
    return new Function("sum", "erf", "svd", "T", `"use strict";return {${members}}`)(sum, erf, svd, T);
  } catch {
    return f;
  }
}

function explorer(root, page) {
  const part = (name, within = root) => within.querySelector(`[data-part="${name}"]`);
  const still = window.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
  let { state, wrong } = read(page.address());
  let sides = [], made = {}, grid = {}, inks = {}, later = 0, waiting = false, playing = null, tour = null, shownAt = 0;
  const flows = { A: new Flow(2000), B: new Flow(2000) };

  for (const name of ["A", "B"]) root.querySelector(`[data-side="${name}"]`).innerHTML = page.side;

  const colours = () => {
    const style = getComputedStyle(root), get = (name) => style.getPropertyValue(name).trim();
    return { ink: get("--ink"), paper: get("--paper"), line: get("--line"), a: get("--a"), b: get("--b"), c: get("--c"), d: get("--d") };
  };

  function change(patch) {
    state = { ...state, ...patch };
    if (!waiting) requestAnimationFrame(show);
    waiting = true;
  }

  function say(text) {
    part("notice").textContent = text;
    part("notice").hidden = !text;
  }

  function copied(name) {
    return (made[name] ??= own(named(DATA.rules, name).f));
  }

  function sidesOf() {
    const found = named(DATA.games, state.game), p = numbersOf(found, state.p);
    if (made.game !== state.game) made = { game: state.game, f: { A: own(found.f), B: own(found.f) } };
    return ["A", "B"].filter((name) => state[`rule${name}`]).map((name) => {
      const rule = named(DATA.rules, state[`rule${name}`]);
      const place = root.querySelector(`[data-side="${name}"]`);
      return { name, game: { ...found, f: made.f[name] }, rule: { ...rule, f: copied(rule.name) }, p, q: numbersOf(rule, state.q[rule.name]), place,
        colour: name === "A" ? "a" : "b", dash: name === "A" ? [] : [7, 4] };
    });
  }

  // With equal cost a dearer rule walks fewer updates.
  function stepsOf(side) {
    const price = ({ cost }) => cost.gradients + 4 * (cost.products + 2 * cost.solves);
    if (!state.cost) return state.steps;
    return Math.max(1, Math.round((state.steps * Math.min(...sides.map((one) => price(one.rule)))) / price(side.rule)));
  }

  function show() {
    waiting = false;
    const begin = performance.now();
    sides = sidesOf();
    const ends = [];
    for (const side of sides) {
      side.steps = stepsOf(side);
      side.points = walked(side, state.start, side.steps);
      const n = side.points.length;
      ends.push([side.points[n - 2], side.points[n - 1]]);
    }
    const [{ game, p }] = sides, seen = JSON.stringify([state.game, state.p, state.box]);
    if (grid.seen !== seen) grid = { seen, rests: equilibria(game, p, state.box) };
    const rests = equilibria(game, p, state.box, ends, grid.rests);
    const tint = (inks = colours());
    root.querySelector('[data-side="B"]').hidden = sides.length < 2;
    // Sizes are asked before anything is written, or each would lay the page out anew.
    for (const side of sides) for (const name of ["under", "flow", "over"]) side[name] = fitted(part(name, side.place));
    const pens = ["distance", "losses"].map((name) => fitted(part(name)));
    for (const side of sides) {
      side.rests = rests;
      side.near = nearest(rests, side.points);
      side.spectrum = side.near && !side.rule.obstacle ? updateSpectrum(side, side.near.x) : null;
      showSide(side, tint);
    }
    showCharts(tint, pens);
    showChoices();
    shownAt = performance.now() - begin;
    root.dataset.shown = shownAt.toFixed(1);
    clearTimeout(later);
    later = setTimeout(() => page.remember(written(state)), 100);
  }

  function nearest(rests, points) {
    const last = points.length / 2 - 1;
    const far = (e) => (Number.isFinite(points[2 * last]) ? distance(points, last, e.x) : distance(points, 0, e.x));
    return rests.reduce((best, e) => (!best || far(e) < far(best) ? e : best), null);
  }

  function paint(pen, side, width, height = width) {
    const view = viewed(state.box, width, height), tint = colours();
    pen.fillStyle = tint.paper;
    pen.fillRect(0, 0, width, height);
    paintUnder(pen, view, side, tint);
    paintOver(pen, view, side, tint);
  }

  function paintUnder(pen, view, side, tint) {
    if (state.basins) drawBasins(pen, view, side, side.rests, state.steps);
    drawAxes(pen, view, tint);
    if (state.field === "arrows") drawArrows(pen, view, side, tint);
    if (state.nullclines) drawNullclines(pen, view, side, tint);
  }

  function paintOver(pen, view, side, tint) {
    if (state.many) drawMany(pen, view, side, Math.min(500, state.steps), tint[side.colour]);
    const upTo = state.index < 0 ? side.points : side.points.subarray(0, 2 * (state.index + 1));
    drawWalk(pen, view, upTo, tint[side.colour], side.dash);
    if (state.index >= 0 && 2 * state.index < side.points.length) drawLooks(pen, view, looks(side, state.start, state.index), tint);
    drawRests(pen, view, side.rests, tint);
    drawStart(pen, view, state.start, tint);
  }

  function showSide(side, tint) {
    const { place, under, over } = side;
    const view = (side.view = viewed(state.box, over.wide, over.high));
    // Only what has changed is drawn again below the walks.
    const seen = JSON.stringify([state.game, state.p, state.box, state.field, state.nullclines, state.basins && [side.q, side.rule.name, state.steps], tint, view.width]);
    if (place.seen !== seen || state.basins) {
      under.clearRect(0, 0, view.width, view.height);
      paintUnder(under, view, side, tint);
      place.seen = seen;
    }
    over.clearRect(0, 0, view.width, view.height);
    paintOver(over, view, side, tint);
    if (state.field !== "flow") side.flow.clearRect(0, 0, view.width, view.height);
    part("title", place).textContent = `${side.name}: ${side.rule.name}`;
    part("over", place).setAttribute("aria-label",
      `Plane of ${state.game} under ${side.rule.name}, start ${short(state.start[0])}, ${short(state.start[1])}; ${verdict(side)}`);
    part("verdict", place).textContent = verdict(side);
    showSpectrum(side, tint);
    showTable(side);
  }

  function verdict(side) {
    const n = side.points.length / 2 - 1, last = [side.points[2 * n], side.points[2 * n + 1]];
    if (n < side.steps || !last.every(Number.isFinite)) return `It leaves for good after ${n} updates.`;
    if (!side.near) return `After ${n} updates it is at (${last.map((v) => short(v)).join(", ")}); no equilibrium is near.`;
    const gone = distance(side.points, n, side.near.x), at = `(${side.near.x.map((v) => short(v)).join(", ")})`;
    const measured = measuredRate(side.points, side.near.x), told = side.spectrum ? `, predicted ${short(Math.abs(side.spectrum.rate) < 1e-12 ? 0 : side.spectrum.rate, 5)}` : "";
    const word = gone < 1e-6 ? `It arrives at ${at}` : `After ${n} updates it is ${short(gone, 3)} from ${at}`;
    const promise = side.spectrum ? stability(side.spectrum.radius) : "";
    return `${word}, ${side.near.kind}. Rate an update: measured ${short(measured, 5)}${told}. ${promise}`;
  }

  // Double eigenvalues are known to 4e-9, so "on the circle" needs room.
  const stability = (radius) => (Math.abs(radius - 1) < 1e-7 ? "The update's eigenvalues reach the unit circle: linearly it neither comes nor goes."
    : radius < 1 ? "All eigenvalues of the update lie inside the unit circle: stable." : "An eigenvalue of the update lies outside the unit circle: unstable.");

  function showSpectrum(side, tint) {
    const told = part("mode", side.place);
    drawCircle(part("circle", side.place), side.near ? side.near.values : [], side.spectrum, (of, i) => {
      const value = of === "field" ? side.near.values[i] : side.spectrum.values[i];
      const matrix = of === "field" ? side.near.J : side.spectrum.matrix;
      const vector = eigenvector(matrix, value).slice(0, 2), mode = vector.map((v) => complex(v, 3)).join(", ");
      drawMode(side.over, side.view, side.near.x, vector, tint);
      const turn = Math.abs(value[1]) > 1e-9 ? `, a turn in ${short(Math.abs((2 * Math.PI * side.rule.period) / Math.atan2(value[1], value[0])), 4)} updates` : "";
      told.textContent = of === "field" ? `Field: ${complex(value)}; mode (${mode}).`
        : `Update: ${complex(value)}, modulus ${short(size(value), 6)}, predicted rate ${short(side.spectrum.rates[i], 5)}${turn}; mode (${mode}).`;
    }, tint[side.colour]);
    if (side.spectrum) told.textContent = `Discs, the update: ${side.spectrum.values.map((v) => complex(v, 4)).join(", ")}; radius ${short(side.spectrum.radius, 6)}. Crosses: the field. Point at one for its mode.`;
    else told.textContent = side.near ? `No eigenvalues of the update: ${side.rule.obstacle}.` : "There is no equilibrium to linearise at.";
  }

  function showTable(side) {
    const rows = side.rests.map((e) => `<tr><td>${MARKS[e.kind]} (${e.x.map((v) => short(v)).join(", ")})</td><td>${e.kind}</td><td>${e.values.map((v) => complex(v, 4)).join(", ")}</td></tr>`);
    const head = "<caption>Equilibria in reach</caption><tr><th>at</th><th>kind</th><th>eigenvalues of the field</th></tr>";
    part("table", side.place).innerHTML = head + (rows.join("") || '<tr><td colspan="3">none</td></tr>');
  }

  function showCharts(tint, [far, lost]) {
    const rows = (f) => sides.flatMap((side) => f(side).map((values, i) => ({
      values, across: values.map((_, k) => k), colour: tint[side.colour], dash: i ? [2, 3] : side.dash })));
    const indices = (side) => Array.from({ length: side.points.length / 2 }, (_, k) => k);
    const gone = rows((side) => [side.near ? indices(side).map((k) => distance(side.points, k, side.near.x)) : []]);
    drawCurves(far, gone.filter((c) => c.values.length), { log: true, colours: tint });
    const losses = rows((side) => [0, 1].filter((i) => i < side.game.sizes.length).map((i) => indices(side).map((k) =>
      side.game.f.losses(side.p, side.points[2 * k], side.points[2 * k + 1])[i])));
    drawCurves(lost, losses, { log: false, colours: tint });
    part("distance").setAttribute("aria-label", sides.map(verdict).join(" "));
    part("losses").setAttribute("aria-label", "Losses along the walks");
  }

  function showChoices() {
    const put = (name, value) => document.activeElement !== part(name) && (part(name).value = value);
    const [x, y] = state.start;
    Object.entries({ game: state.game, ruleA: state.ruleA, ruleB: state.ruleB, startX: +x.toPrecision(8), startY: +y.toPrecision(8),
      steps: state.steps, field: state.field }).forEach(([name, value]) => put(name, value));
    for (const name of ["nullclines", "basins", "many", "cost"]) part(name).checked = state[name];
    part("index").value = state.index < 0 ? "whole walk" : `update ${state.index + 1} of ${state.steps}`;
    for (const option of root.querySelectorAll('[data-part="ruleA"] option, [data-part="ruleB"] option')) {
      const against = named(DATA.rules, option.value)?.refused[state.game];
      option.disabled = !!against;
      option.title = against || "";
    }
    showNumbers();
    const game = sides[0].game, told = [...sides.map((side) => [`${side.name}: ${side.rule.name}`, side.rule])];
    const seen = [game.name, state.ruleA, state.ruleB].join("|");
    if (part("formulas").dataset.seen === seen) return;
    part("formulas").dataset.seen = seen;
    part("formulas").innerHTML = `<p><strong>${game.name}</strong>: ${escaped(game.summary)}</p>${(game.formulas.losses || []).join("")}${(game.formulas.field || []).join("")}`
      + told.map(([name, rule]) => `<p><strong>${escaped(name)}</strong> ${escaped(rule.about)}</p>${rule.formulas.join("")}`).join("");
  }

  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

  // Rows are made anew where other numbers are shown, and kept while one of them is turned.
  function showNumbers() {
    const groups = [[part("gameNumbers"), state.game, sides[0].game.leaves, sides[0].p, (i, v) => change({ p: { ...state.p, [i]: v } })]];
    for (const name of ["A", "B"]) {
      const side = sides.find((one) => one.name === name), rule = side?.rule.name;
      groups.push([part("numbers", root.querySelector(`[data-side="${name}"]`)), rule, side?.rule.leaves || [], side?.q || [], (i, v) => change({ q: { ...state.q, [rule]: { ...state.q[rule], [i]: v } } })]);
    }
    for (const [place, of, leaves, values, turn] of groups) {
      place.parentElement.hidden = !leaves.length;
      const seen = `${of}|${Array.from(values)}`;
      if (place.dataset.seen === seen) continue;
      if (!place.contains(document.activeElement)) numberRows(place, leaves, values, turn, say);
      place.dataset.seen = place.contains(document.activeElement) ? "" : seen;
    }
  }

  // What can be touched.

  function connect() {
    const options = (list) => list.map((one) => new Option(one.summary ? `${one.name}: ${one.summary}` : one.name, one.name));
    part("game").append(...options(DATA.games));
    part("ruleA").append(...options(DATA.rules));
    part("ruleB").append(new Option("none", ""), ...options(DATA.rules));
    part("game").addEventListener("change", (e) => { say(""); change(ofGame(state, e.target.value)); });
    for (const name of ["ruleA", "ruleB", "field"]) part(name).addEventListener("change", (e) => change({ [name]: e.target.value }));
    for (const name of ["nullclines", "basins", "many", "cost"]) part(name).addEventListener("change", (e) => change({ [name]: e.target.checked }));
    part("startX").addEventListener("change", (e) => Number.isFinite(e.target.valueAsNumber) && change({ start: [e.target.valueAsNumber, state.start[1]] }));
    part("startY").addEventListener("change", (e) => Number.isFinite(e.target.valueAsNumber) && change({ start: [state.start[0], e.target.valueAsNumber] }));
    part("steps").addEventListener("change", (e) => {
      const given = e.target.valueAsNumber;
      Number.isInteger(given) && given >= 1 && given <= 20000 ? change({ steps: given, index: -1 }) : say(`Updates is ${e.target.value}, but must be a whole number from 1 to 20000.`);
    });
    const walk = (by) => change({ index: Math.max(0, Math.min(state.steps - 1, state.index + by)) });
    const halt = () => { clearInterval(playing); playing = null; part("play").textContent = "Play"; };
    part("forth").addEventListener("click", () => walk(1));
    part("back").addEventListener("click", () => walk(-1));
    part("whole").addEventListener("click", () => { halt(); change({ index: -1 }); });
    part("play").addEventListener("click", () => {
      if (playing) return halt();
      part("play").textContent = "Pause";
      playing = setInterval(() => (state.index >= state.steps - 1 ? halt() : walk(1)), 1000 / part("speed").value);
    });
    part("reset").addEventListener("click", () => { change({ p: {}, q: {} }); });
    part("theme").addEventListener("click", () => theme(!root.classList.contains("dark")));
    part("link").addEventListener("click", () => {
      const link = page.link(written(state));
      navigator.clipboard ? navigator.clipboard.writeText(link).then(() => say("The link is copied."), () => say(link)) : say(link);
    });
    part("svg").addEventListener("click", () => offered(`${state.game}.svg`, pictureOf(sides, paint), "image/svg+xml"));
    part("python").addEventListener("click", () => offered(`${state.game}.py`, pythonOf(state, sides), "text/x-python"));
    for (const name of ["A", "B"]) touch(name, walk);
    window.addEventListener("resize", () => change({}));
    page.changed((text) => { ({ state, wrong } = read(text)); warn(); change({}); });
  }

  function touch(name, walk) {
    const canvas = part("over", root.querySelector(`[data-side="${name}"]`));
    const view = () => sides.find((side) => side.name === name)?.view;
    const drag = (e) => {
      const box = canvas.getBoundingClientRect();
      change({ start: view().back(e.clientX - box.left, e.clientY - box.top).map((v) => +v.toPrecision(6)) });
    };
    canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); drag(e); canvas.focus(); });
    canvas.addEventListener("pointermove", (e) => e.buttons && drag(e));
    canvas.addEventListener("keydown", (e) => {
      const [[left, right], [bottom, top]] = state.box, dx = (right - left) / 50, dy = (top - bottom) / 50;
      const moves = { ArrowLeft: [-dx, 0], ArrowRight: [dx, 0], ArrowUp: [0, dy], ArrowDown: [0, -dy] };
      const zooms = { "+": 0.8, "=": 0.8, "-": 1.25 };
      if (moves[e.key]) change({ start: state.start.map((v, i) => +(v + moves[e.key][i]).toPrecision(6)) });
      else if (zooms[e.key]) change({ box: state.box.map(([a, b]) => [(a + b) / 2 - ((b - a) / 2) * zooms[e.key], (a + b) / 2 + ((b - a) / 2) * zooms[e.key]]) });
      else if (e.key === "0") change({ box: named(DATA.games, state.game).box });
      else if (e.key === " ") walk(1);
      else return;
      e.preventDefault();
    });
  }

  function theme(dark) {
    root.classList.toggle("dark", dark);
    part("theme").setAttribute("aria-pressed", dark);
    part("theme").textContent = dark ? "Light" : "Dark";
    change({});
  }

  function warn() {
    say(wrong.length ? `The address says nothing sensible of ${[...new Set(wrong)].join(", ")}; that part is left as it usually is.` : "");
  }

  // Guided tours: each stop is an address.

  function guide() {
    part("tours").append(...DATA.tours.map((one, i) => new Option(one.title, i)));
    part("tours").addEventListener("change", (e) => {
      tour = e.target.value === "" ? null : DATA.tours[e.target.value];
      stop(0);
    });
  }

  function stop(at) {
    const place = part("tour");
    place.hidden = !tour;
    if (!tour) return;
    const within = place.contains(document.activeElement);
    const { say: words, address } = tour.stops[at], last = at === tour.stops.length - 1;
    place.innerHTML = `<p><strong>${escaped(tour.title)}</strong>, ${escaped(tour.paper)} (${at + 1} of ${tour.stops.length})</p><p>${escaped(words)}</p>
      ${last ? `<p><strong>Theorem ${tour.theorem}.</strong> ${escaped(tour.statement)}</p>` : ""}
      <button type="button" data-part="before" ${at ? "" : "disabled"}>Before</button> <button type="button" data-part="next">${last ? "End" : "Next"}</button>`;
    part("before").addEventListener("click", () => stop(at - 1));
    part("next").addEventListener("click", () => {
      if (!last) return stop(at + 1);
      tour = null;
      part("tours").value = "";
      part("tours").focus();
      stop(0);
    });
    if (within) part("next").focus(); // the button that was pressed is no more
    state = read(address).state;
    change({});
  }

  function frame() {
    if (!root.isConnected) return;
    if (state.field === "flow" && !still) for (const side of sides) {
      if (side.view) flows[side.name].frame(side.flow, side.view, side, inks);
    }
    root.dataset.frames = +(root.dataset.frames || 0) + 1;
    requestAnimationFrame(frame);
  }

  connect();
  guide();
  theme(!!window.matchMedia?.("(prefers-color-scheme: dark)").matches);
  warn();
  show();
  requestAnimationFrame(frame);
}
