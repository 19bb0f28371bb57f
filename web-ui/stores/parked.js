/*
 * The carts of this store that wait: held here, taken up at any register, once.
 *
 *   list   those that wait, the newest first
 *   count  how many, for the badge; null while nobody knows
 */
import {
  parked_carts_create, parked_carts_discard, parked_carts_list, parked_carts_resume,
} from "../api/parked-carts.js";
import { customers_read } from "../api/customers.js";
import { products_read } from "../api/products.js";
import { cart } from "./cart.js";
import { session } from "./session.js";
import { Store } from "./store.js";

const SHOWN = 100;

class Parked extends Store {
  constructor() {
    super({ list: [], count: null });
  }

  async load({ signal } = {}) {
    const query = { store_id: session.state.store.id, limit: SHOWN };
    const { data } = await parked_carts_list(query, { signal });
    this.update({ list: data, count: data.length });
    return data;
  }

  /** Puts the cart aside under an id of the till: pressing again repeats it. */
  async hold(id, label) {
    const { register_id, ...held } = cart.request();
    const revision = cart.state.lines;
    await parked_carts_create({ id, register_id, cart: held, ...(label && { label }) });
    if (cart.state.lines === revision) cart.finish();
    this.update({ count: (this.state.count ?? 0) + 1 });
  }

  /** Takes a cart to this register. */
  async resume(id) {
    const taken = await parked_carts_resume(id, session.state.register.id);
    const ids = [...new Set(taken.cart.lines.map((line) => line.product_id))];
    const products = new Map((await Promise.all(ids.map((product) => products_read(product))))
      .map((product) => [product.id, product]));
    cart.takeUp(taken.id, taken.cart, products, await this.#customer(taken.cart.customer_id));
    this.update({ list: this.state.list.filter((each) => each.id !== id) });
    this.update({ count: this.state.list.length });
  }

  /* Who may not read customers still sells to this one. */
  async #customer(id) {
    if (!id) return null;
    try {
      return await customers_read(id);
    } catch {
      return { id, name: "…" };
    }
  }

  async discard(id) {
    await parked_carts_discard(id);
    const list = this.state.list.filter((each) => each.id !== id);
    this.update({ list, count: list.length });
  }
}

export const parked = new Parked();
