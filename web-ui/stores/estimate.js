/*
 * What a cart will cost, before the server has said so: the server's own core
 * (lib/core.js) over what the shop has told of taxes and promotions.  The
 * server's quote replaces it a moment later and is the one that counts.
 *
 * price() answers null whenever something is missing that the server would look
 * at: the till then shows what it did before, and waits for the server.  After
 * an estimate that the server did not confirm there is none until the catalogue
 * has been read again; after MISTAKES_MAX of them there are none at all.
 */
import { categories_list } from "../api/categories.js";
import { clientEvents } from "../api/client.js";
import { listAll } from "../api/pages.js";
import { price_lists_list } from "../api/price-lists.js";
import { promotions_list } from "../api/promotions.js";
import { taxes_list } from "../api/taxes.js";
import { loadCore } from "../lib/core.js";
import { session } from "./session.js";

const RELOAD_DELAY_MS = 1000;
const MISTAKES_MAX = 3;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** The moment on the store's clock, as the core's promotions ask for it. */
export function storeTime(at, timeZone) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone, weekday: "short", hour: "numeric", minute: "numeric", hourCycle: "h23",
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    at: at.getTime(),
    weekday: WEEKDAYS.indexOf(parts.weekday),
    minute: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/* Prices of lists that hold for everybody are not known here: better no estimate than a wrong one. */
async function readShop() {
  const [taxes, categories, promotions, priceLists] = await Promise.all([
    listAll(taxes_list), listAll(categories_list), listAll(promotions_list), listAll(price_lists_list),
  ]);
  if (priceLists.some((list) => list.customer_group_ids.length === 0)) return null;
  promotions.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  return { taxes, categories, promotions };
}

class Estimate {
  #core = null;
  #shop = null;
  #timer = 0;
  #mistakes = 0;

  constructor() {
    // A manager changed prices, taxes or promotions: what was read is old.
    clientEvents.addEventListener("catalogue", () => this.#forget());
  }

  /** Reads what is needed, once the till is idle; again after a change of the catalogue. */
  prepare() {
    if (this.#shop || this.#timer || this.#mistakes >= MISTAKES_MAX) return;
    this.#timer = setTimeout(() => this.#load(), RELOAD_DELAY_MS);
  }

  /** The quote of these lines, of a request and with their products, as the server will answer it; or null. */
  price(lines) {
    const { store } = session.state;
    if (!this.#core || !this.#shop || !store || lines.some((line) => !line.product.tax_ids)) return null;
    try {
      return this.#core.quote({
        ...this.#shop, store, lines, now: storeTime(new Date(), session.timeZone),
      });
    } catch {
      return null; // What cannot be priced the server says in words.
    }
  }

  /** Compares an estimate with the server's answer to the same cart. */
  confirm(estimated, quote) {
    if (!estimated || estimated.total === quote.total) return;
    this.#mistakes += 1;
    this.#forget();
  }

  #forget() {
    this.#shop = null;
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #load() {
    const timer = this.#timer;
    try {
      const [core, shop] = await Promise.all([this.#core ?? loadCore(), readShop()]);
      this.#core = core;
      if (this.#timer === timer) this.#shop = shop;
    } catch {
      // Not allowed, or not reachable: the next cart tries again.
    }
    if (this.#timer === timer) this.#timer = 0;
  }
}

export const estimate = new Estimate();
