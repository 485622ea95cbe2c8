// A slider and a number box for each number that can be turned.

const NOTCHES = 400;

// From the notch of a slider to a value and back: on a log scale where no sign may change.
function scaleOf(leaf) {
  if (leaf.low >= 0) {
    const low = 1e-4, high = Math.max(leaf.high, leaf.value);
    const zero = !leaf.open, span = Math.log(high / low), first = zero ? 1 : 0;
    return {
      value: (i) => (zero && i === 0 ? 0 : low * Math.exp((span * (i - first)) / (NOTCHES - first))),
      notch: (v) => (v <= 0 ? 0 : Math.round(first + ((NOTCHES - first) * Math.log(Math.max(v, low) / low)) / span)),
    };
  }
  const high = Math.max(leaf.high, Math.abs(leaf.value)), low = Math.max(leaf.low, -high);
  return { value: (i) => low + ((high - low) * i) / NOTCHES, notch: (v) => Math.round(((v - low) / (high - low)) * NOTCHES) };
}

function numberRows(place, leaves, values, change, refuse) {
  place.replaceChildren(...leaves.map((leaf, i) => {
    const row = document.createElement("div"), scale = scaleOf(leaf);
    row.className = "number";
    row.innerHTML = `<label>${leaf.name}</label><input type="range" min="0" max="${NOTCHES}"><input type="number" step="any">`;
    const [label, slider, box] = row.children;
    slider.setAttribute("aria-label", `${leaf.name}, slider`);
    box.setAttribute("aria-label", leaf.name);
    label.addEventListener("click", () => box.focus());
    slider.value = scale.notch(values[i]);
    box.value = values[i];
    slider.setAttribute("aria-valuetext", short(values[i]));
    slider.addEventListener("input", () => {
      const value = +scale.value(+slider.value).toPrecision(4);
      box.value = value;
      slider.setAttribute("aria-valuetext", short(value));
      change(i, value);
    });
    box.addEventListener("change", () => {
      if (box.value === "" || !allowed(leaf, +box.value)) {
        refuse(`${leaf.name} is ${box.value || "empty"}, but must be ${leaf.open ? "greater than" : "at least"} ${leaf.low} and at most ${leaf.high}.`);
        box.value = values[i];
        return;
      }
      slider.value = scale.notch(+box.value);
      change(i, +box.value);
    });
    return row;
  }));
}
