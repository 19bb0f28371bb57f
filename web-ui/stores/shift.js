/*
 * The shift of this register: none, or the open one with its movements.
 *
 *   status    "loading", "ready" or "failed" (error says why)
 *   shift     the open shift with its X report, or null
 *   movements the newest first
 *
 * Whoever opens or moves brings an id and keeps it while the outcome is unknown:
 * pressing the button again repeats the act instead of doing it twice.
 */
import {
  shift_movements_create, shift_movements_list, shifts_close, shifts_list, shifts_open, shifts_read,
} from "../api/shifts.js";
import { session } from "./session.js";
import { Store } from "./store.js";

const MOVEMENTS = 50;

class Shift extends Store {
  #asked = 0;

  constructor() {
    super({ status: "loading", shift: null, movements: [], error: null });
  }

  /** Only the newest answer counts, and none from before the shift was closed. */
  async load({ signal } = {}) {
    this.#asked += 1;
    const mine = this.#asked;
    const update = (changes) => mine === this.#asked && this.update(changes);
    try {
      const query = { register_id: session.state.register.id, state: "open", limit: 1 };
      const [open = null] = (await shifts_list(query, { signal })).data;
      const [shift, movements] = open === null ? [null, []] : await Promise.all([
        shifts_read(open.id, { signal }),
        shift_movements_list(open.id, { limit: MOVEMENTS }, { signal }).then((page) => page.data),
      ]);
      // Another screen may have closed it between the two answers.
      const isOpen = shift?.state === "open";
      update({ status: "ready", shift: isOpen ? shift : null, movements: isOpen ? movements : [], error: null });
    } catch (error) {
      if (error.kind !== "cancelled") update({ status: "failed", error });
    }
  }

  async open(opening_float, id) {
    await shifts_open({ id, register_id: session.state.register.id, opening_float });
    await this.load();
  }

  async move(movement) {
    await shift_movements_create(this.state.shift.id, movement);
    await this.load();
  }

  /** Answers the closed shift. */
  async close(closing) {
    const closed = await shifts_close(this.state.shift.id, closing);
    this.#asked += 1;
    this.update({ shift: null, movements: [] });
    return closed;
  }
}

export const shift = new Shift();
