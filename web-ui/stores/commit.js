/*
 * One act that moves money, from the button to the record: a sale, a refund, a void.
 *
 *           start()             201
 *   idle ──────────▶ sending ──────────▶ done ──▶ idle
 *                     │  ▲  │
 *        no answer    │  │  │ refused for good
 *                     ▼  │  ├──────────▶ mismatch   (409 total_mismatch)
 *                   unknown └──────────▶ refused    (anything else)
 *
 * Invariants:
 *   1. The act's id and body are saved before they are first sent, and stay the
 *      same until the server has answered for good.  A time-out means "unknown",
 *      and the same act is sent again: after a second, then slower, after a
 *      reload too.  The server keeps one record for one id, however often it comes.
 *   2. Only an answer that refuses the act makes room for a new id.
 */
import { ApiError } from "../api/client.js";
import { local } from "../lib/storage.js";
import { Store } from "./store.js";

const TRY_TIMEOUT_MS = 8_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_CAP_MS = 8_000;
const IDLE = { status: "idle", act: null, transaction: null, error: null, tries: 0 };

export class Commit extends Store {
  #name;
  #timer = 0;
  #delay_ms = RETRY_FIRST_MS;

  /** name: under which an unfinished act is saved. */
  constructor(name) {
    super(IDLE);
    this.#name = name;
  }

  /* For subclasses: send(act, {timeout_ms}) is one try and answers the record; these hear of its end. */

  stored() {}

  refused() {}

  /** The act that an earlier visit sent without hearing the answer, or null. */
  get unfinished() {
    return local.get(this.#name);
  }

  start(act) {
    local.set(this.#name, act);
    return this.#begin(act);
  }

  /** Takes up the unfinished act. */
  resume() {
    return this.#begin(this.unfinished);
  }

  /** Tries again at once, instead of when the timer says. */
  retryNow() {
    if (this.state.status !== "unknown") return;
    clearTimeout(this.#timer);
    this.#attempt(this.state.act);
  }

  reset() {
    clearTimeout(this.#timer);
    this.update(IDLE);
  }

  async #begin(act) {
    this.#delay_ms = RETRY_FIRST_MS;
    this.update({ ...IDLE, status: "sending", act });
    await this.#attempt(act);
  }

  async #attempt(act) {
    this.update({ status: "sending", error: null, tries: this.state.tries + 1 });
    try {
      const transaction = await this.send(act, { timeout_ms: TRY_TIMEOUT_MS });
      local.remove(this.#name);
      this.stored(transaction);
      this.update({ status: "done", transaction });
    } catch (error) {
      this.#judge(act, error);
    }
  }

  #judge(act, error) {
    // Nobody signed in again: the act stays saved, for whoever does.
    if (!(error instanceof ApiError) || error.status === 401) {
      this.update({ status: "idle", error });
      return;
    }
    if (error.outcomeUnknown) {
      this.update({ status: "unknown", error });
      const wait_ms = Math.max(this.#delay_ms, error.retryAfter_ms ?? 0);
      this.#delay_ms = Math.min(this.#delay_ms * 2, RETRY_CAP_MS);
      this.#timer = setTimeout(() => this.#attempt(act), wait_ms);
      return;
    }
    local.remove(this.#name);
    this.refused(error);
    this.update({ status: error.code === "total_mismatch" ? "mismatch" : "refused", error });
  }
}
