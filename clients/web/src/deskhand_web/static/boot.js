// Stands in the page itself, before everything. A chosen theme must not flash; without a choice the system decides. The
// program is loaded when the page has been painted, because the two would wait for each other on a small machine.
(() => {
  const chosen = localStorage.getItem("deskhand.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(() => import("{assets}/main.js"))));
})();
