/* Comfort only: every page works without this file. No inline handlers, no eval, nothing kept in the browser. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();

  /* Panes of a task: tabs on a phone, side by side where there is room. */
  const panes = (split) => {
    const links = all(".pane-tabs a", split);
    const show = (id) => {
      all(".pane", split).forEach((pane) => pane.classList.toggle("shown", pane.id === id));
      links.forEach((link) => link.setAttribute("aria-current", String(link.hash === "#" + id)));
      centre(split);
    };
    if (!links.length) return;
    const wrong = split.querySelector(".error-summary");
    const first = wrong ? wrong.closest(".pane").id : split.dataset.first || links[0].hash.slice(1);
    /* An address leads to a pane, or to something inside one that may be hidden. */
    const reveal = () => {
      const target = document.getElementById(location.hash.slice(1));
      const pane = target && target.closest(".pane");
      if (!pane || !split.contains(pane)) return false;
      show(pane.id);
      if (pane !== target) target.scrollIntoView();
      return true;
    };
    if (!reveal()) show(first);
    window.addEventListener("hashchange", reveal);
    links.forEach((link) => link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.hash.slice(1));
      window.scrollTo({ top: 0 });
    }));
  };

  /* A long list of boxes: find, take all of a group, see how many are taken. */
  const picker = (box) => {
    const boxes = () => all("input[type=checkbox]", box);
    const head = box.querySelector("[data-picker-head]");
    const count = box.querySelector("[data-picker-count]");
    const groups = all("[data-picker-group]", box);
    const update = () => {
      if (count) count.textContent = count.dataset.words.replace("#", boxes().filter((one) => one.checked).length);
      groups.forEach((group) => {
        const button = group.querySelector("[data-picker-all]");
        if (!button) return;
        const rest = all("input", group).filter((one) => !one.checked).length;
        button.textContent = rest ? button.dataset.all : button.dataset.none;
      });
    };
    groups.forEach((group) => {
      const button = group.querySelector("[data-picker-all]");
      if (!button) return;
      button.hidden = false;
      button.dataset.all = button.textContent;
      button.addEventListener("click", () => {
        const inputs = all("input", group);
        const take = inputs.some((one) => !one.checked);
        inputs.forEach((one) => { one.checked = take; });
        update();
        box.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    if (head) {
      head.hidden = false;
      head.querySelector("[data-picker-search]").addEventListener("input", (event) => {
        const words = fold(event.target.value).split(/\s+/).filter(Boolean);
        groups.forEach((group) => {
          let some = false;
          all(".choice", group).forEach((label) => {
            const text = fold(label.textContent);
            label.hidden = !words.every((word) => text.includes(word));
            some = some || !label.hidden;
          });
          group.hidden = !some;
        });
      });
    }
    box.addEventListener("change", update);
    update();
  };

  /* A field that only matters for some answers of another one. */
  const conditional = (field) => {
    const [name, wanted] = field.dataset.showWhen.split("=");
    const form = field.closest("form");
    if (!form) return;
    const update = () => {
      const values = new FormData(form).getAll(name).map(String);
      const holds = wanted.split("|").some((one) => values.includes(one));
      field.hidden = !holds;
      all("input, select, textarea", field).forEach((input) => { input.disabled = !holds; });
    };
    form.addEventListener("change", update);
    update();
  };

  /* How much room is left in a text. */
  const counter = (area) => {
    const limit = Number(area.dataset.limit);
    const line = document.createElement("span");
    line.className = "counter";
    line.setAttribute("aria-hidden", "true");
    area.after(line);
    const update = () => {
      const length = area.value.length;
      line.textContent = length > limit * 0.5 ? length.toLocaleString(root.lang) + " / " + limit.toLocaleString(root.lang) : "";
      line.classList.toggle("over", length > limit);
    };
    area.addEventListener("input", update);
    update();
  };

  /* Two taps are one act; typed work is not lost by leaving without a word. */
  const guard = (form) => {
    let touched = false;
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      touched = false;
      if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
    });
    if (form.dataset.keep !== undefined) {
      form.addEventListener("input", () => { touched = true; });
      window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
    }
    window.addEventListener("pageshow", () => {
      sent = false;
      all("[aria-busy=true]", form).forEach((one) => one.removeAttribute("aria-busy"));
    });
  };

  /* A file says its name, and that it is too large before it travels. */
  const file = (input) => {
    const name = input.parentElement.querySelector("[data-file-name]");
    const large = input.closest(".field").querySelector("[data-file-large]");
    const none = name.textContent;
    const update = () => {
      const chosen = Array.from(input.files);
      name.textContent = chosen.map((one) => one.name).join(", ") || none;
      if (large) large.hidden = chosen.every((one) => one.size <= Number(input.dataset.max));
    };
    name.hidden = false;
    input.addEventListener("change", update);
    update();
  };

  /* Eight digits are a day: keypads of phones have no slash. */
  const day = (input) => input.addEventListener("change", () => {
    input.value = input.value.trim().replace(/^(\d{2})(\d{2})(\d{4})$/, "$1/$2/$3");
  });

  /* What is drawn wider than the window is first seen where the work stands now. */
  const centre = (from) => all(".diagram, .steps", from).forEach((box) => {
    const now = box.querySelector(".node.current, .node.late, .node.error, [aria-current]");
    if (!now || !box.clientWidth) return;
    const outer = box.getBoundingClientRect();
    const inner = now.getBoundingClientRect();
    box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  });

  const copy = (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.copyFrom);
      input.select();
      navigator.clipboard.writeText(input.value).then(() => { button.textContent = button.dataset.done || button.textContent; });
    });
  };

  const enhance = (from) => {
    all("[data-panes], .split", from).forEach(panes);
    all("[data-picker]", from).forEach(picker);
    all("[data-show-when]", from).forEach(conditional);
    all("textarea[data-limit]", from).forEach(counter);
    all("form[method=post]", from).forEach(guard);
    all("[data-copy-from]", from).forEach(copy);
    all(".file-pick input", from).forEach(file);
    all("[data-day]", from).forEach(day);
    all("details", from).forEach((fold) => fold.addEventListener("toggle", () => centre(fold)));
    centre(from);
    const summary = from.querySelector("[data-focus]");
    if (summary && !summary.closest("[data-still]")) summary.focus();
  };

  /* Keys for those whose hands are on them: / finds, j and k walk the list, Escape closes the menu. */
  const keys = (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
    const menu = document.querySelector(".menu[open]");
    if (event.key === "Escape" && menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.key === "/" && document.querySelector("[data-shortcut='/']");
    if (field) { event.preventDefault(); field.focus(); return; }
    if (event.key !== "j" && event.key !== "k") return;
    const links = all(".row-link");
    const here = links.indexOf(document.activeElement);
    const next = links[event.key === "j" ? here + 1 : Math.max(0, here - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  const start = () => {
    enhance(document);
    document.addEventListener("keydown", keys);
    document.addEventListener("htmx:after:swap", (event) => enhance(event.target instanceof Element ? event.target : document));
    document.addEventListener("click", (event) => {
      all(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
