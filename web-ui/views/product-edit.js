/*
 * One product in a form: new, or as it was read.  Only what was changed is sent
 * (a merge patch), at the version that was read; faults come back to their
 * fields by the pointers of the answer.
 */
import { products_create, products_read, products_update } from "../api/products.js";
import { stock_list } from "../api/stock.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { picture } from "../components/picture.js";
import { toast } from "../components/toast.js";
import { formatDateTime, formatDecimal } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { currencySymbol, formatPlain, parseMoney } from "../lib/money.js";
import { session } from "../stores/session.js";

const NEW_PRODUCT = {
  sku: "", name: "", description: null, barcodes: [], category_id: null, price: null, cost: null,
  tax_ids: [], unit: "each", oversell: "allow", image: null,
};

function field(name, label, control, { wide = false, hint = "" } = {}) {
  return html`
    <div class="field${wide ? " wide" : ""}">
      <label for="edit-${name}">${label}</label>
      ${control}
      ${hint && html`<span class="hint" id="edit-${name}-hint">${hint}</span>`}
      <span class="fault" id="edit-${name}-fault"></span>
    </div>`;
}

function input(name, value, attributes = html``) {
  return html`<input class="input" id="edit-${name}" name="${name}" value="${value}" autocomplete="off" aria-describedby="edit-${name}-fault" ${attributes}>`;
}

function radios(name, label, options, chosen) {
  return html`
    <fieldset class="field" id="edit-${name}">
      <legend class="label">${label}</legend>
      <div class="choice">${options.map(([value, text]) => html`
        <label><input type="radio" name="${name}" value="${value}" ?checked="${value === chosen}"><span>${text}</span></label>`)}
      </div>
      <span class="fault" id="edit-${name}-fault"></span>
    </fieldset>`;
}

const plain = (minor) => (minor === null ? "" : formatPlain(minor, session.currency));

function head(product) {
  return html`
    <div class="edit-head">
      ${picture(product.name, product.image_url)}
      <div class="edit-facts soft">
        <span data-stock></span>
        <span>${t("edit.changed", { when: formatDateTime(product.updated_at, session.timeZone) })}</span>
        ${product.archived && html`<span><span class="badge" data-kind="amber">${t("products.archived")}</span></span>`}
      </div>
    </div>`;
}

function taxChecks(product, taxes) {
  const usable = taxes.filter((tax) => !tax.archived || product.tax_ids.includes(tax.id));
  return html`
    <fieldset class="field wide" id="edit-tax_ids">
      <legend class="label">${t("edit.taxes")}</legend>
      <div class="checks">${usable.map((tax) => html`
        <label><input type="checkbox" name="tax_ids" value="${tax.id}" ?checked="${product.tax_ids.includes(tax.id)}"><span>${tax.name}</span></label>`)}
      </div>
      <span class="fault" id="edit-tax_ids-fault"></span>
    </fieldset>`;
}

function body(product, { categories, taxes }) {
  const symbol = currencySymbol(session.currency);
  const existing = product.id !== undefined;
  return html`
    <form class="edit" novalidate>
      ${existing && head(product)}
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
  const amount = (name, required) => {
    const text = value(name);
    if (text === "" && !required) return null;
    const minor = parseMoney(text, session.currency);
    if (minor === null) faults.push({ pointer: `/${name}`, detail: t("edit.amount_fault") });
    return minor;
  };
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

function changesOf(before, after) {
  return Object.fromEntries(Object.entries(after).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
}

function clearFaults(form) {
  form.querySelector("[data-message]").replaceChildren();
  form.querySelectorAll(".fault").forEach((fault) => { fault.textContent = ""; });
  form.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
}

/** Puts each fault at its field; what has no field goes above the form. */
function showFaults(form, faults, title) {
  let first = null;
  const rest = [];
  for (const fault of faults) {
    const name = fault.pointer?.split("/")[1] ?? "";
    const place = form.querySelector(`#edit-${CSS.escape(name)}-fault`);
    if (!place) {
      rest.push(fault.detail);
      continue;
    }
    place.textContent = [place.textContent, fault.detail].filter(Boolean).join(" ");
    const control = form.querySelector(`#edit-${CSS.escape(name)}`);
    control.setAttribute("aria-invalid", "true");
    first ??= control.matches("fieldset") ? control.querySelector("input") : control;
  }
  if (rest.length || (!first && title)) {
    form.querySelector("[data-message]").append(fragment(html`
      <div class="banner" data-kind="danger" role="alert">${icon("alert")}<div>
        <p><strong>${title}</strong></p>${rest.map((text) => html`<p>${text}</p>`)}</div></div>`));
  }
  (first ?? form.querySelector("[data-message]")).scrollIntoView({ block: "nearest" });
  first?.focus();
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

/** product: as read, or null for a new one.  Answers the saved product, or undefined. */
export function openProduct(product, reference) {
  let before = product ?? NEW_PRODUCT;
  const dialog = openDialog({
    title: product ? t("edit.title") : t("edit.title_new"),
    kind: "sheet",
    name: "product",
    body: body(before, reference),
  });
  const form = dialog.body.querySelector("form");
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
        if (fresh) before = fresh;
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
    clearFaults(form);
    const { product: after, faults } = read(form);
    if (faults.length) {
      showFaults(form, faults);
      return;
    }
    const button = form.querySelector('[data-kind="primary"]');
    if (!product) {
      save(() => products_create(after), button);
      return;
    }
    const changes = changesOf(before, after);
    if (Object.keys(changes).length === 0) dialog.close();
    else save(() => products_update(before.id, before.version, changes), button);
  });
  form.querySelector("[data-archive]")?.addEventListener("click", ({ currentTarget }) => {
    save(() => products_update(before.id, before.version, { archived: !before.archived }), currentTarget);
  });
  form.addEventListener("scan", ({ detail }) => {
    const barcodes = form.elements.barcodes;
    const codes = barcodes.value.split(/\s+/).filter(Boolean);
    if (!codes.includes(detail.code)) barcodes.value = [...codes, detail.code].join("\n");
    barcodes.focus();
  });
  return dialog.closed;
}
