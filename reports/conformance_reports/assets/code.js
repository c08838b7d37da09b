// Python source as coloured lines with a copy button, and text with a copy button.
const COLOURED = { keyword: "b", boolean: "b", comment: "i", string: "em", "triple-quoted-string": "em",
  "string-interpolation": "em", decorator: "var", function: "var", "class-name": "var" };

function coloured(source, marked) {
  const lines = [[]];
  const put = (text, kind) => text.split("\n").forEach((piece, n) => {
    if (n) lines.push([]);
    if (piece) lines.at(-1).push(kind ? el(kind, {}, piece) : piece);
  });
  const plain = (token) => typeof token === "string" ? token : Array.isArray(token) ? token.map(plain).join("") : plain(token.content);
  for (const token of Prism.tokenize(source, Prism.languages.python)) {
    put(plain(token), typeof token === "string" ? "" : COLOURED[token.type]);
  }
  return lines.flatMap((line, n) => {
    const shown = n + 1 === marked ? [el("mark", { title: "the line that raised" }, line)] : line;
    return n ? ["\n", ...shown] : shown;
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = el("textarea", { class: "off", "aria-hidden": "true" });
    area.value = text;
    (document.querySelector("dialog[open]") || document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

async function copyFrom(button, text) {
  const said = button.textContent;
  button.textContent = (await copy(text)) ? "Copied" : "Not copied";
  setTimeout(() => { button.textContent = said; }, 1500);
}

function copyable(node, text, what) {
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  button.addEventListener("click", () => copyFrom(button, text));
  return el("div", { class: "native" }, node, button);
}

const code = (source, what, marked) => copyable(el("pre", { class: "code", tabindex: 0 }, coloured(source, marked)), `${source}\n`, what);
