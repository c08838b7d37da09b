// Filters, links into the page, copy buttons and keys. The page is complete without it: it only hides and opens what is there.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const areas = [...document.querySelectorAll(".area")];
  const cases = [...document.querySelectorAll(".case")].map((node) => ({
    node,
    area: node.closest(".area"),
    verdicts: (node.dataset.v || "").split(" ").filter(Boolean).map((token) => token.split(":")),
    flags: new Set((node.dataset.f || "").split(" ")),
    text: null,
  }));
  const visible = () => cases.filter((item) => !item.node.hidden);
  const textOf = (item) => (item.text ??= item.node.textContent.toLowerCase());

  function apply() {
    const wanted = new FormData(form);
    const words = wanted.get("q").toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = wanted.get("verdict"), framework = wanted.get("framework"), area = wanted.get("area");
    let count = 0;
    const full = new Set();
    for (const item of cases) {
      const fits =
        (!area || item.area.dataset.area === area) &&
        (!(verdict || framework) ||
          item.verdicts.some(([f, v]) => (!framework || f === framework) && (!verdict || v === verdict))) &&
        (!wanted.get("frameworks") || item.flags.has("frameworks")) &&
        (!wanted.get("modes") || item.flags.has("modes")) &&
        words.every((word) => textOf(item).includes(word));
      item.node.hidden = !fits;
      if (fits) {
        count += 1;
        full.add(item.area);
      }
    }
    for (const section of areas) section.hidden = !full.has(section);
    nothing.hidden = count > 0;
    shown.textContent = count === cases.length ? `${count} cases` : `${count} of ${cases.length} cases`;
  }

  function remember() {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", query.size ? `#?${query}` : "#cases");
  }

  function follow() {
    if (location.hash.startsWith("#?")) {
      const query = new URLSearchParams(location.hash.slice(2));
      form.reset();
      for (const [name, value] of query) {
        const field = form.elements.namedItem(name);
        if (!field || field instanceof HTMLButtonElement) continue;
        if (field.type === "checkbox") field.checked = value === "1";
        else field.value = value;
      }
      apply();
      document.getElementById("cases").scrollIntoView();
      return;
    }
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const target = document.getElementById(name);
    if (!target || !target.closest("#cases")) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.hidden) { form.reset(); apply(); }
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    target.scrollIntoView();
  }

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { apply(); remember(); }, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); if (location.hash.startsWith("#?")) remember(); }));
  document.getElementById("open-all").addEventListener("click", () => { for (const item of visible()) item.node.open = true; });
  document.getElementById("close-all").addEventListener("click", () => { for (const item of cases) item.node.open = false; });

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }
  function equip(root) {
    for (const source of root.querySelectorAll(".code")) {
      if (source.parentElement.className === "native") continue;
      const box = document.createElement("div");
      box.className = "native";
      source.before(box);
      box.append(source);
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        button.textContent = (await copy(source.textContent + "\n")) ? "Copied" : "Not copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    }
  }
  document.addEventListener("toggle", (event) => { if (event.target.open) equip(event.target); }, true);
  for (const open of document.querySelectorAll("details[open]")) equip(open);

  let at = -1;
  function go(step) {
    const list = visible();
    if (!list.length) return;
    const current = list.findIndex((item) => item === cases[at]);
    const next = list[Math.min(Math.max(current + step, 0), list.length - 1)];
    cases[at]?.node.classList.remove("at");
    at = cases.indexOf(next);
    next.node.classList.add("at");
    next.node.querySelector("summary").focus();
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") { event.preventDefault(); form.elements.q.focus(); }
    if (event.key === "j") go(1);
    if (event.key === "k") go(-1);
  });

  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) follow();
  });
  form.hidden = false;
  apply();
  follow();
})();
