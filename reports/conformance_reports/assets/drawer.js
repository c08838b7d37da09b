// One case in a dialog: the question, the statements, the program, and the frameworks side by side.
const drawer = byId("drawer");

function statementItem(n) {
  const s = data.statements[n];
  return el("li", {}, s.says, " ", el("span", { class: "source" }, link(s.url, s.title || s.id), s.section && ` · ${s.section}`,
    " · ", el("a", { href: `#requirements?q=${encodeURIComponent(s.id)}` }, el("code", {}, s.id))));
}

function statementList(title, numbers, refuted) {
  return numbers?.length > 0 && [el("h3", {}, title), el("ul", { class: refuted ? "statements false" : "statements" }, numbers.map(statementItem))];
}

function measures(check) {
  if (check.exact) return el("small", { class: "measures" }, "exact");
  if (!check.measures) return null;
  const [absolute, relative, ulp, used] = check.measures;
  const part = (value, name) => value !== null && el("span", {}, el("b", {}, String(value)), ` ${name}`);
  const width = Math.min(100, 100 * (Number(used) || 0));
  return el("small", { class: "measures" }, part(absolute, "absolute"), part(relative, "relative"), part(ulp, "ULP"),
    used !== null && el("span", {}, el("b", {}, String(used)), " of the tolerance ",
      svg("svg", { class: "used", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: "whole", width: 100, height: 6 }),
        svg("rect", { class: Number(used) > 1 ? "v-contradicts" : "v-conforms", width: Math.max(width, 1), height: 6 }))));
}

const LONG = 160;

function clipped(content) {
  if (content.length <= LONG) return content;
  return [content.slice(0, LONG / 2), "… ", el("details", { class: "more" }, el("summary", {}, `all ${content.length} characters`), content)];
}

function pointCell(check, points) {
  return el("th", { scope: "row" }, check.name, points?.[check.name] && el("small", { class: "measures" }, clipped(points[check.name])));
}

function checkTable(checks, points) {
  return checks?.length > 0 && el("table", { class: points ? "checks by-point" : "checks" },
    el("thead", {}, el("tr", {}, (points ? ["Point", "Exact", "Observed"] : ["Name", "Documented", "Observed"]).map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, checks.map((c) => el("tr", { class: c.kind && `c-${c.kind}` }, pointCell(c, points), el("td", {}, clipped(said(c.expected))),
      el("td", {}, clipped(c.observed), c.kind && c.observed.replace(" ", "-") !== c.kind && [" ", el("b", {}, c.kind)], measures(c), c.message && el("small", {}, c.message))))));
}

const folded = (title, ...children) => el("details", { class: "more" }, el("summary", {}, title), ...children);
const text = (content) => el("pre", { class: "text" }, content);

function answerBox(a, points) {
  return el("div", { class: "answer" },
    el("p", {}, badge(a.verdict), a.stale && [" ", el("span", { class: "v v-known" }, "⚑ no longer fails as stated")], a.modes && ` ${a.modes}`),
    a.because !== undefined && el("p", { class: "because" }, said(a.because), a.issue_text && [" ", link(a.issue, a.issue_text)]),
    a.documents?.length > 0 && el("ul", { class: "statements" }, a.documents.map(statementItem)),
    checkTable(a.checks, points),
    a.checked > 0 && el("p", { class: "label" }, `${a.held} of ${a.checked} checks hold; of these, the nearest to their bound are shown`),
    a.message && !["conforms", "differs"].includes(a.verdict) && el("p", { class: `message w-${a.verdict}` }, a.message),
    a.raised && el("p", { class: "raised" }, el("b", {}, "Raised"), a.raised_at && ` at ${a.raised_at}`),
    a.raised_text && text(a.raised_text),
    a.traceback && folded("Traceback", text(a.traceback)),
    a.warnings?.length > 0 && folded(plural(a.warnings.length, "warning"), a.warnings.map(text)),
    a.output && folded("Captured output", text(a.output)));
}

function panelBox(p, points) {
  return el("article", { class: p.wide ? "panel wide" : "panel" },
    el("h4", {}, p.title, p.device && [" ", el("small", {}, p.device)], p.differ && [" ", el("span", { class: "flag" }, "eager ≠ compiled")]),
    (p.answers || []).map((a) => answerBox(a, points)),
    (p.sources || []).map((s, n) => {
      const shown = code(textAt(s.text), `${p.title} source`, s.marked);
      return n ? folded(`Source, ${s.modes}`, shown) : [el("p", { class: "label" }, s.modes), shown];
    }),
    p.repro?.length > 0 && copyable(el("pre", { class: "repro" }, p.repro.join("\n")), `${p.repro.join("\n")}\n`, "command"),
    p.times?.length > 0 && el("p", { class: "times" }, p.times.map((t, n) => [n > 0 && el("br"), t])));
}

function variantBody(variant, points) {
  return [
    variant.changes?.length > 0 && el("ul", { class: "changes" }, variant.changes.map((change) => el("li", {}, change))),
    variant.charts?.length > 0 && el("div", { class: "charts" }, variant.charts.map(chart)),
    el("div", { class: "panels" }, (variant.panels || []).map((p) => panelBox(p, points)))];
}

function variantBox(variant, open, points) {
  const box = el("details", { class: "variant" },
    el("summary", {}, el("code", {}, variant.axes), " ", (variant.verdicts || []).map(([word, n]) => [badge(word, n), " "])));
  const fill = () => { if (box.open && box.childElementCount === 1) box.append(...variantBody(variant, points).flat(Infinity).filter(Boolean)); };
  box.addEventListener("toggle", fill);
  box.open = open;
  fill();
  return box;
}

function openCase(item, variant, { previous, next, close }) {
  const several = item.variants.length > 1;
  const need = (v) => { // those that fail first, all others in the order of the case
    const worst = data.order.indexOf(v.verdicts?.[0]?.[0]);
    return worst >= 0 && worst < data.order.indexOf("differs") ? worst : data.order.length;
  };
  const shown = variant || (several ? item.variants.find((v) => v.verdicts?.some(([word]) => !["conforms", "differs", "unsupported"].includes(word))) || item.variants[0] : null);
  const button = (id, label, sign, act) => {
    const node = el("button", { type: "button", id, "aria-label": label, title: label, disabled: !act }, sign);
    if (act) node.addEventListener("click", act);
    return node;
  };
  const share = el("button", { type: "button", id: "drawer-link" }, "Copy link");
  share.addEventListener("click", () => copyFrom(share, location.href));
  const body = el("div", { class: "drawer-body" },
    el("div", { class: "question" },
      el("div", { class: "said" },
        item.note && el("p", {}, item.note),
        statementList("Documented", item.covers),
        statementList("Documented, and shown here to be false", item.refutes, true),
        item.points && folded(plural(Object.keys(item.points).length, "point"), el("dl", { class: "points" },
          Object.entries(item.points).map(([name, why]) => [el("dt", {}, el("code", {}, name)), el("dd", {}, clipped(why))]))),
        el("p", { class: "place" }, item.place && el("code", {}, item.place), item.tags.map((tag) => [" ", el("span", { class: "tag" }, tag)]))),
      item.program && el("div", { class: "program" }, el("h3", {}, item.points ? "Function" : "Program"), code(textAt(item.program - 1), "program"))),
    !item.variants.length && el("p", {}, "No cell in these results."),
    several ? [...item.variants].sort((a, b) => need(a) - need(b)).map((v) => variantBox(v, v === shown, item.points)) : item.variants.map((v) => variantBody(v, item.points)));
  drawer.replaceChildren(
    el("header", { class: "drawer-head" },
      el("div", { class: "drawer-title" }, el("h2", { id: "drawer-title", tabindex: -1 }, item.title), el("code", {}, item.id)),
      el("div", { class: "drawer-actions" }, button("drawer-previous", "Previous case (k)", "↑", previous), button("drawer-next", "Next case (j)", "↓", next),
        share, button("drawer-close", "Close (Esc)", "Close ✕", close))),
    body);
  drawer.dataset.case = item.slug;
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
  byId("drawer-title").focus();
  if (variant) body.querySelector("details.variant[open]")?.scrollIntoView({ block: "nearest" });
}
