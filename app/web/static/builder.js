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
    const refused = document.querySelector("#builder > .notice.late:not([hidden])");
    const opened = /^(open-|act-add|act-ready)/.test(last) && document.querySelector("#builder .builder-open input[type=text]");
    const same = last && document.getElementById(last);
    const next = refused ? wrong : opened || same;
    if (refused && !wrong) refused.scrollIntoView({ block: "center" });
    if (next) next.focus({ preventScroll: next === same });
    last = "";
  });
})();
