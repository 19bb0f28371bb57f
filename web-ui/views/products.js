/*
 * The catalogue for managers: find, change, add, archive, import and export
 * products.  The list comes in pages; a search shows its best hits.
 */
import { listAll } from "../api/pages.js";
import { product_exports_read } from "../api/product-exports.js";
import { product_lookups_find } from "../api/product-lookups.js";
import { products_list } from "../api/products.js";
import { taxes_list } from "../api/taxes.js";
import { isDialogOpen } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { emptyNotice, faultText } from "../components/notice.js";
import { mountPagedList } from "../components/paged-list.js";
import { paint, productPicture, watchPictures } from "../components/picture.js";
import { toast } from "../components/toast.js";
import { todayIn } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { formatMoney } from "../lib/money.js";
import { listenToScanner } from "../lib/scanner.js";
import { playFault, playFound } from "../lib/sound.js";
import { readCategories } from "../stores/catalogue.js";
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

function row(product, category) {
  const price = formatMoney(product.price, session.currency);
  return html`
    <li><button type="button" class="item" data-id="${product.id}" aria-haspopup="dialog">
      ${productPicture(product)}
      <span class="item-name"><strong>${product.name}</strong><span class="soft">${product.sku}</span></span>
      <span class="item-category soft">${category?.name ?? t("products.no_category")}</span>
      <span class="item-codes soft">${product.barcodes.join(", ")}</span>
      <span class="item-state">${product.archived && html`<span class="badge" data-kind="amber">${t("products.archived")}</span>`}</span>
      <span class="item-price amount">${product.unit === "weighed" ? t("sell.per_kg", { price }) : price}</span>
    </button></li>`;
}

function nothing(q) {
  return q
    ? emptyNotice("search", t("sell.nothing_found", { q }), t("sell.nothing_found_text"))
    : emptyNotice("box", t("sell.no_products"), t("products.none_text"));
}

async function download() {
  const blob = await product_exports_read({ store_id: session.state.store.id });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `products-${todayIn(session.timeZone)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The search field and the two choices; answers the query that they describe. */
function mountFilter(filter, { signal, onChange }) {
  const field = (name) => filter.querySelector(`[name="${name}"]`);
  let typing = 0;
  field("q").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => onChange({ quiet: true }), TYPING_MS);
  }, { signal });
  filter.addEventListener("change", ({ target }) => {
    if (target.name !== "q") onChange({ quiet: false });
  }, { signal });
  document.addEventListener("keydown", (event) => {
    const typingNow = event.target.matches?.("input, select, textarea");
    if (isDialogOpen() || typingNow || event.key !== "/") return;
    event.preventDefault();
    field("q").focus();
  }, { signal });

  return {
    query() {
      const q = field("q").value.trim();
      const { value: archived } = field("archived");
      return { q, category_id: field("category_id").value, archived, limit: q ? SEARCH_HITS : PAGE };
    },
    setCategories(categories) {
      const chosen = field("category_id").value;
      render(field("category_id"), html`<option value="">${t("sell.all")}</option>${categories.map((category) => html`
        <option value="${category.id}" ?selected="${category.id === chosen}">${category.name}</option>`)}`);
    },
  };
}

/** A scan opens its product; in the form it is input, which the form takes. */
async function takeScan(code, focused, onFound) {
  if (isDialogOpen()) {
    focused?.dispatchEvent(new CustomEvent("scan", { bubbles: true, detail: { code } }));
    return;
  }
  try {
    const product = await product_lookups_find(code);
    playFound();
    onFound(product);
  } catch (error) {
    playFault();
    const unknown = error.code === "product_not_found";
    toast(unknown ? t("scan.unknown", { code }) : faultText(error), { kind: "fault" });
  }
}

async function exportFrom(button) {
  button.setAttribute("aria-busy", "true");
  try {
    await download();
  } catch (error) {
    toast(faultText(error), { kind: "fault" });
  } finally {
    button.removeAttribute("aria-busy");
  }
}

export function mountProducts(host, { signal }) {
  host.append(fragment(frame()));
  const rows = host.querySelector(".items-rows");
  let reference = { categories: [], taxes: [] };
  const categoryOf = (product) => reference.categories.find((each) => each.id === product.category_id);

  const filter = mountFilter(host.querySelector(".items-filter"), {
    signal, onChange: (how) => list.load(how),
  });
  const list = mountPagedList(rows, {
    signal,
    ask: products_list,
    query: filter.query,
    row: (product) => row(product, categoryOf(product)),
    item: ROW,
    skeleton: "item",
    empty: () => nothing(filter.query().q),
    onShown(products) {
      rows.querySelectorAll(ROW).forEach((node, index) => paint(node, categoryOf(products[index])));
    },
    onRetry: () => start(),
  });

  async function start() {
    list.showSkeletons();
    try {
      const [categories, taxes] = await Promise.all([readCategories(), listAll(taxes_list)]);
      reference = { categories, taxes };
      filter.setCategories(reference.categories);
    } catch (error) {
      list.fail(error);
      return;
    }
    await list.load();
  }

  async function edit(product) {
    const saved = await openProduct(product, reference);
    if (saved && !signal.aborted) list.load({ quiet: true });
  }

  const actions = {
    new: () => edit(null),
    export: exportFrom,
    async import() {
      if (await openImport()) start();
    },
  };
  host.addEventListener("click", ({ target }) => {
    const act = target.closest("[data-do]");
    if (act) actions[act.dataset.do](act);
    const item = target.closest(ROW);
    if (item) edit(list.find(item.dataset.id));
  }, { signal });
  watchPictures(rows, { signal });
  listenToScanner((code, focused) => takeScan(code, focused, edit), { signal });
  start();
}
