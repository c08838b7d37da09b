// Charts from geometry that was worked out when the page was made; the same drawing as templates/chart.svg.
function chart(c) {
  const drawing = svg("svg", { viewBox: "0 0 560 240", role: "img", "aria-label": `${c.title}, ${c.scale}` },
    c.band && svg("rect", { class: "band", x: 58, width: 490, y: c.band[0], height: c.band[1] }),
    (c.y_ticks || []).map((t) => [svg("path", { class: "grid", d: `M58 ${t.at}H548` }), svg("text", { x: 52, y: t.at + 4, class: "end" }, t.label)]),
    (c.x_ticks || []).map((t) => svg("text", { x: t.at, y: 232, class: "middle" }, t.label)),
    svg("path", { class: "axis", d: "M58 12V214H548" }),
    c.below !== undefined && svg("path", { class: "bound", d: `M58 ${c.below}H548` }),
    (c.dots || []).map(([x, y]) => svg("circle", { class: "dot", cx: x, cy: y, r: 2 })),
    (c.curves || []).map((d) => svg("path", { class: `curve f${d.style || 0}${d.dashed ? " dash" : ""}`, d: d.path })));
  const swatch = (mark) => svg("svg", { viewBox: "0 0 28 8", class: "swatch", "aria-hidden": "true" }, mark);
  const key = el("ul", { class: "key" },
    (c.curves || []).map((d) => el("li", {}, swatch(svg("path", { class: `curve f${d.style || 0}${d.dashed ? " dash" : ""}`, d: "M0 4H28" })),
      ` ${d.label}: ${d.first} → ${d.end} `, el("small", {}, `${d.steps} values${d.broken ? `, ${d.broken} not finite` : ""}`))),
    c.dots && el("li", {}, swatch(svg("circle", { class: "dot", cx: 14, cy: 4, r: 2 })), " data"),
    c.band_label && el("li", {}, swatch(svg("rect", { class: "band", width: 28, height: 8 })), ` ${c.band_label}`),
    c.below_label && el("li", {}, swatch(svg("path", { class: "bound", d: "M0 4H28" })), ` ${c.below_label}`));
  return el("figure", { class: "chart" }, el("figcaption", {}, c.title, " ", el("small", {}, c.scale)), drawing, key);
}
