// Elements from names, attributes and children. Text is only ever set as text: nothing of the data becomes markup.
const SVG = "http://www.w3.org/2000/svg";

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false && child !== "") node.append(child);
  }
  return node;
}

const el = (name, attributes = {}, ...children) => filled(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) => filled(document.createElementNS(SVG, name), attributes, children);
const byId = (id) => document.getElementById(id);

function link(url, text) {
  return /^https?:\/\//.test(url || "") ? el("a", { href: url }, text) : document.createTextNode(text);
}

function badge(word, count = 1, extra = "") {
  const sign = data.signs[word] || "?";
  return el("span", { class: `v v-${word}` }, `${sign} ${word}`, count > 1 && [" ", el("b", {}, String(count))], extra && ` ${extra}`);
}

function bar(parts) {
  return svg("svg", { class: "bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    (parts || []).map(([word, at, width]) => svg("rect", { class: `v-${word}`, x: at, width, height: 6 })));
}

// Words of a query: all must be in the text.
const wordsOf = (query) => (query || "").toLowerCase().split(/\s+/).filter(Boolean);
const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

// A link to what the data calls a case.
const caseLink = (item, ...children) => el("a", { href: `#case/${item.slug}` }, ...children);
