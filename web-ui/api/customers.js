import { request } from "./client.js";
import { uuidv7 } from "../lib/uuid.js";

const PATH = "/api/v1/customers";

/** query: {q, state, limit, cursor}; answers {data, next_cursor}. */
export async function customers_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

export async function customers_read(customer_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${customer_id}`, { signal })).data;
}

/** The client-made id makes a repetition harmless. */
export async function customers_create(customer) {
  const body = { id: uuidv7(), ...customer };
  const headers = { "Idempotency-Key": body.id };
  return (await request("POST", PATH, { body, headers, repeatable: true })).data;
}

/** changes is a merge patch; version is what it was read at (412 when it moved on). */
export async function customers_update(customer_id, version, changes) {
  const call = {
    body: changes,
    contentType: "application/merge-patch+json",
    headers: { "If-Match": `"${version}"` },
  };
  return (await request("PATCH", `${PATH}/${customer_id}`, call)).data;
}

/** Makes the duplicate a part of the customer. */
export async function customers_merge(customer_id, from_id) {
  const call = { body: { from_id }, headers: { "Idempotency-Key": uuidv7() }, repeatable: true };
  return (await request("POST", `${PATH}/${customer_id}/merges`, call)).data;
}

/** query: {limit, cursor}; newest first. */
export async function customers_transactions_list(customer_id, query = {}, { signal } = {}) {
  return (await request("GET", `${PATH}/${customer_id}/transactions`, { query, signal })).data;
}

export async function customers_entries_list(customer_id, query = {}, { signal } = {}) {
  return (await request("GET", `${PATH}/${customer_id}/entries`, { query, signal })).data;
}

/** entry: {type, amount, reason}. */
export async function customers_entries_create(customer_id, entry) {
  const body = { id: uuidv7(), ...entry };
  const headers = { "Idempotency-Key": body.id };
  return (await request("POST", `${PATH}/${customer_id}/entries`, { body, headers, repeatable: true })).data;
}

/** Everything about the person: JSON, as text. */
export async function customers_export(customer_id) {
  return (await request("GET", `${PATH}/${customer_id}/export`, { as: "text" })).data;
}

export async function customers_erase(customer_id, { forfeit_balances = false } = {}) {
  const call = { body: { forfeit_balances }, headers: { "Idempotency-Key": uuidv7() }, repeatable: true };
  return (await request("POST", `${PATH}/${customer_id}/erase`, call)).data;
}
