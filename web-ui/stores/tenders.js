/*
 * What the customer has handed over of a sale that is not paid in full yet: part
 * by card, part in cash.
 *
 * A tender is what the request will have of it, and `about`, which tells it from
 * others of its type on the screen ("··42").  The list stays while the payment
 * is closed and over a reload of the tab, because a card may have been charged;
 * it ends with the cart that it pays for.
 */
import { settle } from "../lib/settlement.js";
import { tab } from "../lib/storage.js";
import { cart } from "./cart.js";
import { session } from "./session.js";
import { Store } from "./store.js";

export const MAX_TENDERS = 10;

/* Tenders of a customer; they leave with the customer. */
const OF_CUSTOMER = new Set(["store_credit", "customer_account"]);

class Tenders extends Store {
  constructor() {
    const saved = tab.get("tenders");
    super({ list: Array.isArray(saved) && !cart.isEmpty ? saved : [] });
    let customer = cart.state.customer?.id;
    cart.onChange((state) => {
      if (state.lines.length === 0) this.#set([]);
      else if (state.customer?.id !== customer) this.#set(this.state.list.filter(({ type }) => !OF_CUSTOMER.has(type)));
      customer = state.customer?.id;
    });
  }

  /** Takes a tender; cash joins the cash that is there. */
  add(tender) {
    this.#set(this.#with(tender));
  }

  remove(index) {
    this.#set(this.state.list.filter((_, at) => at !== index));
  }

  /** What is still due of a total. */
  settle(total) {
    return settle(total, this.state.list, session.state.store?.cash_rounding);
  }

  /** The tenders of a request, with one that ends it. */
  request(last = null) {
    return (last ? this.#with(last) : this.state.list).map(({ about, ...tender }) => tender);
  }

  #with(tender) {
    const { list } = this.state;
    const at = tender.type === "cash" ? list.findIndex(({ type }) => type === "cash") : -1;
    if (at < 0) return [...list, tender];
    const joined = { ...list[at], amount: list[at].amount + tender.amount };
    return list.map((each, index) => (index === at ? joined : each));
  }

  #set(list) {
    if (list.length === 0 && this.state.list.length === 0) return;
    if (list.length) tab.set("tenders", list);
    else tab.remove("tenders");
    this.update({ list });
  }
}

export const tenders = new Tenders();
