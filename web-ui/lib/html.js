/*
 * Escaping templates.  html`<b>${name}</b>` gives a Markup whose values are
 * escaped; a nested Markup, or an array of them, is taken as it is.  Only
 * render() and fragment() turn Markup into nodes, so text that came from a
 * person or from the server can never become markup.
 *
 * Values may stand in text and in quoted attributes.  null, undefined and
 * false give nothing.  A boolean attribute is written ?name="${value}":
 *
 *   html`<button ?disabled="${busy}" title="${name}">${label}</button>`
 */

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const BOOLEAN_ATTRIBUTE = /\s\?([a-z-]+)="$/;

// Where the browser knows Trusted Types, the page's policy lets nobody but
// this file assign markup.
const policy = globalThis.trustedTypes?.createPolicy("mypos-html", { createHTML: (text) => text });

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

export function escape(value) {
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

function toText(value) {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(toText).join("");
  return escape(value);
}

export function html(strings, ...values) {
  let text = strings[0];
  for (let i = 0; i < values.length; i += 1) {
    const attribute = text.match(BOOLEAN_ATTRIBUTE);
    if (attribute) {
      // The closing quote opens the next literal part.
      text = text.slice(0, attribute.index) + (values[i] ? ` ${attribute[1]}=""` : "");
      text += strings[i + 1].slice(1);
    } else {
      // In an attribute, false is a value: aria-pressed="false".
      const inAttribute = typeof values[i] === "boolean" && text.endsWith('="');
      text += (inAttribute ? String(values[i]) : toText(values[i])) + strings[i + 1];
    }
  }
  return new Markup(text);
}

/** Nodes of a template, for appending. */
export function fragment(markup) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(markup.text) : markup.text;
  return template.content;
}

/** The one element of a template. */
export function element(markup) {
  return fragment(markup).firstElementChild;
}

/** Replaces what an element holds. */
export function render(host, markup) {
  host.replaceChildren(fragment(markup));
}
