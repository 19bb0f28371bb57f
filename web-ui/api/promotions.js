import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function promotions_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/promotions", { query, signal })).data;
}
