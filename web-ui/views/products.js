/*
 * The catalogue for managers: find, change, add, archive, import and export
 * products.  The list comes in pages; a search shows its best hits.
 */
import { categories_list } from "../api/categories.js";
import { listAll } from "../api/pages.js";
import { product_exports_read } from "../api/product-exports.js";
import { product_lookups_find } from "../api/product-lookups.js";
import { products_list } from "../api/products.js";
import { taxes_list } from "../api/taxes.js";
import { isDialogOpen } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultNotice, faultText } from "../components/notice.js";
import { paint, picture, watchPictures } from "../components/picture.js";
import { toast } from "../components/toast.js";
import { todayIn } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { latest } from "../lib/latest.js";
import { formatMoney } from "../lib/money.js";
import { rove, setRovingItem } from "../lib/roving.js";
import { listenToScanner } from "../lib/scanner.js";
import { playFault, playFound } from "../lib/sound.js";
import { session } from "../stores/session.js";
import { openProduct } from "./product-edit.js";
import { openImport } from "./product-import.js";

const PAGE = 50;
const SEARCH_HITS = 50;
const TYPING_MS = 150;
const ROW = "button.item";

function frame() {
  return html`
    <section class="items" aria-labelledby="items-title">
      <header class="items-head">
        <h1 id="items-title" class="hidden-on-phone">${t("place.products")}</h1>
        <div class="items-actions">
          <button type="button" class="button" data-do="export">${icon("download")}${t("products.export")}</button>
          <button type="button" class="button" data-do="import">${icon("upload")}${t("products.import")}</button>
          <button type="button" class="button" data-kind="primary" data-do="new">${icon("plus")}${t("products.new")}</button>
        </div>
        <div class="items-filter">
          <input class="input" type="search" name="q" autocomplete="off" spellcheck="false" placeholder="${t("products.search")}" aria-label="${t("products.search")}">
          <select class="input" name="category_id" aria-label="${t("products.category")}"><option value="">${t("sell.all")}</option></select>
          <select class="input" name="archived" aria-label="${t("products.state")}">
            <option value="exclude">${t("products.active")}</option>
            <option value="only">${t("products.archived")}</option>
            <option value="include">${t("products.both")}</option>
          </select>
        </div>
      </header>
      <div class="items-rows"></div>
    </section>`;
}

function skeletons() {
  return html`${Array.from({ length: 10 }, () => html`<div class="item skeleton"></div>`)}`;
}

function row(product, category) {
  const price = formatMoney(product.price, session.currency);
  return html`
    <li><button type="button" class="item" data-id="${product.id}" aria-haspopup="dialog">
      ${picture(product.name, product.image_url)}
      <span class="item-name"><strong>${product.name}</strong><span class="soft">${product.sku}</span></span>
      <span class="item-category soft">${category?.name ?? t("products.no_category")}</span>
      <span class="item-codes soft">${product.barcodes.join(", ")}</span>
      <span class="item-state">${product.archived && html`<span class="badge" data-kind="amber">${t("products.archived")}</span>`}</span>
      <span class="item-price amount">${product.unit === "weighed" ? t("sell.per_kg", { price }) : price}</span>
    </button></li>`;
}

async function download() {
  const blob = await product_exports_read({ store_id: session.state.store.id });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `products-${todayIn(session.timeZone)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function mountProducts(host, { signal }) {
  host.append(fragment(frame()));
  const rows = host.querySelector(".items-rows");
  const filter = host.querySelector(".items-filter");
  const field = (name) => filter.querySelector(`[name="${name}"]`);
  const reference = { categories: [], taxes: [] };
  let products = [];
  let cursor = null;

  const ask = latest((askSignal, query) => products_list(query, { signal: askSignal }), 0);
  function query() {
    const q = field("q").value.trim();
    const { value: archived } = field("archived");
    return { q, category_id: field("category_id").value, archived, limit: q ? SEARCH_HITS : PAGE };
  }

  function show() {
    rows.setAttribute("aria-busy", "false");
    if (!products.length) {
      const { q } = query();
      render(rows, q
        ? emptyNotice("search", t("sell.nothing_found", { q }), t("sell.nothing_found_text"))
        : emptyNotice("box", t("sell.no_products"), t("products.none_text")));
      return;
    }
    const categories = new Map(reference.categories.map((category) => [category.id, category]));
    const focused = document.activeElement?.dataset?.id;
    render(rows, html`
      <ul>${products.map((product) => row(product, categories.get(product.category_id)))}</ul>
      ${cursor && html`<button type="button" class="button" data-wide data-more>${t("action.more")}</button>`}`);
    rows.querySelectorAll(ROW).forEach((node, index) => {
      paint(node, categories.get(products[index].category_id)?.colour);
    });
    const again = focused && rows.querySelector(`[data-id="${focused}"]`);
    setRovingItem(rows, ROW, again);
    again?.focus({ preventScroll: true });
  }

  async function load({ quiet = false } = {}) {
    rows.setAttribute("aria-busy", "true");
    if (!quiet) render(rows, skeletons());
    try {
      const answer = await ask.call(query());
      products = answer.data;
      cursor = answer.next_cursor;
      if (!signal.aborted) show();
    } catch (error) {
      if (error.kind !== "cancelled") render(rows, faultNotice(error));
    }
  }

  async function more(button) {
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await products_list({ ...query(), cursor }, { signal });
      products = [...products, ...answer.data];
      cursor = answer.next_cursor;
      show();
    } catch (error) {
      button.removeAttribute("aria-busy");
      if (error.kind !== "cancelled") toast(faultText(error), { kind: "fault" });
    }
  }

  async function edit(product) {
    const saved = await openProduct(product, reference);
    if (saved && !signal.aborted) load({ quiet: true });
  }

  const actions = {
    new: () => edit(null),
    async import() {
      if (await openImport()) {
        await loadReference();
        load();
      }
    },
    async export(button) {
      button.setAttribute("aria-busy", "true");
      try {
        await download();
      } catch (error) {
        toast(faultText(error), { kind: "fault" });
      } finally {
        button.removeAttribute("aria-busy");
      }
    },
  };

  async function loadReference() {
    const [categories, taxes] = await Promise.all([listAll(categories_list), listAll(taxes_list)]);
    categories.sort((a, b) => a.position - b.position || a.name.localeCompare(b.name));
    Object.assign(reference, { categories, taxes });
    const select = field("category_id");
    const chosen = select.value;
    render(select, html`<option value="">${t("sell.all")}</option>${categories.map((category) => html`
      <option value="${category.id}" ?selected="${category.id === chosen}">${category.name}</option>`)}`);
  }

  let typing = 0;
  field("q").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => load({ quiet: true }), TYPING_MS);
  }, { signal });
  filter.addEventListener("change", ({ target }) => {
    if (target.name !== "q") load();
  }, { signal });
  host.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-do]");
    if (act) actions[act.dataset.do](act);
    const item = target.closest(ROW);
    if (item) edit(products.find((product) => product.id === item.dataset.id));
    if (target.closest("[data-more]")) more(target.closest("[data-more]"));
    if (target.closest("[data-retry]")) start();
  }, { signal });
  rove(rows, ROW, { signal });
  watchPictures(rows, { signal });
  document.addEventListener("keydown", (event) => {
    const typingNow = event.target.matches?.("input, select, textarea");
    if (isDialogOpen() || typingNow || event.key !== "/") return;
    event.preventDefault();
    field("q").focus();
  }, { signal });

  listenToScanner(async (code, focused) => {
    // In the form, a scan is input: the field for barcodes takes it.
    if (isDialogOpen()) {
      focused?.dispatchEvent(new CustomEvent("scan", { bubbles: true, detail: { code } }));
      return;
    }
    try {
      const product = await product_lookups_find(code);
      playFound();
      edit(product);
    } catch (error) {
      playFault();
      const unknown = error.code === "product_not_found";
      toast(unknown ? t("scan.unknown", { code }) : faultText(error), { kind: "fault" });
    }
  }, { signal });

  async function start() {
    render(rows, skeletons());
    try {
      await loadReference();
    } catch (error) {
      if (!signal.aborted) render(rows, faultNotice(error));
      return;
    }
    await load();
  }
  start();
}
