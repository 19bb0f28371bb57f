/*
 * Elements from data. Text goes in as text; the only markup is the document's Markdown (markdown.js).
 */

/* h("p.note", {title: "…"}, child, …): a tag with classes, attributes or on… listeners, and children;
 * strings become text, null and false are left out, arrays are flattened. */
export function h(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/* An icon of one path in a box of 24. */
export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/* Says something to a screen reader. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  requestAnimationFrame(() => { announcer.textContent = text; });
}

const COPY = "M9 9h10v11H9zM5 15V4h10";
const DONE = "m5 12.5 4.5 4.5L19 7.5";

/* A button that copies what `text()` returns. */
export function copyButton(text, label = "Copy") {
  const button = h("button.icon-button.copy", { type: "button", "aria-label": label, title: label }, icon(COPY));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      copyBySelection(text()); // no clipboard without HTTPS
    }
    button.dataset.state = "done";
    button.replaceChildren(icon(DONE));
    announce("Copied");
    setTimeout(() => {
      delete button.dataset.state;
      button.replaceChildren(icon(COPY));
    }, 1500);
  });
  return button;
}

function copyBySelection(text) {
  const area = h("textarea.visually-hidden", { "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

const TOKEN = {
  json: /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|\b(true|false|null)\b/g,
  sh: /(#[^\n]*)|('[^']*')|("(?:[^"\\]|\\.)*")|(\s-{1,2}[A-Za-z][\w-]*)/g,
};

/* Code with a little colour, in a frame with a copy button. */
export function codeBlock(text, language) {
  const code = h("code", { class: `language-${language || "text"}` });
  const pattern = language === "sh" || language === "json" ? TOKEN[language] : null;
  let from = 0;
  for (const match of pattern ? text.matchAll(pattern) : []) {
    code.append(text.slice(from, match.index), language === "json" ? jsonToken(match) : shellToken(match));
    from = match.index + match[0].length;
  }
  code.append(text.slice(from));
  return h("div.code", null, h("pre", { tabindex: "0" }, code), copyButton(() => text, "Copy the code"));
}

function jsonToken([all, string, colon, number]) {
  if (string && colon) return h("span", null, h("span.t-key", null, string), colon);
  return h(string ? "span.t-string" : number ? "span.t-number" : "span.t-word", null, all);
}

/* A `#` begins a comment only at the start of a word, which the tour's commands keep to. */
function shellToken([all, comment, single, double]) {
  return h(comment ? "span.t-comment" : single || double ? "span.t-string" : "span.t-key", null, all);
}
