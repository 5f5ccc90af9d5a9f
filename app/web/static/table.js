/* Enter goes down a column as it does in a ledger, and nothing is sent into a lost line; comfort only. */
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (event.key !== "Enter" || !cell.classList || !cell.classList.contains("cell")) return;
    event.preventDefault();
    const line = cell.closest("tr");
    const next = event.shiftKey ? line.previousElementSibling : line.nextElementSibling;
    const at = Array.from(line.querySelectorAll(".cell")).indexOf(cell);
    const target = next && next.querySelectorAll(".cell")[at];
    if (target) target.focus();
    else cell.blur();
  });
  document.addEventListener("submit", (event) => {
    const told = event.target.querySelector("[data-table-offline]");
    if (!told) return;
    told.hidden = navigator.onLine;
    if (navigator.onLine) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    told.scrollIntoView({ block: "center" });
  }, true);
})();
