/*
 * Who is signed in, at which register.
 *
 * The token lives as long as the tab.  When the server no longer takes it,
 * renew() fires "expired" once and gives all waiting requests the same promise,
 * which the sign-in dialog settles by signing in: nothing on the screen is lost.
 */
import { auth_login, auth_logout } from "../api/auth.js";
import { listAll } from "../api/pages.js";
import { registers_list } from "../api/registers.js";
import { stores_list } from "../api/stores.js";
import { local, tab } from "../lib/storage.js";
import { Store } from "./store.js";

class Session extends Store {
  #renewal = null;

  constructor() {
    const saved = tab.get("session");
    super({
      token: saved?.token ?? null,
      employee: saved?.employee ?? null,
      registers: [],
      register: null,
      store: null,
    });
  }

  get signedIn() {
    return this.state.token !== null;
  }

  get currency() {
    return this.state.store?.currency ?? "EUR";
  }

  get timeZone() {
    return this.state.store?.time_zone ?? "UTC";
  }

  async signIn(username, password) {
    const answer = await auth_login({ username, password });
    const token = answer.access_token;
    tab.set("session", { token, employee: answer.employee });
    this.update({ token, employee: answer.employee });
    this.#renewal?.resolve();
    this.#renewal = null;
  }

  async signOut() {
    // The token dies here whatever the server says; it also expires by itself.
    try {
      await auth_logout();
    } catch {
      // Unreachable: forgetting the token is what matters.
    }
    this.forget();
  }

  forget() {
    tab.remove("session");
    this.#renewal?.reject(new Error("signed out"));
    this.#renewal = null;
    this.update({ token: null, employee: null, register: null, store: null });
  }

  /** Resolves once somebody has signed in again. */
  renew() {
    if (!this.signedIn) return Promise.reject(new Error("signed out"));
    if (!this.#renewal) {
      const renewal = {};
      renewal.promise = new Promise((resolve, reject) => {
        Object.assign(renewal, { resolve, reject });
      });
      this.#renewal = renewal;
      this.dispatchEvent(new Event("expired"));
    }
    return this.#renewal.promise;
  }

  /**
   * Loads stores and registers, and takes the remembered register, or the only
   * one.  Without either, state.register stays null: the person must choose.
   */
  async loadRegisters() {
    const [stores, registers] = await Promise.all([listAll(stores_list), listAll(registers_list)]);
    const known = new Map(stores.map((store) => [store.id, store]));
    const usable = registers
      .filter((register) => known.has(register.store_id))
      .map((register) => ({ ...register, store: known.get(register.store_id) }));
    this.update({ registers: usable });
    const remembered = usable.find((register) => register.id === local.get("register"));
    const chosen = remembered ?? (usable.length === 1 ? usable[0] : null);
    if (chosen) this.chooseRegister(chosen.id);
  }

  chooseRegister(register_id) {
    const register = this.state.registers.find((each) => each.id === register_id);
    local.set("register", register.id);
    this.update({ register, store: register.store });
  }
}

export const session = new Session();
