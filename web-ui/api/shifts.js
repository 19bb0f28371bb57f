import { request } from "./client.js";

const PATH = "/api/v1/shifts";

/** shift.id is made by the till: repeating is harmless. */
export async function shifts_open(shift) {
  return (await request("POST", PATH, { body: shift, repeatable: true })).data;
}

/** query: {store_id, register_id, state, limit, cursor}; newest first. */
export async function shifts_list(query = {}, { signal } = {}) {
  return (await request("GET", PATH, { query, signal })).data;
}

/** With its X or Z report. */
export async function shifts_read(shift_id, { signal } = {}) {
  return (await request("GET", `${PATH}/${shift_id}`, { signal })).data;
}

/** The same count again answers the same closed shift. */
export async function shifts_close(shift_id, closing) {
  const call = { body: closing, repeatable: true };
  return (await request("POST", `${PATH}/${shift_id}/close`, call)).data;
}

/** The report as text of 42 columns. */
export async function shifts_report(shift_id, { signal } = {}) {
  const call = { query: { format: "text" }, accept: "text/plain", as: "text", signal };
  return (await request("GET", `${PATH}/${shift_id}/report`, call)).data;
}

/** movement.id is made by the till: repeating is harmless. */
export async function shift_movements_create(shift_id, movement) {
  const call = { body: movement, repeatable: true };
  return (await request("POST", `${PATH}/${shift_id}/movements`, call)).data;
}

export async function shift_movements_list(shift_id, query = {}, { signal } = {}) {
  return (await request("GET", `${PATH}/${shift_id}/movements`, { query, signal })).data;
}
