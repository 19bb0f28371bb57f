import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function categories_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/categories", { query, signal })).data;
}
