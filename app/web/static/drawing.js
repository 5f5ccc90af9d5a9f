/* Brings the editor of diagrams where there is room for it: telephones show the picture and load nothing. */
(() => {
  "use strict";
  const desk = document.getElementById("editor");
  const wide = window.matchMedia("(min-width: 60rem)");
  const bring = () => {
    if (!wide.matches) return;
    wide.removeEventListener("change", bring);
    const script = document.createElement("script");
    script.src = desk.dataset.script;
    document.head.append(script);
  };
  wide.addEventListener("change", bring);
  bring();
})();
