import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function taxes_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/taxes", { query, signal })).data;
}
