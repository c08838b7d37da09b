// The matrix: a row a case, a column a target; filters hide rows, an order moves them.
const STEP = 300; // rows that are laid out at first, and again where a reader comes near their end
const matrix = { rows: [], order: [], sections: [], ordered: null, visible: [], limit: STEP, query: null };

function verdictCell(item, column) {
  const found = item.cells.filter(([at]) => at === column);
  if (!found.length) return el("td", { class: "none" }, el("span", { class: "off" }, "no cell"));
  const whole = found.reduce((sum, [, , n]) => sum + n, 0);
  return el("td", {}, found.map(([, word, n]) => el("span", { class: `m w-${word}` },
    el("span", { class: "sign" }, data.signs[word] || "?"), el("span", { class: "word" }, ` ${word}`), whole > 1 && el("span", { class: "n" }, ` ${n}`))));
}

const MARKS = { frameworks: "≠ frameworks differ", modes: "≠ eager, compiled", devices: "≠ CPU, GPU", refutes: "✎ erratum", stale: "⚑ stale", since: "Δ changed" };

function caseRow(item) {
  const marks = Object.keys(MARKS).filter((flag) => item.flags.has(flag));
  return el("tr", { class: item.flags.has("frameworks") ? "case differing" : "case", "data-case": item.slug },
    el("th", { scope: "row" }, caseLink(item, item.title), " ", el("code", {}, item.id),
      marks.length > 0 && el("span", { class: "marks" }, marks.map((flag) => el("span", { class: `mark-${flag}` }, MARKS[flag])))),
    data.columns.map((_, column) => verdictCell(item, column)));
}

function buildMatrix() {
  const head = el("thead", {},
    el("tr", {}, el("th", { scope: "col", rowspan: 2 }, "Case"), data.heads.map((h) => el("th", { scope: "colgroup", colspan: h.targets.length }, h.title))),
    el("tr", {}, data.heads.flatMap((h) => h.targets.map((t) => el("th", { scope: "col" }, el("span", { class: "off" }, `${h.title} `), t)))));
  const table = el("table", { class: "matrix" }, el("caption", { class: "off" }, "Verdicts by case and target"), head);
  matrix.ordered = el("tbody", { hidden: true });
  table.append(matrix.ordered);
  for (const area of data.areas) {
    const count = el("small");
    const title = el("tr", { class: "area" }, el("th", { colspan: data.columns.length + 1, scope: "rowgroup" },
      el("b", {}, area.name), " ", count, (area.about || []).map((about) => el("span", { class: "about" }, about))));
    const body = el("tbody", { id: `area/${area.slug}` }, title);
    for (const item of area.cases) {
      const row = caseRow(item);
      body.append(row);
      matrix.rows.push({ item, row });
    }
    matrix.sections.push({ area, body, count });
    table.append(body);
  }
  matrix.table = table;
  matrix.order = matrix.rows;
  matrix.more = el("button", { type: "button", id: "more", hidden: true });
  matrix.more.addEventListener("click", () => extend(matrix.limit + STEP));
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) extend(matrix.limit + STEP);
  }, { rootMargin: "900px" }).observe(matrix.more);
  byId("table").replaceChildren(table, matrix.more);
}

function fitting(query) {
  const words = wordsOf(query.get("q"));
  const area = query.get("area"), tag = query.get("tag"), verdict = query.get("verdict"), name = query.get("document");
  const document_ = name ? data.documents.findIndex((d) => d.slug === name) : null;
  const flags = ["frameworks", "modes", "devices", "since"].filter((flag) => query.get(flag));
  const on = [...query].filter(([key, value]) => key.startsWith("verdict.") && value).map(([key, value]) => `${key.slice(8)} ${value}`);
  return (item) =>
    (!area || item.area.slug === area) && (!tag || item.tags.includes(tag)) && (document_ === null || item.documents.has(document_)) &&
    (!verdict || item.verdicts.has(verdict)) && on.every((key) => item.on.has(key)) && flags.every((flag) => item.flags.has(flag)) &&
    words.every((word) => textOf(item).includes(word));
}

let failingFirst = false;

function arrange(failing) {
  if (failing === failingFirst) return;
  failingFirst = failing;
  if (failing) {
    const needs = ({ item }) => item.worst * 2 - (item.flags.has("frameworks") || item.flags.has("modes") || item.flags.has("devices") ? 1 : 0);
    matrix.order = [...matrix.rows].sort((a, b) => needs(a) - needs(b));
    matrix.ordered.append(...matrix.order.map(({ row }) => row));
  } else {
    matrix.order = matrix.rows;
    const bodies = new Map(matrix.sections.map(({ area, body }) => [area, body]));
    for (const { item, row } of matrix.rows) bodies.get(item.area).append(row);
  }
  matrix.ordered.hidden = !failing;
}

function showMatrix(query) {
  const began = performance.now();
  if (matrix.query !== String(query)) matrix.limit = STEP;
  matrix.query = String(query);
  const fits = fitting(query);
  const failing = query.get("order") === "failing";
  arrange(failing);
  const counts = new Map(), laid = new Set();
  matrix.visible = [];
  for (const { item, row } of matrix.order) {
    const fit = fits(item);
    row.hidden = !fit || matrix.visible.length >= matrix.limit;
    if (!row.hidden) laid.add(item.area);
    if (!fit) continue;
    matrix.visible.push(item.slug);
    counts.set(item.area, (counts.get(item.area) || 0) + 1);
  }
  for (const { area, body, count: label } of matrix.sections) {
    const n = counts.get(area) || 0;
    body.hidden = failing || !laid.has(area);
    label.textContent = n === area.cases.length ? plural(n, "case") : `${n} of ${plural(area.cases.length, "case")}`;
  }
  const count = matrix.visible.length;
  matrix.more.hidden = count <= matrix.limit;
  matrix.more.textContent = `Show more of the ${count}`;
  byId("nothing").hidden = count > 0;
  const shown = byId("shown");
  shown.textContent = count === cases.length ? plural(count, "case") : `${count} of ${plural(cases.length, "case")}`;
  shown.dataset.filterMs = (performance.now() - began).toFixed(1);
}

function extend(limit) {
  matrix.limit = limit;
  showMatrix(new URLSearchParams(matrix.query));
}

function goRow(step) {
  const rows = [...matrix.table.querySelectorAll("tr.case")].filter((row) => !row.hidden);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const row = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  row.querySelector("a").focus();
  row.scrollIntoView({ block: "nearest" });
}
