/* Enter goes down a column as it does in a ledger; without this file it saves the form. */
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
})();
