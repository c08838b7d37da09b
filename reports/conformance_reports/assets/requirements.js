// The requirements: each document with its statements, their cases and what came of them.
const documents = [];

function requirementRow(statement) {
  const [sign, meaning, style] = data.statuses[statement.status];
  return el("tr", {}, el("td", {}, statement.says, " ", el("small", {}, [statement.section, statement.id].filter(Boolean).join(" · "))),
    el("td", {}, el("span", { class: `v v-${style}`, title: meaning }, `${sign} ${statement.status}`), statement.why && el("p", { class: "why" }, statement.why)),
    el("td", {}, statement.cases.map((item, n) => [n > 0 && el("br"), caseLink(item, item.id)])));
}

function buildRequirements() {
  const place = byId("documents");
  data.documents.forEach((d, number) => {
    const statements = data.statements.filter((s) => s.doc === number).map((s) => ({ ...s, text: `${s.says} ${s.section || ""} ${s.id}`.toLowerCase() }));
    const body = el("tbody");
    const box = el("details", { class: "document" },
      el("summary", {}, el("span", { class: "name" }, el("b", {}, `${d.framework}: ${d.title}`), " ", el("small", {}, plural(statements.length, "statement"))),
        el("span", { class: "counts" }, (d.counts || []).map(([status, n]) => el("span", { class: `w-${data.statuses[status][2]}` }, `${data.statuses[status][0]} ${n} ${status}`)), bar(d.bar))),
      el("p", { class: "about" }, link(d.url, d.url || "")),
      el("div", { class: "scroll" }, el("table", { class: "lines requirements" },
        el("thead", {}, el("tr", {}, ["Statement", "Status", "Cases"].map((text) => el("th", { scope: "col" }, text)))), body)));
    const found = { number, box, body, statements, shown: statements };
    box.addEventListener("toggle", () => { if (box.open) fillDocument(found); });
    documents.push(found);
    place.append(box);
  });
}

function fillDocument({ body, shown }) {
  body.replaceChildren(...shown.map(requirementRow));
}

function showRequirements(query) {
  if (!documents.length) buildRequirements();
  const words = wordsOf(query.get("q")), status = query.get("status"), name = query.get("document");
  const narrowed = words.length || status || name;
  let count = 0, whole = 0;
  for (const found of documents) {
    const asked = !name || data.documents[found.number].slug === name;
    found.shown = asked ? found.statements.filter((s) => (!status || s.status === status) && words.every((word) => s.text.includes(word))) : [];
    found.box.hidden = !found.shown.length;
    whole += found.statements.length;
    count += found.shown.length;
    found.body.replaceChildren();
  }
  for (const found of documents) {
    found.box.open = Boolean(narrowed) && count <= 300 && found.shown.length > 0;
    if (found.box.open) fillDocument(found);
  }
  byId("requirements-shown").textContent = count === whole ? plural(count, "statement") : `${count} of ${plural(whole, "statement")}`;
}
