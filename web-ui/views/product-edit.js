/*
 * One product in a form: new, or as it was read.  Only what was changed is sent
 * (a merge patch), at the version that was read; faults come back to their
 * fields by the pointers of the answer.
 */
import { product_images_remove, product_images_set } from "../api/product-images.js";
import { products_create, products_read, products_update } from "../api/products.js";
import { stock_list } from "../api/stock.js";
import { openDialog } from "../components/dialog.js";
import { changesOf, checks, clearFaults, field, input, radios, readAmount, showFaults } from "../components/form.js";
import { faultText } from "../components/notice.js";
import { mountPictureField } from "../components/picture-field.js";
import { toast } from "../components/toast.js";
import { formatDateTime, formatDecimal } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { currencySymbol, formatPlain } from "../lib/money.js";
import { session } from "../stores/session.js";

const NEW_PRODUCT = {
  sku: "", name: "", description: null, barcodes: [], category_id: null, price: null, cost: null,
  tax_ids: [], unit: "each", oversell: "allow", image: null,
};

const plain = (minor) => (minor === null ? "" : formatPlain(minor, session.currency));

function facts(product) {
  return html`
    <div class="edit-facts wide soft">
      <span data-stock></span>
      <span>${t("edit.changed", { when: formatDateTime(product.updated_at, session.timeZone) })}</span>
      ${product.archived && html`<span><span class="badge" data-kind="amber">${t("products.archived")}</span></span>`}
    </div>`;
}

function taxChecks(product, taxes) {
  const usable = taxes.filter((tax) => !tax.archived || product.tax_ids.includes(tax.id));
  return checks("tax_ids", t("edit.taxes"), usable.map((tax) => [tax.id, tax.name]), product.tax_ids);
}

function body(product, { categories, taxes }) {
  const symbol = currencySymbol(session.currency);
  const existing = product.id !== undefined;
  return html`
    <form class="edit" novalidate>
      <div class="wide" data-picture-field></div>
      ${existing && facts(product)}
      <div class="wide" data-message></div>
      ${field("name", t("edit.name"), input("name", product.name, html`maxlength="200" required`), { wide: true })}
      ${field("sku", t("edit.sku"), input("sku", product.sku, html`maxlength="64" spellcheck="false" required`))}
      ${field("category_id", t("products.category"), html`
        <select class="input" id="edit-category_id" name="category_id" aria-describedby="edit-category_id-fault">
          <option value="">${t("products.no_category")}</option>
          ${categories.map((category) => html`<option value="${category.id}" ?selected="${category.id === product.category_id}">${category.name}</option>`)}
        </select>`)}
      ${field("price", t("edit.price", { symbol }), input("price", plain(product.price), html`inputmode="decimal" required`))}
      ${field("cost", t("edit.cost", { symbol }), input("cost", plain(product.cost), html`inputmode="decimal"`))}
      ${radios("unit", t("edit.unit"), [["each", t("unit.each")], ["weighed", t("unit.weighed")]], product.unit)}
      ${radios("oversell", t("edit.oversell"), [["allow", t("oversell.allow")], ["deny", t("oversell.deny")]], product.oversell)}
      ${taxChecks(product, taxes)}
      ${field("barcodes", t("edit.barcodes"), html`
        <textarea class="input" id="edit-barcodes" name="barcodes" rows="3" spellcheck="false" aria-describedby="edit-barcodes-hint edit-barcodes-fault">${product.barcodes.join("\n")}</textarea>`,
        { wide: true, hint: t("edit.barcodes_hint") })}
      ${field("description", t("edit.description"), html`
        <textarea class="input" id="edit-description" name="description" rows="3" aria-describedby="edit-description-fault">${product.description ?? ""}</textarea>`, { wide: true })}
      <div class="dialog-actions">
        ${existing && html`<button type="button" class="button" data-archive data-kind="${product.archived ? "" : "danger"}">${t(product.archived ? "edit.restore" : "edit.archive")}</button>`}
        <button type="button" class="button" data-close>${t("action.cancel")}</button>
        <button class="button" data-kind="primary">${t("action.save")}</button>
      </div>
    </form>`;
}

/** The form as the API's shape; amounts that are no numbers come back as faults. */
function read(form) {
  const value = (name) => form.elements[name].value.trim();
  const faults = [];
  const amount = (name, required) => readAmount(form, name, { required, faults });
  const product = {
    name: value("name"),
    sku: value("sku"),
    category_id: value("category_id") || null,
    price: amount("price", true),
    cost: amount("cost", false),
    unit: form.elements.unit.value,
    oversell: form.elements.oversell.value,
    tax_ids: [...form.querySelectorAll('[name="tax_ids"]:checked')].map((check) => check.value),
    barcodes: value("barcodes").split(/[\s,;|]+/).filter(Boolean),
    description: value("description") || null,
  };
  for (const name of ["name", "sku"]) {
    if (!product[name]) faults.push({ pointer: `/${name}`, detail: t("edit.required") });
  }
  return { product, faults };
}

/* Codes whose field is clear even when the server names no pointer. */
const FIELD_OF_CODE = { sku_taken: "/sku", barcode_taken: "/barcodes" };

function faultsOf(error) {
  if (error.errors?.length) return error.errors;
  const pointer = FIELD_OF_CODE[error.code];
  return pointer ? [{ pointer, detail: error.detail }] : [];
}

async function showStock(dialog, product) {
  try {
    const query = { store_id: session.state.store.id, product_id: product.id };
    const { data } = await stock_list(query, { signal: dialog.signal });
    if (!data.length) return;
    const level = formatDecimal(data[0].level);
    const text = product.unit === "weighed" ? t("quantity.kg", { quantity: level }) : level;
    dialog.body.querySelector("[data-stock]").textContent = t("edit.stock", { level: text });
  } catch {
    // Without the right to read stock there is no line about it.
  }
}

/**
 * The product's picture is changed at once, as a change of its own.  A new product
 * has nowhere to put one yet: it waits in the form until the product is saved.
 */
function mountPicture(dialog, state) {
  async function change(send) {
    if (!state.before.id) return null;
    try {
      state.before = await send(state.before);
    } catch (error) {
      // The picture that is shown may be another by now: choosing again is choosing knowingly.
      if (error.code === "version_mismatch") {
        state.before = await products_read(state.before.id).catch(() => state.before);
      }
      throw error;
    }
    state.changed = true;
    return state.before;
  }
  return mountPictureField(dialog.body.querySelector("[data-picture-field]"), {
    product: state.before,
    signal: dialog.signal,
    onFile(file, onProgress) {
      state.waiting = state.before.id ? null : file;
      return change(({ id, version }) => product_images_set(id, version, file, { onProgress, signal: dialog.signal }));
    },
    onRemove() {
      state.waiting = null;
      return change(({ id, version }) => product_images_remove(id, version));
    },
  });
}

/** The picture that waited for a new product.  Without it the product is there all the same. */
async function addWaiting(saved, file) {
  try {
    return file ? await product_images_set(saved.id, saved.version, file) : saved;
  } catch (error) {
    toast(t("picture.not_added", { fault: faultText(error) }), { kind: "fault" });
    return saved;
  }
}

/** product: as read, or null for a new one.  Answers the saved product, or undefined. */
export function openProduct(product, reference) {
  const state = { before: product ?? NEW_PRODUCT, waiting: null, changed: false };
  const dialog = openDialog({
    title: product ? t("edit.title") : t("edit.title_new"),
    kind: "sheet",
    name: "product",
    body: body(state.before, reference),
  });
  const form = dialog.body.querySelector("form");
  const pictureField = mountPicture(dialog, state);
  if (product) showStock(dialog, product);
  else form.elements.name.focus();

  async function save(send, button) {
    button.setAttribute("aria-busy", "true");
    clearFaults(form);
    try {
      const saved = await send();
      toast(t("edit.saved", { name: saved.name }));
      dialog.close(saved);
    } catch (error) {
      if (error.code === "version_mismatch") {
        // What is typed stays; saving again goes over the newer version knowingly.
        const fresh = await products_read(product.id).catch(() => null);
        if (fresh) state.before = fresh;
        showFaults(form, [], t("edit.changed_elsewhere"));
      } else {
        showFaults(form, faultsOf(error), faultText(error));
      }
    } finally {
      button.removeAttribute("aria-busy");
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (pictureField.busy) return;
    clearFaults(form);
    const { product: after, faults } = read(form);
    if (faults.length) {
      showFaults(form, faults);
      return;
    }
    const button = form.querySelector('[data-kind="primary"]');
    if (!product) {
      save(async () => addWaiting(await products_create(after), state.waiting), button);
      return;
    }
    const changes = changesOf(state.before, after);
    if (Object.keys(changes).length === 0) dialog.close(state.changed ? state.before : undefined);
    else save(() => products_update(state.before.id, state.before.version, changes), button);
  });
  form.querySelector("[data-archive]")?.addEventListener("click", ({ currentTarget }) => {
    save(() => products_update(state.before.id, state.before.version, { archived: !state.before.archived }), currentTarget);
  });
  form.addEventListener("scan", ({ detail }) => {
    const barcodes = form.elements.barcodes;
    const codes = barcodes.value.split(/\s+/).filter(Boolean);
    if (!codes.includes(detail.code)) barcodes.value = [...codes, detail.code].join("\n");
    barcodes.focus();
  });
  // Also who leaves with Esc has changed the picture, if they did.
  return dialog.closed.then((saved) => saved ?? (state.changed ? state.before : undefined));
}
