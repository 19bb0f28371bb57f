/*
 * Products as tiles: picture, name, price, and how many the cart holds.  More
 * come as the end of the list scrolls near.
 */
import { t } from "../lib/i18n.js";
import { element, fragment, html, render } from "../lib/html.js";
import { reconcile } from "../lib/keyed.js";
import { formatMoney } from "../lib/money.js";
import { rove, setRovingItem } from "../lib/roving.js";
import { cart } from "../stores/cart.js";
import { catalogue } from "../stores/catalogue.js";
import { session } from "../stores/session.js";
import { emptyNotice, faultNotice } from "./notice.js";
import { paint, productPicture, watchPictures } from "./picture.js";

const TILE = "button.product";
const SKELETONS = 18;

function priceText(product) {
  const price = formatMoney(product.price, session.currency);
  return product.unit === "weighed" ? t("sell.per_kg", { price }) : price;
}

function createTile(product) {
  const node = element(html`
    <button type="button" class="product">
      ${productPicture(product, "10rem")}
      <span class="product-name"></span>
      <span class="product-price amount"></span>
      <span class="product-count" hidden></span>
    </button>`);
  return node;
}

function updateTile(node, product, count) {
  const stamp = `${product.version} ${product.price}`;
  if (node.dataset.stamp !== stamp) {
    node.dataset.stamp = stamp;
    node.dataset.product = product.id;
    node.querySelector(".picture").replaceWith(fragment(productPicture(product, "10rem")));
    node.querySelector(".product-name").textContent = product.name;
    node.querySelector(".product-price").textContent = priceText(product);
  }
  paint(node, catalogue.categoryOf(product));
  const badge = node.querySelector(".product-count");
  badge.hidden = count === 0;
  badge.textContent = count || "";
  node.setAttribute("aria-label", [
    product.name, priceText(product), count ? t("sell.in_cart", { count }) : "",
  ].filter(Boolean).join(", "));
}

function skeletons() {
  return html`${Array.from({ length: SKELETONS }, () => html`<span class="product skeleton" aria-hidden="true"></span>`)}`;
}

/** What stands in the tiles' place, or null. */
function noticeFor({ products, status, error, shown }) {
  if (status === "failed") return faultNotice(error);
  if (status !== "ready" || products.length > 0) return null;
  return shown.q
    ? emptyNotice("search", t("sell.nothing_found", { q: shown.q }), t("sell.nothing_found_text"))
    : emptyNotice("box", t("sell.no_products"), t("sell.no_products_text"));
}

export function mountProductGrid(host, { signal, onPick, onLeaveUp }) {
  host.append(fragment(html`
    <div class="products" role="group" aria-label="${t("sell.products")}"></div>
    <div class="products-notice" hidden></div>
    <div class="products-end" aria-hidden="true"></div>`));
  const [grid, notice, end] = host.children;
  let shown = null;

  function show() {
    const { products, status, shown: query } = catalogue.state;
    host.setAttribute("aria-busy", String(status === "loading"));
    const message = noticeFor(catalogue.state);
    notice.hidden = message === null;
    grid.hidden = message !== null;
    if (message) render(notice, message);
    if (status === "loading" && query === null) {
      render(grid, skeletons());
      return;
    }
    grid.querySelectorAll(".skeleton").forEach((node) => node.remove());
    const counts = cart.counts;
    reconcile(grid, products, (product) => product.id, createTile,
      (node, product) => updateTile(node, product, counts.get(product.id) ?? 0));
    setRovingItem(grid, TILE, null);
    if (shown !== query) {
      // Another list starts at its top.
      if (shown && JSON.stringify(shown) !== JSON.stringify(query)) host.scrollTop = 0;
      shown = query;
    }
  }

  function pick(node) {
    const product = catalogue.state.products.find((each) => each.id === node?.dataset.product);
    if (product) onPick(product);
  }

  grid.addEventListener("click", ({ target }) => pick(target.closest(TILE)), { signal });
  notice.addEventListener("click", ({ target }) => {
    if (target.closest("[data-retry]")) catalogue.refresh();
  }, { signal });
  rove(grid, TILE, { signal, onLeave: (key) => { if (key === "ArrowUp") onLeaveUp(); } });
  watchPictures(host, { signal });

  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) catalogue.showMore();
  }, { root: host, rootMargin: "600px" });
  near.observe(end);
  signal.addEventListener("abort", () => near.disconnect());

  catalogue.onChange(show, { signal });
  let lines = null;
  cart.onChange((state) => {
    if (lines === state.lines) return;
    lines = state.lines;
    const counts = cart.counts;
    const products = new Map(catalogue.state.products.map((product) => [product.id, product]));
    for (const node of grid.querySelectorAll(TILE)) {
      const product = products.get(node.dataset.product);
      if (product) updateTile(node, product, counts.get(product.id) ?? 0);
    }
  }, { signal });
  show();

  return {
    focus: () => grid.querySelector('[tabindex="0"]')?.focus(),
    focusFirst: () => grid.querySelector(TILE)?.focus(),
  };
}
