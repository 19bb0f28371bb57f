import { request } from "./client.js";
import { uuidv7 } from "../lib/uuid.js";

const PATH = "/api/v1/products";

/** query: {q, category_id, archived, limit, cursor}; answers {data, next_cursor}. */
export async function products_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

export async function products_read(product_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${product_id}`, { signal })).data;
}

/** The client-made id makes a repetition harmless. */
export async function products_create(product) {
  const body = { id: uuidv7(), ...product };
  const headers = { "Idempotency-Key": body.id };
  return (await request("POST", PATH, { body, headers, repeatable: true })).data;
}

/** changes is a merge patch; version is what it was read at (412 when it moved on). */
export async function products_update(product_id, version, changes) {
  const call = {
    body: changes,
    contentType: "application/merge-patch+json",
    headers: { "If-Match": `"${version}"` },
  };
  return (await request("PATCH", `${PATH}/${product_id}`, call)).data;
}
