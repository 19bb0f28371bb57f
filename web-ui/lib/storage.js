/*
 * localStorage and sessionStorage that hold JSON and never throw: a browser may
 * refuse storage (private windows, full disk), and the till then works without
 * memory instead of not at all.
 */
const PREFIX = "mypos.";

function wrap(area) {
  const storage = () => globalThis[area];
  return {
    get(name, fallback = null) {
      try {
        const text = storage().getItem(PREFIX + name);
        return text === null ? fallback : JSON.parse(text);
      } catch {
        return fallback;
      }
    },
    set(name, value) {
      try {
        storage().setItem(PREFIX + name, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    remove(name) {
      try {
        storage().removeItem(PREFIX + name);
      } catch {
        // Nothing was kept, so nothing is left.
      }
    },
  };
}

/** Kept by this browser until removed: preferences, the cart, an unfinished payment. */
export const local = wrap("localStorage");

/** Kept by this tab until it closes: the access token. */
export const tab = wrap("sessionStorage");

/** The full name of an entry of `local`, as storage events carry it. */
export function localName(name) {
  return PREFIX + name;
}
