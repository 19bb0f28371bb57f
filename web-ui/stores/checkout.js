/*
 * Taking the money: one sale from the pay button to the receipt.
 *
 *            pay()              201
 *   idle ──────────▶ sending ──────────▶ done ──▶ idle
 *                     │  ▲  │
 *        no answer    │  │  │ refused for good
 *                     ▼  │  ├──────────▶ mismatch   (409 total_mismatch)
 *                   unknown └──────────▶ refused    (anything else)
 *
 * Invariants:
 *   1. The sale's id and body are saved before they are first sent, and stay the
 *      same until the server has answered for good.  A time-out means "unknown",
 *      and the same sale is sent again: after a second, then slower, after a
 *      reload too.  The server keeps one sale for one id, however often it comes.
 *   2. Only an answer that refuses the sale makes room for a new id.
 *   3. The cart is emptied once the sale is known to be stored, not before.
 */
import { ApiError } from "../api/client.js";
import { transactions_create } from "../api/transactions.js";
import { local } from "../lib/storage.js";
import { uuidv7 } from "../lib/uuid.js";
import { cart } from "./cart.js";
import { Store } from "./store.js";

const TRY_TIMEOUT_MS = 8_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_CAP_MS = 8_000;

class Checkout extends Store {
  #timer = 0;
  #delay_ms = RETRY_FIRST_MS;

  constructor() {
    super({ status: "idle", sale: null, transaction: null, error: null, tries: 0 });
  }

  /** A sale that an earlier visit sent without hearing the answer. */
  get hasUnfinished() {
    return local.get("unfinished-sale") !== null;
  }

  /** Sends the cart as a sale of `total`, paid with `tendered` in cash. */
  pay(total, tendered) {
    const sale = {
      id: uuidv7(),
      type: "sale",
      ...cart.request(),
      tenders: [{ type: "cash", amount: tendered }],
      expected_total: total,
    };
    local.set("unfinished-sale", sale);
    return this.#send(sale);
  }

  /** Takes up the unfinished sale. */
  resume() {
    return this.#send(local.get("unfinished-sale"));
  }

  /** Tries again at once, instead of when the timer says. */
  retryNow() {
    if (this.state.status !== "unknown") return;
    clearTimeout(this.#timer);
    this.#attempt(this.state.sale);
  }

  reset() {
    clearTimeout(this.#timer);
    this.update({ status: "idle", sale: null, transaction: null, error: null, tries: 0 });
  }

  async #send(sale) {
    this.#delay_ms = RETRY_FIRST_MS;
    this.update({ status: "sending", sale, transaction: null, error: null, tries: 0 });
    await this.#attempt(sale);
  }

  async #attempt(sale) {
    this.update({ status: "sending", error: null, tries: this.state.tries + 1 });
    try {
      const transaction = await transactions_create(sale, { timeout_ms: TRY_TIMEOUT_MS });
      local.remove("unfinished-sale");
      cart.finish();
      this.update({ status: "done", transaction });
    } catch (error) {
      this.#judge(sale, error);
    }
  }

  #judge(sale, error) {
    // Nobody signed in again: the sale stays saved, for whoever does.
    if (!(error instanceof ApiError) || error.status === 401) {
      this.update({ status: "idle", error });
      return;
    }
    if (error.outcomeUnknown) {
      this.update({ status: "unknown", error });
      const wait_ms = Math.max(this.#delay_ms, error.retryAfter_ms ?? 0);
      this.#delay_ms = Math.min(this.#delay_ms * 2, RETRY_CAP_MS);
      this.#timer = setTimeout(() => this.#attempt(sale), wait_ms);
      return;
    }
    local.remove("unfinished-sale");
    cart.refuse(error);
    this.update({ status: error.code === "total_mismatch" ? "mismatch" : "refused", error });
  }
}

export const checkout = new Checkout();
