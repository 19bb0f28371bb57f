/*
 * The picture of a product or category, or its first letters where it has none.
 * A picture that cannot be loaded falls back to the letters too.
 */
import { apiUrl } from "../api/client.js";
import { html } from "../lib/html.js";

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toLocaleUpperCase()).join("");
}

function address(path) {
  return /^https?:/.test(path) ? path : apiUrl(path);
}

export function picture(name, path) {
  return html`
    <span class="picture" aria-hidden="true">
      <span class="picture-letters">${initials(name)}</span>
      ${path && html`<img src="${address(path)}" alt="" loading="lazy" decoding="async" draggable="false">`}
    </span>`;
}

/** A category's picture lies where product pictures lie. */
export function categoryPicture(category) {
  return picture(category.name, category.image && `/images/${encodeURIComponent(category.image)}`);
}

/** Makes pictures inside `host` fall back; error events do not bubble, so it captures. */
export function watchPictures(host, { signal } = {}) {
  host.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) event.target.remove();
  }, { capture: true, signal });
}

/** Gives an element its category's colour: the page allows no style attributes. */
export function paint(element, colour) {
  if (/^#[0-9a-f]{6}$/i.test(colour ?? "")) element.style.setProperty("--category", colour);
  else element.style.removeProperty("--category");
}
