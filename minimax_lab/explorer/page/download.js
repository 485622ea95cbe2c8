// What is shown as a file: the picture, and the Python that makes the same runs.

function offered(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function pictureOf(sides, paint) {
  const width = 520, parts = sides.map((side, i) => {
    const pen = new SvgPen(width, width);
    paint(pen, side, width);
    return `<g transform="translate(${i * (width + 20)} 24)" clip-path="url(#panel)"><text x="4" y="-8" font-family="sans-serif" font-size="13">${
      side.rule.name}</text>${pen.parts.join("")}</g>`;
  });
  const wide = sides.length * (width + 20) - 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${width + 24}" viewBox="0 0 ${wide} ${width + 24}">
<clipPath id="panel"><rect x="0" y="-24" width="${width}" height="${width + 24}"/></clipPath>${parts.join("\n")}</svg>`;
}

const filled = (pattern, values) => pattern.replace(/\{(\d+)\}/g, (_, i) => values[i]);

function pythonOf(state, sides) {
  const { game, p } = sides[0], changed = [...p.keys()].filter((i) => p[i] !== game.leaves[i].value);
  const made = game.python || "game  # the game that this page was made of";
  const lines = ["import jax", ...(changed.length ? ["import equinox as eqx", "import jax.numpy as jnp"] : []), "import minimax_lab as mm", "",
    'jax.config.update("jax_enable_x64", True)', `game = ${made}`];
  for (const i of changed) {
    const { path, entry } = game.leaves[i], at = entry.length ? `(${entry.join(", ")},)` : "()";
    lines.push(`game = eqx.tree_at(lambda g: g${path}, game, replace_fn=lambda old: jnp.asarray(old).at[${at}].set(${p[i]}))`);
  }
  const start = game.shape.length === 2 ? `(${state.start.join(", ")})` : `(jnp.array([${state.start.join(", ")}]),)`;
  if (game.shape.length !== 2 && !changed.length) lines.splice(1, 0, "import jax.numpy as jnp");
  lines.push(`start = ${start}`, "rules = [", ...sides.map((side) => `    ${filled(side.rule.python, side.q)},`), "]",
    "for rule in rules:", `    run = mm.run(game, rule, start, ${state.steps}, observe={"position": mm.position})`,
    "    print(mm.label(rule), run.verdict, *run.final)", "");
  return lines.join("\n");
}
