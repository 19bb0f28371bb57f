import { request } from "./client.js";
import { uuidv7 } from "../lib/uuid.js";

const PATH = "/api/v1/webhooks";

/** An Idempotency-Key makes a repetition harmless: the answer with the secret comes again. */
const once = () => ({ headers: { "Idempotency-Key": uuidv7() }, repeatable: true });

export async function webhooks_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

export async function webhooks_read(webhook_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${webhook_id}`, { signal })).data;
}

/** Answers the webhook with its `secret`, which is shown this once. */
export async function webhooks_create(webhook) {
  return (await request("POST", PATH, { body: webhook, ...once() })).data;
}

/** changes is a merge patch; version is what it was read at (412 when it moved on). */
export async function webhooks_update(webhook_id, version, changes) {
  const call = {
    body: changes,
    contentType: "application/merge-patch+json",
    headers: { "If-Match": `"${version}"` },
  };
  return (await request("PATCH", `${PATH}/${webhook_id}`, call)).data;
}

/** Answers {secret, previous_valid_until}. */
export async function webhooks_rotate(webhook_id) {
  return (await request("POST", `${PATH}/${webhook_id}/secret-rotations`, once())).data;
}

/** Answers the delivery, which is under way. */
export async function webhooks_test(webhook_id) {
  return (await request("POST", `${PATH}/${webhook_id}/tests`, once())).data;
}

/** query: {state, limit, cursor}; newest first. */
export async function webhook_deliveries_list(webhook_id, query = {}, { signal } = {}) {
  return (await request("GET", `${PATH}/${webhook_id}/deliveries`, { query, signal })).data;
}

/** With the message as it is sent. */
export async function webhook_deliveries_read(webhook_id, webhook_delivery_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${webhook_id}/deliveries/${webhook_delivery_id}`, { signal })).data;
}

export async function webhook_deliveries_retry(webhook_id, webhook_delivery_id) {
  return (await request("POST", `${PATH}/${webhook_id}/deliveries/${webhook_delivery_id}/retries`, once())).data;
}
