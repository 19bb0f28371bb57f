/*
 * Markdown of the document to elements. The document comes from the server that this page comes from, so its
 * markup is trusted; headings get ids, code a copy button, and each problem's row the anchor of its code.
 */
import { Marked } from "/vendor/marked/marked.esm.js";
import { codeBlock, h } from "/docs/dom.js";

const marked = new Marked({ gfm: true });
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy("mypos-docs", { createHTML: (html) => html })
  : { createHTML: (html) => html };

export function markdown(text, { headingLevel = 0 } = {}) {
  const box = h("div.prose");
  box.innerHTML = policy.createHTML(marked.parse(text ?? ""));
  for (const heading of box.querySelectorAll("h1, h2, h3, h4")) {
    const level = Math.min(6, Number(heading.localName[1]) + headingLevel);
    const id = slug(heading.textContent);
    heading.replaceWith(h(`h${level}`, { id, tabindex: "-1" }, [...heading.childNodes],
      h("a.anchor", { href: `#${id}`, "aria-label": `Link to ${heading.textContent}` }, "#")));
  }
  for (const pre of box.querySelectorAll("pre")) {
    const language = /language-(\w+)/.exec(pre.firstElementChild?.className ?? "")?.[1];
    pre.replaceWith(codeBlock(pre.textContent.replace(/\n$/, ""), language));
  }
  for (const table of box.querySelectorAll("table")) {
    const frame = h("div.table-frame", { tabindex: "0", role: "region", "aria-label": "Table" });
    table.replaceWith(frame);
    frame.append(table);
  }
  for (const anchor of box.querySelectorAll("td > a[id]")) {
    const row = anchor.closest("tr");
    row.id = anchor.id;
    row.tabIndex = -1;
    anchor.parentElement.append(h("a.anchor", { href: `#${row.id}`, "aria-label": `Link to ${row.cells[0].textContent}` }, "#"));
    anchor.remove();
  }
  return box;
}

export function slug(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

/* The first sentences as plain text, for search. */
export function plain(text) {
  return (text ?? "").replace(/[`*_#>|]/g, " ");
}
