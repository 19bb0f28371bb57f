import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function stores_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/stores", { query, signal })).data;
}
