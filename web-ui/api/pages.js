/*
 * Reads a whole paged list; for lists that a shop keeps short (registers,
 * categories, taxes).  MAX_PAGES bounds what a strange server can make us read.
 */
const PAGE = 200;
const MAX_PAGES = 50;

export async function listAll(list, query = {}) {
  const all = [];
  let cursor = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await list({ ...query, limit: PAGE, cursor });
    all.push(...answer.data);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return all;
}
