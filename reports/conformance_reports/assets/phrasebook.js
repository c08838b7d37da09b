// The phrasebook: every neutral program as each framework's user would write it, filled in when it comes into view.
const phrases = [];
let onlyFramework = "";

function showOnly(node) {
  for (const panel of node.querySelectorAll("[data-framework]")) panel.hidden = Boolean(onlyFramework) && panel.dataset.framework !== onlyFramework;
}

function phraseBody(item) {
  const variant = item.variants[0];
  const columns = (variant?.panels || []).filter((p) => !p.wide && p.sources?.length).map((p) => {
    const answer = p.answers?.[0] || { verdict: "not-run" };
    const said = (answer.checks || []).map((c) => el("li", {}, el("code", {}, c.name), " ", clipped(c.observed)));
    return el("div", { class: "panel", "data-framework": p.framework }, el("h4", {}, p.title),
      code(textAt(p.sources[0].text), `${p.title} source`, p.sources[0].marked),
      el("ul", { class: "said" }, said), el("p", {}, badge(answer.verdict)));
  });
  return [el("div", { class: "panel neutral" }, el("h4", {}, "The question"), code(textAt(item.program - 1), "program")), ...columns];
}

const nearby = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) fillPhrase(phrases.find((phrase) => phrase.node === entry.target));
}, { rootMargin: "800px" });

function fillPhrase(phrase) {
  if (phrase.filled) return;
  phrase.filled = true;
  nearby.unobserve(phrase.node);
  phrase.node.classList.add("filled");
  phrase.node.append(el("div", { class: "panels" }, phraseBody(phrase.item)));
  showOnly(phrase.node);
}

function buildPhrasebook() {
  const place = byId("phrases");
  for (const area of data.areas) {
    const inside = area.cases.filter((item) => item.program && item.variants.some((v) => v.panels?.some((p) => p.sources?.length)));
    if (!inside.length) continue;
    const section = el("section", {}, el("h3", {}, area.name, " ", el("small", {}, plural(inside.length, "phrase"))));
    for (const item of inside) {
      const node = el("article", { class: "phrase", "data-case": item.slug }, el("h4", {}, caseLink(item, item.title), " ", el("code", {}, item.id)));
      phrases.push({ item, node, section, filled: false });
      section.append(node);
      nearby.observe(node);
    }
    place.append(section);
  }
}

function showPhrasebook(query) {
  if (!phrases.length) buildPhrasebook();
  const words = wordsOf(query.get("q")), area = query.get("area");
  const full = new Set();
  let count = 0;
  for (const { item, node, section } of phrases) {
    const shown = (!area || item.area.slug === area) && words.every((word) => textOf(item).includes(word));
    node.hidden = !shown;
    if (shown) { count += 1; full.add(section); }
  }
  for (const { section } of phrases) section.hidden = !full.has(section);
  onlyFramework = query.get("only") || "";
  showOnly(byId("phrases"));
  byId("phrasebook-shown").textContent = count === phrases.length ? plural(count, "phrase") : `${count} of ${plural(phrases.length, "phrase")}`;
}
