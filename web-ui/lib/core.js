/*
 * The pricing core: the server's own C code (api/core), as WebAssembly.
 *
 * A cart goes in, the Quote of the API comes out, the same to the last minor
 * unit as the server answers it.  What a cart is made of has the names of the
 * API: products, taxes, promotions as their resources are, lines and discounts
 * as a request has them.
 *
 *   const core = await loadCore();
 *   const quote = core.quote({ store, lines: [{ product, quantity: "2" }], taxes });
 *
 * core.wasm is built from api/core by `ninja core_wasm`; see api/core/wasm/till.h.
 */

const RATE_DECIMALS = 5;
const QUANTITY_DECIMALS = 5;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/* Numbers of api/core: enum promotion_kind, pricing_price_source, pricing_discount_kind, till_list. */
const PROMOTION_KINDS = ["percent_off", "amount_off", "buy_x_get_y", "n_for_price", "basket_threshold"];
const PRICE_SOURCES = ["catalogue", "price_list", "override", "open"];
const DISCOUNT_TYPES = ["percent", "amount"];
const LISTS = { products: 0, categories: 1, groups: 2, stores: 3, customerGroups: 4 };

/** A decimal text as a whole number of units of 10^-decimals: scaled("1.5", 5) is 150000n. */
export function scaled(text, decimals) {
  const [whole, fraction = ""] = String(text).split(".");
  if (fraction.length > decimals) throw new RangeError(`"${text}" has too many decimals`);
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/* "17:30" as minutes of the day. */
function minutes(time) {
  const [hour, minute] = time.split(":").map(Number);
  return hour * 60 + minute;
}

function milliseconds(time) {
  return BigInt(time ? Date.parse(time) : 0);
}

/** Fetches and starts the core.  One instance prices one cart after the other. */
export async function loadCore(url = new URL("core.wasm", import.meta.url)) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch(url));
  return new Core(instance);
}

/** What the core cannot price: `code`, `member`, and `line` from 1 or null. */
export class PricingFault extends Error {
  constructor({ code, line, member }) {
    super(`${member}: ${code}`);
    this.name = "PricingFault";
    Object.assign(this, { code, line, member });
  }
}

export class Core {
  #core;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();
  #texts = new Map(); // of the cart: text → address
  #keys = new Map();  // ids as the numbers that the core compares

  /** Wraps an instance of core.wasm. */
  constructor(instance) {
    this.#core = instance.exports;
  }

  /**
   * Prices a cart.
   *
   *   store        tax_rounding, rounding_mode, cash_rounding, currency; id
   *   lines        {product, quantity, tare?, unit_price?, price_source?, price_reason?, discounts?,
   *                tax_exemption?, note?}; without price_source a unit_price is an override
   *   taxes        the taxes of the products' tax_ids
   *   discounts    of the basket, optional; so is tax_exemption
   *   promotions   in the order of the API; with `now`: {at, weekday (0 is Monday), minute}, `groupIds` and
   *                `coupons` of the customer
   *   categories   {id, parent_id}: a promotion of a category is one of those below it
   *   trace        true for the explanation
   *
   * Throws PricingFault.
   */
  quote(cart) {
    this.#begin(cart.store);
    const taxes = new Map((cart.taxes ?? []).map((tax) => [tax.id, tax]));
    const products = new Map();
    for (const line of cart.lines) {
      if (!products.has(line.product.id)) {
        products.set(line.product.id, products.size);
        this.#product(line.product, taxes);
      }
    }
    this.#promotions(cart);
    for (const line of cart.lines) this.#line(line, products.get(line.product.id));
    for (const discount of cart.discounts ?? []) {
      this.#core.till_discount(...this.#discount(discount));
    }
    if (cart.tax_exemption) this.#core.till_exempt(this.#text(cart.tax_exemption.reason));
    const priced = this.#core.till_price();
    const length = this.#core.till_quote(
      this.#text(cart.store.currency), BigInt(cart.store.cash_rounding ?? 0), cart.trace ? 1 : 0);
    const result = this.#output(length);
    if (!priced) throw new PricingFault(result);
    return result;
  }

  #begin(store) {
    this.#texts.clear();
    this.#keys.clear();
    this.#core.till_begin(
      store.tax_rounding === "receipt" ? 1 : 0, store.rounding_mode === "half_even" ? 1 : 0);
  }

  #output(length) {
    if (length === 0) throw new RangeError("the quote is too large");
    return JSON.parse(this.#decoder.decode(
      new Uint8Array(this.#core.memory.buffer, this.#core.till_output(), length)));
  }

  /* The address of a text in the core; 0 for none. */
  #text(text) {
    if (text === undefined || text === null) return 0;
    let address = this.#texts.get(text);
    if (address === undefined) {
      const bytes = this.#encoder.encode(text);
      address = this.#core.till_text(bytes.length);
      if (address !== 0) new Uint8Array(this.#core.memory.buffer, address, bytes.length).set(bytes);
      this.#texts.set(text, address);
    }
    return address;
  }

  /* Ids are compared only: any number will do that is the same for the same id. */
  #key(id) {
    if (!id) return 0;
    if (!this.#keys.has(id)) this.#keys.set(id, this.#keys.size + 1);
    return this.#keys.get(id);
  }

  #product(product, taxes) {
    this.#core.till_product(
      BigInt(this.#key(product.id)), BigInt(this.#key(product.category_id)), BigInt(product.price ?? 0),
      product.unit === "weighed" ? 1 : 0,
      this.#text(product.id), this.#text(product.sku), this.#text(product.name));
    // The server computes them by their position; those of one position as the product has them.
    const own = (product.tax_ids ?? []).map((id) => taxes.get(id)).filter(Boolean);
    own.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    for (const tax of own) {
      const isFixed = tax.kind === "fixed";
      this.#core.till_tax(
        this.#key(tax.id), isFixed ? 0n : scaled(tax.rate, RATE_DECIMALS),
        BigInt(isFixed ? tax.amount_per_unit : 0), isFixed ? 1 : 0, tax.inclusive ? 1 : 0,
        tax.compound ? 1 : 0, this.#text(tax.id), this.#text(tax.name));
    }
  }

  #line(line, product) {
    const { product: { kind, open_price: isOpen } } = line;
    this.#core.till_line(
      product, scaled(line.quantity, QUANTITY_DECIMALS), scaled(line.tare ?? "0", QUANTITY_DECIMALS),
      this.#text(line.note));
    if (line.unit_price !== undefined && (isOpen || line.unit_price !== line.product.price)) {
      const source = line.price_source ?? (isOpen ? "open" : "override");
      this.#core.till_line_price(
        PRICE_SOURCES.indexOf(source), BigInt(line.unit_price), this.#text(line.price_reason));
    }
    for (const discount of line.discounts ?? []) {
      this.#core.till_line_discount(...this.#discount(discount));
    }
    if (line.tax_exemption) this.#core.till_line_exempt(this.#text(line.tax_exemption.reason));
    if (kind === "gift_card") this.#core.till_line_undiscounted();
  }

  #discount({ type, value, reason }) {
    return [
      DISCOUNT_TYPES.indexOf(type), scaled(value, type === "percent" ? RATE_DECIMALS : 0),
      this.#text(reason),
    ];
  }

  #promotions(cart) {
    const { promotions = [], now } = cart;
    if (promotions.length === 0 || !now) return;
    const below = childrenOf(cart.categories ?? []);
    for (const promotion of promotions) this.#promotion(promotion, below);
    this.#core.till_facts(
      BigInt(now.at), now.weekday, now.minute, BigInt(this.#key(cart.store.id)));
    this.#list(LISTS.customerGroups, cart.groupIds);
    for (const coupon of cart.coupons ?? []) this.#core.till_coupon(this.#text(coupon));
  }

  #promotion(promotion, below) {
    const isPercent = ["percent_off", "buy_x_get_y"].includes(promotion.kind)
      || promotion.value_type === "percent";
    const value = promotion.value ?? (promotion.kind === "buy_x_get_y" ? "100" : "0");
    this.#core.till_promotion(
      PROMOTION_KINDS.indexOf(promotion.kind), promotion.stacking === "exclusive" ? 1 : 0,
      isPercent ? 1 : 0, scaled(value, isPercent ? RATE_DECIMALS : 0),
      this.#text(promotion.id), this.#text(promotion.name), this.#text(promotion.coupon));
    this.#core.till_promotion_units(
      promotion.buy ?? 0, promotion.get ?? 0, promotion.quantity ?? 0, BigInt(promotion.price ?? 0),
      BigInt(promotion.threshold ?? 0));
    const days = (promotion.days ?? []).reduce((bits, day) => bits | (1 << DAYS.indexOf(day)), 0);
    const { from = "00:00", until = "00:00" } = promotion.hours ?? {};
    this.#core.till_promotion_times(
      milliseconds(promotion.valid_from), milliseconds(promotion.valid_until), days, minutes(from),
      minutes(until));
    this.#list(LISTS.products, promotion.product_ids);
    this.#list(LISTS.categories, withDescendants(promotion.category_ids ?? [], below));
    this.#list(LISTS.groups, promotion.customer_group_ids);
    this.#list(LISTS.stores, promotion.store_ids);
  }

  #list(list, ids) {
    for (const id of ids ?? []) this.#core.till_key(list, BigInt(this.#key(id)));
  }
}

function childrenOf(categories) {
  const below = new Map();
  for (const { id, parent_id: parent } of categories) {
    if (parent) below.set(parent, [...(below.get(parent) ?? []), id]);
  }
  return below;
}

/* The categories and all below them, each once. */
function withDescendants(ids, below) {
  const all = new Set(ids);
  for (const id of all) {
    for (const child of below.get(id) ?? []) all.add(child);
  }
  return [...all];
}
