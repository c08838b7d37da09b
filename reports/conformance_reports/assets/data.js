// The data of the page: inflated, and looked up by what the views ask for.
let data = null;
let cases = [];
const caseBySlug = new Map();

async function inflated(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

const textAt = (n) => data.texts[n].map((block) => data.blocks[block]).join("\n\n");
const said = (text) => (typeof text === "number" ? textAt(text) : text); // a long one is a number

async function load() {
  data = JSON.parse(await inflated(byId("data").textContent.trim()));
  data.columns = data.heads.flatMap((head) => head.targets.map((target) => ({ ...head, target })));
  const rank = new Map(data.order.map((word, n) => [word, n]));
  for (const area of data.areas) {
    for (const item of area.cases) {
      item.area = area;
      item.cells ??= [];
      item.variants ??= [];
      item.flags = new Set(item.flags);
      item.tags ??= [];
      item.documents = new Set([...(item.covers || []), ...(item.refutes || [])].map((n) => data.statements[n].doc));
      item.verdicts = new Set(item.cells.map(([, word]) => word));
      item.on = new Set(item.cells.map(([column, word]) => `${data.columns[column].framework} ${word}`));
      item.worst = Math.min(99, ...item.cells.map(([, word]) => rank.get(word) ?? 0));
      item.text = null;
      caseBySlug.set(item.slug, [item, null]);
      for (const variant of item.variants) if (!caseBySlug.has(variant.slug)) caseBySlug.set(variant.slug, [item, variant]);
      cases.push(item);
    }
  }
  for (const statement of data.statements) statement.cases = [];
  for (const item of cases) {
    for (const n of new Set([...(item.covers || []), ...(item.refutes || [])])) data.statements[n].cases.push(item);
  }
}

// All that a reader may search a case for, in lower case: made when it is first asked for.
function textOf(item) {
  if (item.text !== null) return item.text;
  const found = [item.title, item.id, item.note, item.tags.join(" "), item.program && textAt(item.program - 1)];
  for (const n of [...(item.covers || []), ...(item.refutes || [])]) found.push(data.statements[n].says, data.statements[n].id);
  for (const variant of item.variants) {
    found.push(variant.axes);
    if (item.points) continue; // dozens of variants of one function: the words of each are in its axes
    for (const panel of variant.panels || []) {
      for (const source of panel.sources || []) found.push(textAt(source.text));
      for (const answer of panel.answers || []) {
        found.push(answer.message, said(answer.because), answer.raised_text, answer.output, ...(answer.warnings || []));
        for (const check of answer.checks || []) found.push(check.name, said(check.expected), check.observed, check.message);
      }
    }
  }
  item.text = found.filter(Boolean).join("\n").toLowerCase();
  return item.text;
}
