// What is shown, as one flat object, and as the address after #.

const USUAL = { steps: 200, field: "arrows", nullclines: true, basins: false, many: false, cost: false, index: -1 };

const named = (list, name) => list.find((one) => one.name === name);

// The beginning of everything; the second rule is the next one that suits the game.
function initial() {
  const game = DATA.games[0];
  const fit = DATA.rules.filter((rule) => !rule.refused[game.name]);
  return ofGame({ ...USUAL, ruleA: fit[0].name, ruleB: (fit[1] || fit[0]).name, q: {}, p: {} }, game.name);
}

function ofGame(state, name) {
  const game = named(DATA.games, name), fit = DATA.rules.filter((rule) => !rule.refused[name]);
  const kept = (rule) => (fit.some((one) => one.name === rule) || rule === "" ? rule : fit[0].name);
  return { ...state, game: name, start: [...game.start], box: game.box.map((side) => [...side]), p: {}, index: -1,
    ruleA: kept(state.ruleA), ruleB: kept(state.ruleB) };
}

const numbersOf = (thing, changed) => Float64Array.from(thing.leaves, (leaf, i) => changed?.[i] ?? leaf.value);

function written(state) {
  const said = new URLSearchParams({ game: state.game, a: state.ruleA, b: state.ruleB, start: state.start.join(","), box: state.box.flat().join(",") });
  for (const [key, usual] of Object.entries(USUAL)) if (state[key] !== usual) said.set(key, state[key]);
  const changes = (name, values) => Object.entries(values || {}).forEach(([i, v]) => said.append(name, `${i},${v}`));
  changes("p", state.p);
  for (const rule of new Set([state.ruleA, state.ruleB])) for (const [i, v] of Object.entries(state.q[rule] || {})) said.append("q", `${i},${v},${rule}`);
  return said.toString();
}

// The state of an address; whatever in it makes no sense is left out and told.
function read(text) {
  const said = new URLSearchParams(text.replace(/^#/, "")), wrong = [];
  const numbers = (name, count) => {
    const given = said.get(name);
    if (given === null) return null;
    const values = given.split(",").map(Number);
    if (given !== "" && values.length === count && values.every(Number.isFinite)) return values;
    wrong.push(name);
    return null;
  };
  let state = initial();
  const game = said.get("game");
  if (game !== null) named(DATA.games, game) ? (state = ofGame(state, game)) : wrong.push("game");
  for (const [key, field] of [["a", "ruleA"], ["b", "ruleB"]]) {
    const name = said.get(key);
    if (name === null) continue;
    const rule = named(DATA.rules, name);
    (rule && !rule.refused[state.game]) || (name === "" && key === "b") ? (state[field] = name) : wrong.push(key);
  }
  state.start = numbers("start", 2) || state.start;
  const box = numbers("box", 4);
  if (box && box[0] < box[1] && box[2] < box[3]) state.box = [box.slice(0, 2), box.slice(2)];
  else if (box) wrong.push("box");
  for (const key of ["steps", "index"]) {
    const value = numbers(key, 1);
    if (value && Number.isInteger(value[0]) && value[0] >= (key === "steps" ? 1 : -1) && value[0] <= 20000) state[key] = value[0];
    else if (value) wrong.push(key);
  }
  for (const key of ["nullclines", "basins", "many", "cost"]) if (said.has(key)) state[key] = said.get(key) === "true";
  if (said.has("field")) ["arrows", "flow", "none"].includes(said.get("field")) ? (state.field = said.get("field")) : wrong.push("field");
  for (const key of ["p", "q"]) for (const given of said.getAll(key)) {
    const [i, value, ...rest] = given.split(","), rule = rest.join(",");
    const thing = key === "p" ? named(DATA.games, state.game) : named(DATA.rules, rule), leaf = thing?.leaves[i];
    if (!leaf || !allowed(leaf, Number(value))) wrong.push(key);
    else if (key === "p") state.p = { ...state.p, [i]: Number(value) };
    else state.q = { ...state.q, [rule]: { ...state.q[rule], [i]: Number(value) } };
  }
  return { state, wrong };
}

// Whether the field that holds a number lets this one pass.
function allowed(leaf, value) {
  if (!Number.isFinite(value)) return false;
  const low = leaf.low <= -10 ? -Infinity : leaf.low, high = leaf.high >= 10 ? Infinity : leaf.high;
  return leaf.open ? value > low && value <= high : value >= low && value <= high;
}
