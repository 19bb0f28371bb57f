import { request } from "./client.js";

/** Prices a cart and commits nothing, so it may be repeated freely. */
export async function quotes_create(cart, { signal } = {}) {
  const call = { body: cart, signal, timeout_ms: 5000, tries: 2, repeatable: true };
  return (await request("POST", "/api/v1/quotes", call)).data;
}
