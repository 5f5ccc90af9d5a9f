/* Comfort of the form builder: what could not be sent is said and stays; the focus stays where the work is. */
(() => {
  "use strict";
  const inside = (event) => (event.target instanceof Element ? event.target.closest("[data-builder]") : null);
  let last = "";

  document.addEventListener("click", (event) => {
    const one = event.target.closest("#builder [id]");
    if (one) last = one.id;
  });
  document.addEventListener("htmx:error", (event) => {
    const box = inside(event) || document.querySelector("[data-builder]");
    const words = box && box.querySelector("[data-offline]");
    if (!words) return;
    words.hidden = false;
    words.scrollIntoView({ block: "center" });
    box.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
  });
  document.addEventListener("htmx:after:settle", () => {
    const wrong = document.querySelector("#builder [aria-invalid=true]");
    const opened = document.querySelector("#builder .builder-open input[type=text]");
    const same = last && document.getElementById(last);
    const next = wrong || (last.startsWith("open-") || last === "act-add" || last === "act-ready" ? opened : null) || same;
    if (next) next.focus({ preventScroll: next === same });
    last = "";
  });
})();
