/*
 * The sale on the counter.
 *
 * A line is {key, product, quantity, discounts, problem} and, where somebody has said so,
 * unit_price, price_reason, tare and gift_card as the API names them.  product is a snapshot
 * for showing, quantity a decimal string, problem null or {text, from}: what the
 * server said of the line, in a "quote" or of a "sale".  Every amount that counts comes from the
 * server's quote; the cart only knows which quote belongs to which revision of itself.
 *
 * customer is {id, name, …} of whom it is for, or null; customerProblem what the
 * server said of them.  Only id and name are saved; the rest is read again.
 *
 * parkedId is the parked cart that this one was, or null; its sale names it.  basket is
 * what that one had beside lines and customer ({discounts, coupons …}), as the API names it.
 *
 *   quoteStatus   means
 *   empty         no lines
 *   pending       lines have changed; the quote on show is an estimate (stores/estimate.js), or
 *                 the previous one
 *   fresh         state.quote prices exactly these lines
 *   failed        the server could not be asked, or refused; see quoteError
 *
 * Invariants:
 *   1. quoteStatus is "fresh" only when quote was asked for the present revision.
 *   2. Each change saves the lines first: a reload finds them.
 *   3. Each change can be undone, up to UNDO_DEPTH steps back.
 */
import { missingScope } from "../api/client.js";
import { customers_read } from "../api/customers.js";
import { quotes_create } from "../api/quotes.js";
import { add, compare, isPositive } from "../lib/decimal.js";
import { latest } from "../lib/latest.js";
import { local, localName } from "../lib/storage.js";
import { estimate } from "./estimate.js";
import { session } from "./session.js";
import { Store } from "./store.js";

const QUOTE_DELAY_MS = 60;
const REQUOTE_MS = 3000;
const UNDO_DEPTH = 30;
export const MAX_LINES = 500;

function snapshot(product) {
  const { id, sku, name, unit, price, image_url, image_urls, category_id, tax_ids, kind, open_price } = product;
  return { id, sku, name, unit, price, image_url, image_urls, category_id, tax_ids, kind, open_price };
}

/* What the till shows of a customer. */
function customerSnapshot({ id, name, company, phone, email, points, store_credit, account_balance, account_limit }) {
  return { id, name, company, phone, email, points, store_credit, account_balance, account_limit };
}

/* Pieces; a weighed line counts as one. */
function countOfLine(line) {
  return line.product.unit === "weighed" ? 1 : Number(line.quantity);
}

/* What a line may say beside its product, quantity and discounts. */
const TERMS = ["unit_price", "price_reason", "tare", "gift_card"];

/** Those of them that the line does say. */
export function termsOf(line) {
  return Object.fromEntries(
    TERMS.filter((name) => line[name] !== undefined).map((name) => [name, line[name]]));
}

/* Whether one more of the product may join the line. */
function isPlain(line) {
  return line.discounts.length === 0 && TERMS.every((name) => line[name] === undefined);
}

function requestLine(line) {
  const body = { product_id: line.product.id, quantity: line.quantity, ...termsOf(line) };
  if (line.discounts.length) body.discounts = line.discounts;
  return body;
}

class Cart extends Store {
  #quotes = latest((signal, request) => quotes_create(request, { signal }), QUOTE_DELAY_MS);
  #revision = 0;
  #undo = [];
  #retry = 0;
  #nextKey = 1;

  constructor() {
    super({
      lines: [], selectedKey: null, quote: null, quoteStatus: "empty", quoteError: null,
      customer: null, customerProblem: null, parkedId: null, basket: {},
    });
    this.#restore();
    // Another tab of the same till sells from the same cart.
    addEventListener("storage", (event) => {
      if (event.key !== localName("cart")) return;
      this.#restore();
      this.requote();
    });
  }

  get isEmpty() {
    return this.state.lines.length === 0;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  get selected() {
    return this.line(this.state.selectedKey);
  }

  line(key) {
    return this.state.lines.find((line) => line.key === key) ?? null;
  }

  /** How many of each product the cart holds, for the tiles: a Map by product id. */
  get counts() {
    const counts = new Map();
    for (const line of this.state.lines) {
      counts.set(line.product.id, (counts.get(line.product.id) ?? 0) + countOfLine(line));
    }
    return counts;
  }

  /** How many articles there are in all. */
  get count() {
    return this.state.lines.reduce((sum, line) => sum + countOfLine(line), 0);
  }

  /** The quote's line for the cart line at an index, while it still describes it. */
  priced(index) {
    const { lines, quote } = this.state;
    return quote?.keys[index] === lines[index].key ? quote.lines[index] : null;
  }

  /**
   * Adds to the line of the same product when neither has terms of its own,
   * otherwise makes a new line.  Answers the line, or null when the cart is full.
   */
  add(product, quantity = "1", terms = {}) {
    const alone = product.unit === "weighed" || Object.keys(terms).length > 0;
    const same = alone ? null : this.state.lines.find(
      (line) => line.product.id === product.id && isPlain(line));
    if (same) {
      const changed = {
        ...same, product: snapshot(product), quantity: add(same.quantity, quantity), problem: null,
      };
      this.#change(this.#replaced(changed), same.key);
      return changed;
    }
    if (this.state.lines.length >= MAX_LINES) return null;
    const line = {
      ...terms, key: this.#nextKey, product: snapshot(product), quantity, discounts: [], problem: null,
    };
    this.#nextKey += 1;
    this.#change([...this.state.lines, line], line.key);
    return line;
  }

  setQuantity(key, quantity) {
    const line = this.line(key);
    if (!line || line.quantity === quantity) return;
    this.#change(this.#replaced({ ...line, quantity, problem: null }), key);
  }

  /** Changes the quantity or terms of a line; a term that is undefined is gone. */
  change(key, changes) {
    const line = this.line(key);
    if (line) this.#change(this.#replaced({ ...line, ...changes, problem: null }), key);
  }

  /** Adds to the quantity; a line that would fall to nothing is removed. */
  step(key, by) {
    const line = this.line(key);
    if (!line) return;
    const quantity = add(line.quantity, by);
    if (isPositive(quantity)) this.setQuantity(key, quantity);
    else this.remove(key);
  }

  setDiscounts(key, discounts) {
    const line = this.line(key);
    if (line) this.#change(this.#replaced({ ...line, discounts, problem: null }), key);
  }

  remove(key) {
    const index = this.state.lines.findIndex((line) => line.key === key);
    if (index < 0) return;
    const lines = this.state.lines.filter((line) => line.key !== key);
    const next = lines[Math.min(index, lines.length - 1)];
    this.#change(lines, next?.key ?? null);
  }

  clear() {
    if (!this.isEmpty || this.state.customer) this.#change([], null, null);
  }

  /** customer: as the server answered, or null for nobody. */
  setCustomer(customer) {
    if (!customer && !this.state.customer) return;
    this.#change(this.state.lines, this.state.selectedKey, customer && customerSnapshot(customer));
  }

  undo() {
    const before = this.#undo.pop();
    if (!before) return false;
    this.#set(before.lines, before.selectedKey, before.customer, before);
    return true;
  }

  /** Takes up a parked cart; products is a Map by id, customer as the server answered, or null. */
  takeUp(parkedId, { lines, customer_id: _, ...basket }, products, customer) {
    const taken = lines.map(({ product_id, discounts = [], ...line }) => {
      this.#nextKey += 1;
      return { ...line, key: this.#nextKey - 1, product: snapshot(products.get(product_id)), discounts, problem: null };
    });
    this.#undo = [];
    this.#set(taken, taken.at(-1).key, customer && customerSnapshot(customer), { parkedId, basket });
  }

  /** After a sale: empty, and nothing to undo. */
  finish() {
    this.#undo = [];
    this.#set([], null, null);
  }

  select(key) {
    if (this.state.selectedKey !== key) this.update({ selectedKey: key });
  }

  selectNext(direction) {
    const { lines, selectedKey } = this.state;
    if (!lines.length) return;
    const index = lines.findIndex((line) => line.key === selectedKey);
    const next = Math.max(0, Math.min(lines.length - 1, index + direction));
    this.select(lines[next].key);
  }

  /** The body of a quote or a sale, without tenders. */
  request() {
    const { basket, customer, lines } = this.state;
    return {
      ...basket,
      register_id: session.state.register.id,
      ...(customer ? { customer_id: customer.id } : {}),
      lines: lines.map(requestLine),
    };
  }

  /** The body of a sale, without tenders. */
  sale() {
    const { parkedId } = this.state;
    return { ...this.request(), ...(parkedId && { parked_cart_id: parkedId }) };
  }

  /** Takes a quote that the server sent with total_mismatch. */
  acceptQuote(quote) {
    this.#revision += 1;
    this.#quotes.cancel();
    const keys = this.state.lines.map((line) => line.key);
    this.update({ quote: { ...quote, keys }, quoteStatus: "fresh", quoteError: null });
  }

  async requote() {
    clearTimeout(this.#retry);
    this.#revision += 1;
    const revision = this.#revision;
    if (this.isEmpty || !session.state.register) {
      this.#quotes.cancel();
      const quoteStatus = this.isEmpty ? "empty" : "pending";
      this.update({ quote: null, quoteStatus, quoteError: null });
      return;
    }
    const keys = this.state.lines.map((line) => line.key);
    // What holds for a customer or a basket is the server's to know.
    const isPlain = !this.state.customer && Object.keys(this.state.basket).length === 0;
    const estimated = !isPlain ? null : estimate.price(this.state.lines.map(
      (line) => ({ ...requestLine(line), product: line.product })));
    this.update({ quoteStatus: "pending", ...(estimated && { quote: { ...estimated, keys } }) });
    estimate.prepare();
    try {
      const quote = await this.#quotes.call(this.request());
      if (revision !== this.#revision) return;
      estimate.confirm(estimated, quote);
      const lines = this.#unmarked();
      this.update({
        lines, quote: { ...quote, keys }, quoteStatus: "fresh", quoteError: null, customerProblem: null,
      });
    } catch (error) {
      if (revision === this.#revision) this.#fail(error, keys);
    }
  }

  #fail(error, keys) {
    if (error.kind === "cancelled") return;
    this.update({
      lines: this.#marked(error, keys, "quote"), quoteStatus: "failed", quoteError: error,
      customerProblem: customerFault(error),
    });
    if (error.outcomeUnknown) this.#retry = setTimeout(() => this.requote(), REQUOTE_MS);
  }

  /** Takes what the server said of the lines when it refused them as a sale. */
  refuse(error) {
    const keys = this.state.lines.map((line) => line.key);
    this.update({ lines: this.#marked(error, keys, "sale"), customerProblem: customerFault(error) });
  }

  /** The lines, each with what the server said of it. */
  #marked(error, keys, from) {
    const faults = [...lineFaults(error), ...this.#notAllowed(error)];
    const problems = new Map(faults.map(({ index, text }) => [keys[index], text]));
    return this.state.lines.map((line) => {
      const text = problems.get(line.key);
      return { ...line, problem: text ? { text, from } : null };
    });
  }

  /** A missing permission names no line: it is about those that need it. */
  #notAllowed(error) {
    const needs = LINES_THAT_NEED[missingScope(error)];
    if (!needs) return [];
    return this.state.lines.flatMap(
      (line, index) => (needs(line) ? [{ index, text: error.detail }] : []));
  }

  /** A fresh quote takes back what an earlier one said; a refused sale's faults stay until the line changes. */
  #unmarked() {
    if (!this.state.lines.some((line) => line.problem?.from === "quote")) return this.state.lines;
    return this.state.lines.map(
      (line) => (line.problem?.from === "quote" ? { ...line, problem: null } : line));
  }

  #replaced(changed) {
    return this.state.lines.map((line) => (line.key === changed.key ? changed : line));
  }

  #change(lines, selectedKey, customer = this.state.customer) {
    const { lines: before, selectedKey: selected, customer: who, parkedId, basket } = this.state;
    this.#undo.push({ lines: before, selectedKey: selected, customer: who, parkedId, basket });
    if (this.#undo.length > UNDO_DEPTH) this.#undo.shift();
    this.#set(lines, selectedKey, customer);
  }

  /* An empty cart is no longer the parked one. */
  #set(lines, selectedKey, customer, { parkedId, basket } = this.state) {
    const saved = customer && { id: customer.id, name: customer.name };
    const origin = lines.length ? { parkedId, basket } : { parkedId: null, basket: {} };
    local.set("cart", { lines, selectedKey, customer: saved, ...origin });
    this.update({ lines, selectedKey, customer, customerProblem: null, ...origin });
    this.requote();
  }

  /** Reads the customer again: what they have, and who they are after a merge; nobody after an erasure. */
  async refreshCustomer() {
    const { customer } = this.state;
    if (!customer) return;
    try {
      let now = await customers_read(customer.id);
      if (now.merged_into) now = await customers_read(now.merged_into);
      if (this.state.customer?.id !== customer.id) return;
      if (now.state !== "active") this.setCustomer(null);
      else if (now.id !== customer.id) this.setCustomer(now);
      else this.update({ customer: customerSnapshot(now) });
    } catch {
      // Without an answer, or the right to it, the name has to do.
    }
  }

  #restore() {
    const saved = local.get("cart");
    const lines = Array.isArray(saved?.lines) ? saved.lines : [];
    this.#nextKey = lines.reduce((next, line) => Math.max(next, line.key + 1), this.#nextKey);
    this.update({
      lines, selectedKey: saved?.selectedKey ?? null, customer: saved?.customer ?? null, quote: null,
      parkedId: saved?.parkedId ?? null, basket: saved?.basket ?? {},
      quoteStatus: lines.length ? "pending" : "empty",
    });
  }
}

const LINES_THAT_NEED = {
  "transactions:price_override": (line) => line.unit_price !== undefined && !line.product.open_price,
  "transactions:discount": (line) => line.discounts.length > 0,
};

/** The faults of an answer that point at a line ("/lines/1/quantity"), as {index, text}. */
export function lineFaults(error) {
  return (error.errors ?? []).flatMap((fault) => {
    const match = /^\/lines\/(\d+)/.exec(fault.pointer ?? "");
    return match ? [{ index: Number(match[1]), text: fault.detail }] : [];
  });
}

/** What an answer says of the customer, or null. */
function customerFault(error) {
  return error.errors?.find((fault) => fault.pointer === "/customer_id")?.detail ?? null;
}

/** Whether a typed quantity suits a product: whole pieces, or a weight above zero. */
export function quantityFits(product, quantity) {
  if (quantity === null || !isPositive(quantity)) return false;
  if (compare(quantity, "999999") > 0) return false;
  return product.unit === "weighed" || !quantity.includes(".");
}

export const cart = new Cart();
