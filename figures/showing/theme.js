// Before the first paint: the theme that was chosen, or the system's. Pictures come in both.
const theme = (() => {
  const root = document.documentElement;
  let kept = null;
  try { kept = localStorage.getItem("theme"); } catch { /* a page from a file may have no storage */ }
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  let now = asked || kept || (system.matches ? "dark" : "light");
  root.dataset.theme = now;
  const show = () => {
    root.dataset.theme = now;
    for (const image of document.querySelectorAll("img[data-dark]")) {
      image.dataset.light ||= image.getAttribute("src");
      const wanted = now === "dark" ? image.dataset.dark : image.dataset.light;
      if (image.getAttribute("src") !== wanted) image.setAttribute("src", wanted);
    }
  };
  addEventListener("DOMContentLoaded", () => {
    show();
    document.querySelector("[data-part=theme]")?.addEventListener("click", () => {
      now = now === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", now); } catch { /* it holds for this page */ }
      show();
    });
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.addEventListener("click", async () => {
        try { await navigator.clipboard.writeText(button.dataset.copy); button.textContent = "copied"; }
        catch { getSelection().selectAllChildren(button.previousElementSibling); }
      });
    }
  });
  return () => now;
})();
