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
  return /^(https?|blob):/.test(path) ? path : apiUrl(path);
}

export function picture(name, path) {
  return html`
    <span class="picture" aria-hidden="true">
      <span class="picture-letters">${initials(name)}</span>
      ${path && html`<img src="${address(path)}" alt="" loading="lazy" decoding="async" draggable="false">`}
    </span>`;
}

/**
 * A product's picture in the size that fits: `size` is how wide it stands, as in
 * the attribute sizes. The small one is 320 pixels, the large one 960.
 */
export function productPicture(product, size = "5rem") {
  const { large, small } = product.image_urls ?? { large: product.image_url, small: product.image_url };
  if (!large || large === small) return picture(product.name, large);
  return html`
    <span class="picture" data-photo aria-hidden="true">
      <span class="picture-letters">${initials(product.name)}</span>
      <img src="${address(small)}" srcset="${address(small)} 320w, ${address(large)} 960w" sizes="${size}" alt="" loading="lazy" decoding="async" draggable="false">
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

/* For categories without a colour: calm ones that white and black text can stand on. */
const PALETTE = [
  "#8A5A3C", "#C98A2B", "#3F9B4F", "#B5563A", "#C2528B", "#2F8FB8", "#7C4DA8", "#4F7F7A", "#5B74C4",
  "#8C8C3A",
];

/** A category's own colour, or always the same one of the palette. */
function colourOf(category) {
  if (/^#[0-9a-f]{6}$/i.test(category.colour ?? "")) return category.colour;
  const sum = [...category.name].reduce((all, sign) => (all * 31 + sign.codePointAt(0)) % 9973, 7);
  return PALETTE[sum % PALETTE.length];
}

/** Gives an element its category's colour (the page allows no style attributes); without one, the neutral. */
export function paint(element, category) {
  if (category) element.style.setProperty("--category", colourOf(category));
  else element.style.removeProperty("--category");
}
