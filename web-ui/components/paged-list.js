/*
 * A list that comes in pages: skeletons while it loads, rows, "show more", a
 * notice when it is empty, and one with a way on when it failed.
 *
 *   const list = mountPagedList(host, {
 *     signal,
 *     ask: (query, { signal }) => products_list(query, { signal }),
 *     query: () => ({ q: field.value }),     // of the moment
 *     row: (product) => html`<li>…</li>`,
 *     item: "button.item",                   // what arrows move between; carries data-id
 *     skeleton: "item",                      // the class of a row, for its size
 *     empty: () => emptyNotice(…),
 *     onShown: (items, complete) => {},
 *   });
 *   list.load();
 */
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { rove, setRovingItem } from "../lib/roving.js";
import { faultNotice, faultText } from "./notice.js";
import { toast } from "./toast.js";

const SKELETONS = 10;

export function mountPagedList(host, options) {
  const { signal, ask, query, row, item, skeleton, empty, onShown = () => {} } = options;
  const newest = latest((askSignal, wanted) => ask(wanted, { signal: askSignal }), 0);
  let items = [];
  let cursor = null;

  function showSkeletons() {
    host.setAttribute("aria-busy", "true");
    render(host, html`${Array.from({ length: SKELETONS }, () => html`<div class="${skeleton} skeleton"></div>`)}`);
  }

  function show() {
    host.setAttribute("aria-busy", "false");
    const focused = host.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    render(host, items.length === 0 ? empty() : html`
      <ul>${items.map(row)}</ul>
      ${cursor && html`<button type="button" class="button" data-wide data-more>${t("action.more")}</button>`}`);
    const again = focused && host.querySelector(`[data-id="${focused}"]`);
    setRovingItem(host, item, again || host.querySelector(`${item}[aria-current="true"]`));
    again?.focus({ preventScroll: true });
    onShown(items, cursor === null);
  }

  function fail(error) {
    if (error.kind === "cancelled" || signal.aborted) return;
    host.setAttribute("aria-busy", "false");
    render(host, faultNotice(error));
  }

  /** quiet: what is on the screen stays until the answer is there. */
  async function load({ quiet = false } = {}) {
    if (!quiet) showSkeletons();
    try {
      const answer = await newest.call(query());
      items = answer.data;
      cursor = answer.next_cursor;
      if (!signal.aborted) show();
    } catch (error) {
      fail(error);
    }
  }

  async function more(button) {
    button.setAttribute("aria-busy", "true");
    try {
      const before = cursor;
      const answer = await ask({ ...query(), cursor }, { signal });
      // Another question may have been asked meanwhile.
      if (before !== cursor) return;
      items = [...items, ...answer.data];
      cursor = answer.next_cursor;
      show();
    } catch (error) {
      button.removeAttribute("aria-busy");
      if (error.kind !== "cancelled") toast(faultText(error), { kind: "fault" });
    }
  }

  host.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-more]");
    if (button) more(button);
    if (target.closest("[data-retry]")) (options.onRetry ?? load)();
  }, { signal });
  rove(host, item, { signal });
  signal.addEventListener("abort", () => newest.cancel());

  return { load, fail, showSkeletons, find: (id) => items.find((each) => each.id === id) };
}
