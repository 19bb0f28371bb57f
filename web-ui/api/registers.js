import { request } from "./client.js";

/** One page: {data, next_cursor}. */
export async function registers_list(query = {}, { signal } = {}) {
  return (await request("GET", "/api/v1/registers", { query, signal })).data;
}
