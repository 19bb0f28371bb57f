/*
 * Addresses after the hash (#/sales/0190…), because any static host serves
 * them.  A route is its path's parts: ["sales", "0190…"].
 */
export function currentRoute() {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function go(...parts) {
  location.hash = `#/${parts.map(encodeURIComponent).join("/")}`;
}

export function onRoute(listener, { signal } = {}) {
  addEventListener("hashchange", () => listener(currentRoute()), { signal });
}
