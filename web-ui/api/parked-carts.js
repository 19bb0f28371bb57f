import { request } from "./client.js";

const PATH = "/api/v1/parked-carts";

/** query: {store_id, state, limit, cursor}; those that wait, newest first. */
export async function parked_carts_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

/** parked.id is made by the till: repeating is harmless. */
export async function parked_carts_create(parked) {
  const call = { body: parked, headers: { "Idempotency-Key": parked.id }, repeatable: true };
  return (await request("POST", PATH, call)).data;
}

/** Takes the cart to a register, once; the same register may ask again. */
export async function parked_carts_resume(parked_cart_id, register_id) {
  const call = { body: { register_id }, repeatable: true };
  return (await request("POST", `${PATH}/${parked_cart_id}/resume`, call)).data;
}

export async function parked_carts_discard(parked_cart_id) {
  return (await request("DELETE", `${PATH}/${parked_cart_id}`, { repeatable: true })).data;
}
