/*
 * A store holds state and tells when it changed: mutate, save, event, render.
 * Views read `store.state` and never write to it; they call the store's methods.
 */
export class Store extends EventTarget {
  constructor(state) {
    super();
    this.state = state;
  }

  update(changes) {
    this.state = { ...this.state, ...changes };
    this.dispatchEvent(new Event("change"));
  }

  /** Calls listener at every change, until the signal ends it. */
  onChange(listener, { signal } = {}) {
    this.addEventListener("change", () => listener(this.state), { signal });
  }
}
