/*
 * What the selling screen shows: categories, and the products of the chosen
 * category or search.  Products come in pages as the cashier scrolls, so a
 * catalogue of 100,000 costs no more than one of 60.
 *
 * state.status: "loading", "ready" or "failed"; state.products is what is shown
 * now and stays on the screen while the next answer is under way.
 */
import { clientEvents } from "../api/client.js";
import { categories_list } from "../api/categories.js";
import { listAll } from "../api/pages.js";
import { products_list } from "../api/products.js";
import { locale } from "../lib/i18n.js";
import { latest } from "../lib/latest.js";
import { Store } from "./store.js";

const PAGE = 60;
const SEARCH_HITS = 50;
const SEARCH_DELAY_MS = 110;
const REFRESH_DELAY_MS = 400;

/** All categories, in the order in which they are shown. */
export async function readCategories() {
  const categories = await listAll(categories_list);
  const { compare } = new Intl.Collator(locale(), { numeric: true });
  return categories.sort((a, b) => a.position - b.position || compare(a.name, b.name));
}

class Catalogue extends Store {
  #search = latest((signal, q) => products_list({ q, limit: SEARCH_HITS }, { signal }),
    SEARCH_DELAY_MS);
  #page = latest((signal, query) => products_list(query, { signal }), 0);
  #refreshTimer = 0;
  #loaded = false;
  #showing = Promise.resolve();

  constructor() {
    super({
      categories: [],
      category_id: null,
      q: "",
      products: [],
      shown: null,
      next_cursor: null,
      status: "loading",
      more: false,
      error: null,
    });
    // Another till or a manager changed the catalogue: show it, without a flicker.
    clientEvents.addEventListener("catalogue", () => {
      if (!this.#loaded) return;
      clearTimeout(this.#refreshTimer);
      this.#refreshTimer = setTimeout(() => this.refresh(), REFRESH_DELAY_MS);
    });
  }

  categoryOf(product) {
    return this.state.categories.find((category) => category.id === product?.category_id) ?? null;
  }

  async load() {
    await this.loadCategories();
    await this.show();
  }

  async loadCategories() {
    try {
      const categories = await readCategories();
      this.#loaded = true;
      this.update({ categories });
    } catch (error) {
      this.update({ status: "failed", error });
    }
  }

  /** Loads again what is on the screen. */
  async refresh() {
    await this.loadCategories();
    await this.show();
  }

  choose(category_id) {
    this.update({ category_id, q: "" });
    return this.show();
  }

  /** Resolves once the hits are there; never, when a newer question came before. */
  search(q) {
    if (q === this.state.q) return this.#showing;
    this.update({ q });
    return this.show();
  }

  /** Asks for what state.q and state.category_id describe. */
  show() {
    this.#showing = this.#ask();
    return this.#showing;
  }

  async #ask() {
    const { q, category_id } = this.state;
    // One answer counts: neither a slower search nor a slower page may follow it.
    this.#search.cancel();
    this.#page.cancel();
    this.update({ status: "loading", error: null });
    const text = q.trim();
    try {
      const answer = text
        ? await this.#search.call(text)
        : await this.#page.call({ category_id, limit: PAGE });
      this.update({
        products: answer.data,
        next_cursor: answer.next_cursor,
        shown: { q, category_id },
        status: "ready",
      });
    } catch (error) {
      if (error.kind !== "cancelled") this.update({ status: "failed", error });
    }
  }

  async showMore() {
    const { next_cursor: cursor, shown, more, status } = this.state;
    if (!cursor || more || status !== "ready") return;
    this.update({ more: true });
    try {
      const query = { category_id: shown.category_id, limit: PAGE, cursor };
      const answer = await products_list(query);
      // Another category may have been chosen meanwhile.
      if (this.state.shown !== shown || this.state.next_cursor !== cursor) return;
      this.update({
        products: [...this.state.products, ...answer.data],
        next_cursor: answer.next_cursor,
      });
    } catch {
      // Scrolling on asks again.
    } finally {
      this.update({ more: false });
    }
  }
}

export const catalogue = new Catalogue();
