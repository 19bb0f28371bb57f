import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function price_lists_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/price-lists", { query, signal })).data;
}
