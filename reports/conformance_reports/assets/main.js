// The address says what is shown: #tab?filters&case=…; this follows it, writes it back, and listens for keys.
const tabs = [...document.querySelectorAll("[data-tab]")];
const nav = new Map([...byId("sections").children].map((node) => [node.hash.slice(1), node]));
const forms = { matrix: byId("filters"), phrasebook: byId("phrasebook-filters"), requirements: byId("requirements-filters") };
const views = { matrix: showMatrix, phrasebook: showPhrasebook, requirements: showRequirements };
const state = { tab: "overview", query: new URLSearchParams(), open: null };

function addressOf(tab, query, open) {
  const all = new URLSearchParams(query);
  if (open) all.set("case", open);
  const text = all.toString().replaceAll("%2F", "/");
  return `#${tab}${text ? `?${text}` : ""}`;
}

function remember() {
  history.replaceState(null, "", addressOf(state.tab, state.query, state.open));
  nav.get(state.tab).href = addressOf(state.tab, state.query, null);
}

function decoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

// Reads the address into the state; returns the element to go to, if the address names one.
function read() {
  const address = location.hash.slice(1);
  const at = address.indexOf("?");
  const name = decoded(at < 0 ? address : address.slice(0, at));
  const query = new URLSearchParams(at < 0 ? "" : address.slice(at + 1));
  const open = query.get("case");
  query.delete("case");
  if (name.startsWith("case/") && caseBySlug.has(name.slice(5))) {
    state.open = name.slice(5);
    return null;
  }
  state.open = open && caseBySlug.has(open) ? open : null;
  if (name === "" && at >= 0) Object.assign(state, { tab: "matrix", query });
  else if (name === "") Object.assign(state, { tab: "overview", query });
  else if (nav.has(name)) Object.assign(state, { tab: name, query });
  else {
    const target = byId(name);
    const tab = target?.closest("[data-tab]")?.id || (name.startsWith("area/") ? "matrix" : "overview");
    Object.assign(state, { tab, query });
    return target;
  }
  return null;
}

function fillForm(form) {
  form.reset();
  for (const [name, value] of state.query) {
    const field = form.elements.namedItem(name);
    if (!field || field instanceof HTMLButtonElement) continue;
    if (field.type === "checkbox") field.checked = value === "1";
    else field.value = value;
  }
}

function show() {
  for (const tab of tabs) tab.hidden = tab.id !== state.tab;
  for (const [name, node] of nav) {
    if (name === state.tab) node.setAttribute("aria-current", "page");
    else node.removeAttribute("aria-current");
  }
  views[state.tab]?.(state.query);
}

function openAt(slug) {
  const [item, variant] = caseBySlug.get(slug);
  const order = matrix.visible.includes(item.slug) ? matrix.visible : cases.map((c) => c.slug);
  const at = order.indexOf(item.slug);
  const to = (n) => order[n] && (() => { state.open = order[n]; remember(); openAt(order[n]); });
  openCase(item, variant, { previous: at > 0 && to(at - 1), next: to(at + 1), close: () => drawer.close() });
}

let shownTab = "";

// A tab that is changed to begins at its head; the page's own head stays out of sight where it was scrolled away.
function scrollToTab() {
  const head = byId("sections").previousElementSibling.offsetHeight;
  if (shownTab !== state.tab) window.scrollTo({ top: shownTab ? Math.min(scrollY, head) : 0, behavior: "instant" });
  shownTab = state.tab;
}

function follow() {
  const target = read();
  const form = forms[state.tab];
  if (form) fillForm(form);
  const further = byId("further");
  further.open ||= [...state.query.keys()].some((name) => further.contains(form?.elements.namedItem(name)));
  show();
  scrollToTab();
  remember();
  if (state.open) openAt(state.open);
  else if (drawer.open) drawer.close();
  if (target) {
    for (let node = target; node; node = node.parentElement) if (node instanceof HTMLDetailsElement) node.open = true;
    target.scrollIntoView();
  }
}

function listen() {
  for (const [tab, form] of Object.entries(forms)) {
    let waiting = 0;
    const changed = () => {
      state.query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      views[tab](state.query);
      remember();
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(changed, 80); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => { if (event.isTrusted) setTimeout(changed); });
    form.hidden = false;
  }
  byId("further").open = matchMedia("(min-width: 60rem)").matches;
  const share = byId("copy-view");
  share.addEventListener("click", () => copyFrom(share, location.href));
  drawer.addEventListener("close", () => {
    const slug = drawer.dataset.case;
    if (!state.open) return;
    state.open = null;
    remember();
    document.querySelector(`tr.case[data-case="${CSS.escape(slug)}"] a`)?.focus({ preventScroll: true });
  });
  drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const to = event.target instanceof Element && event.target.closest("a[href^='#']");
    if (to && to.hash === location.hash) follow();
    else if (!to && event.target instanceof Element && !String(getSelection())) event.target.closest("#table tr.case")?.querySelector("a").click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (drawer.open) {
      if (event.key === "j") byId("drawer-next").click();
      if (event.key === "k") byId("drawer-previous").click();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      if (!forms[state.tab]) { location.hash = "#matrix"; }
      setTimeout(() => forms[state.tab]?.elements.q.focus());
    }
    if (state.tab === "matrix" && event.key === "j") goRow(1);
    if (state.tab === "matrix" && event.key === "k") goRow(-1);
  });
  window.addEventListener("beforeprint", () => { if (state.tab === "matrix") extend(Infinity); });
  window.addEventListener("beforeprint", () => { if (state.tab === "phrasebook") phrases.filter(({ node }) => !node.hidden).slice(0, 300).forEach(fillPhrase); });
}

// Where the data cannot be read, the part that is meant for readers without scripts is shown instead.
function withoutData(error) {
  console.error(error);
  for (const node of document.querySelectorAll("noscript")) {
    const box = document.createElement("div");
    box.innerHTML = node.textContent;
    node.replaceWith(box);
  }
}

history.scrollRestoration = "manual";
load().then(() => {
  buildMatrix();
  listen();
  follow();
  document.documentElement.dataset.ready = "true";
}).catch(withoutData);
