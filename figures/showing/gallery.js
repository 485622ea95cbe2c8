// What is looked for is in the address after #, so that a view can be passed on.
addEventListener("DOMContentLoaded", () => {
  const part = (name) => document.querySelector(`[data-part=${name}]`);
  const cards = [...document.querySelectorAll(".card[data-words]")], kinds = ["paper", "rule", "game"];
  const home = part("shelves");
  const said = new URLSearchParams(location.hash.slice(1));
  for (const name of ["q", "by", ...kinds]) if (said.has(name)) part(name).value = said.get(name);
  for (const name of ["by", ...kinds]) if (part(name).selectedIndex < 0) part(name).selectedIndex = 0;

  const arrange = () => {
    const by = part("by").value, shelves = new Map();
    for (const card of cards) {
      const title = card.dataset[by];
      if (!shelves.has(title)) shelves.set(title, []);
      shelves.get(title).push(card);
    }
    home.replaceChildren(...[...shelves].map(([title, own]) => {
      const section = document.createElement("section"), head = document.createElement("h2"), grid = document.createElement("div");
      head.append(title, " ");
      head.append(Object.assign(document.createElement("small"), { textContent: own.length }));
      grid.className = "cards";
      grid.append(...own);
      section.append(head, grid);
      return section;
    }));
  };
  const sift = () => {
    const words = part("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const card of cards) {
      const right = words.every((word) => card.dataset.words.includes(word)) && kinds.every((kind) => {
        const value = part(kind).value;
        return !value || (kind === "paper" ? card.dataset.paper === value : card.dataset[kind].split("|").includes(value));
      });
      card.hidden = !right;
      count += right;
    }
    for (const section of home.children) {
      const shown = section.querySelectorAll(".card:not([hidden])").length;
      section.hidden = !shown;
      section.querySelector("small").textContent = shown;
    }
    part("count").textContent = `${count} of ${cards.length} figures`;
    const now = new URLSearchParams();
    for (const name of ["q", ...kinds]) if (part(name).value) now.set(name, part(name).value);
    if (part("by").value !== "paper") now.set("by", part("by").value);
    history.replaceState(null, "", now.size ? `#${now}` : location.pathname + location.search);
  };
  part("q").addEventListener("input", sift);
  for (const kind of kinds) part(kind).addEventListener("change", sift);
  part("by").addEventListener("change", () => { arrange(); sift(); });
  if (part("by").value !== "paper") arrange();
  sift();
});
