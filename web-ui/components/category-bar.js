/*
 * The categories as coloured tiles; the chosen one is pressed.  Where the chosen
 * category has categories of its own, they follow in a second row.
 */
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { rove, setRovingItem } from "../lib/roving.js";
import { catalogue } from "../stores/catalogue.js";
import { icon } from "./icon.js";
import { categoryPicture, paint, watchPictures } from "./picture.js";

const TILE = "button[data-category]";
const SKELETONS = 8;

function tile(category, pressed) {
  return html`
    <button type="button" class="category" data-category="${category.id}" aria-pressed="${pressed}">
      <span class="category-name">${category.name}</span>${categoryPicture(category)}
    </button>`;
}

function allTile(pressed) {
  return html`
    <button type="button" class="category category-all" data-category="" aria-pressed="${pressed}">
      <span class="category-name">${t("sell.all")}</span><span class="picture">${icon("grid")}</span>
    </button>`;
}

function rootOf(categories, id) {
  let category = categories.find((each) => each.id === id);
  const seen = new Set();
  while (category?.parent_id && !seen.has(category.id)) {
    seen.add(category.id);
    category = categories.find((each) => each.id === category.parent_id);
  }
  return category?.id ?? null;
}

export function mountCategoryBar(host, { signal, onLeaveDown }) {
  host.append(fragment(html`
    <div class="categories" role="toolbar" aria-label="${t("sell.categories")}"></div>
    <div class="categories-inner" role="toolbar" aria-label="${t("sell.subcategories")}" hidden></div>`));
  const [bar, inner] = host.children;

  function fill(row, markup, categories) {
    const focused = row.contains(document.activeElement)
      ? document.activeElement.dataset.category : undefined;
    render(row, markup);
    for (const node of row.querySelectorAll(TILE)) {
      const category = categories.find((each) => each.id === node.dataset.category);
      paint(node, category);
    }
    const pressed = row.querySelector('[aria-pressed="true"]');
    setRovingItem(row, TILE, pressed);
    if (focused !== undefined) {
      row.querySelector(`[data-category="${focused}"]`)?.focus({ preventScroll: true });
    }
  }

  let drawn = null;
  function show({ categories, category_id, q, status }) {
    const wanted = `${categories.map((c) => `${c.id}${c.version}`)} ${category_id} ${q !== ""} ${status === "failed"}`;
    if (drawn === wanted) return;
    drawn = wanted;
    if (!categories.length && status === "loading") {
      render(bar, Array(SKELETONS).fill(0).reduce(
        (all) => html`${all}<span class="category skeleton"></span>`, html``));
      return;
    }
    const root = q ? undefined : rootOf(categories, category_id);
    const roots = categories.filter((category) => !category.parent_id);
    fill(bar, html`${allTile(root === null)}${roots.map((c) => tile(c, c.id === root))}`, categories);
    const children = root ? categories.filter((category) => category.parent_id === root) : [];
    inner.hidden = children.length === 0;
    fill(inner, html`${children.map((c) => tile(c, c.id === category_id))}`, categories);
  }

  host.addEventListener("click", ({ target }) => {
    const node = target.closest(TILE);
    if (node) catalogue.choose(node.dataset.category || null);
  }, { signal });
  for (const row of [bar, inner]) {
    rove(row, TILE, { signal, onLeave: (key) => { if (key === "ArrowDown") onLeaveDown(); } });
  }
  watchPictures(host, { signal });
  catalogue.onChange(show, { signal });
  show(catalogue.state);

  return { focus: () => bar.querySelector('[tabindex="0"]')?.focus() };
}
