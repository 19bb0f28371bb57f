/*
 * Importing products from CSV: choose a file, check it (a dry run that changes
 * nothing), read the report, import.
 */
import { product_imports_create, product_imports_read } from "../api/product-imports.js";
import { openDialog } from "../components/dialog.js";
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { formatCount } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { session } from "../stores/session.js";

const POLL_MS = 700;
const COLUMNS = "sku, name, barcode, category, price, price_minor, tax_percent, stock, cost, cost_minor, description, unit, oversell, archived, image";

function sizeText(bytes) {
  if (bytes < 1024) return t("import.bytes", { count: bytes });
  const unit = bytes < 1024 * 1024 ? "kilobyte" : "megabyte";
  const value = bytes / (unit === "kilobyte" ? 1024 : 1024 * 1024);
  return new Intl.NumberFormat(undefined, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

function body() {
  return html`
    <div class="import">
      <div class="import-drop">
        <input type="file" accept=".csv,.gz,text/csv,application/gzip" aria-label="${t("import.choose")}" aria-describedby="import-columns">
        ${icon("upload")}<strong data-file>${t("import.choose")}</strong><span class="soft" data-size>${t("import.drop")}</span>
      </div>
      <p class="soft import-columns" id="import-columns">${t("import.columns")} <code>${COLUMNS}</code></p>
      <div data-progress hidden><p class="soft" data-progress-text></p><progress class="import-progress"></progress></div>
      <div data-report aria-live="polite"></div>
      <div class="dialog-actions">
        <button type="button" class="button" data-close>${t("action.close")}</button>
        <button type="button" class="button" data-check disabled>${t("import.check")}</button>
        <button type="button" class="button" data-kind="primary" data-import disabled>${t("import.import")}</button>
      </div>
    </div>`;
}

function numbers(report) {
  const cells = [
    ["import.rows", report.rows_total], ["import.created", report.created],
    ["import.updated", report.updated], ["import.unchanged", report.unchanged],
    ["import.failed", report.failed],
  ];
  return html`<dl class="import-numbers">${cells.map(([label, count]) => html`
    <div data-kind="${label === "import.failed" && count > 0 ? "danger" : ""}"><dd>${formatCount(count)}</dd><dt>${t(label)}</dt></div>`)}</dl>`;
}

function errorTable({ errors, errors_total }) {
  if (!errors.length) return html``;
  return html`
    <div class="import-errors" tabindex="0" role="region" aria-label="${t("import.errors")}">
      <table>
        <thead><tr><th>${t("import.line")}</th><th>${t("import.column")}</th><th>${t("import.value")}</th><th>${t("import.reason")}</th></tr></thead>
        <tbody>${errors.map((fault) => html`
          <tr><td class="amount">${fault.line}</td><td>${fault.column}</td><td>${fault.value}</td><td>${fault.detail}</td></tr>`)}</tbody>
      </table>
    </div>
    ${errors_total > errors.length && html`<p class="soft">${t("import.more_errors", { count: formatCount(errors_total - errors.length) })}</p>`}`;
}

function reportTitle(report) {
  if (report.status === "failed" || report.status === "aborted") return t("import.aborted");
  if (report.dry_run) return t(report.failed ? "import.checked_faults" : "import.checked");
  return t(report.failed ? "import.done_faults" : "import.done");
}

function reportMarkup(report) {
  return html`<div class="import"><h3>${reportTitle(report)}</h3>${numbers(report)}${errorTable(report)}</div>`;
}

/** Answers true when something was imported. */
export function openImport() {
  const dialog = openDialog({ title: t("import.title"), kind: "wide", name: "import", body: body() });
  const find = (selector) => dialog.body.querySelector(selector);
  const [drop, report, progress] = [".import-drop", "[data-report]", "[data-progress]"].map(find);
  let file = null;
  let imported = false;

  function take(chosen) {
    if (!chosen) return;
    file = chosen;
    find("[data-file]").textContent = file.name;
    find("[data-size]").textContent = sizeText(file.size);
    report.replaceChildren();
    setBusy(false);
    find("[data-check]").focus();
  }

  function setBusy(busy) {
    dialog.lock(busy);
    progress.hidden = !busy;
    for (const name of ["[data-check]", "[data-import]", "[data-close]", "input"]) {
      find(name).disabled = busy || (file === null && name !== "[data-close]" && name !== "input");
    }
  }

  function showFault(error) {
    const faults = error.errors?.length ? error.errors.map((fault) => fault.detail) : [faultText(error)];
    render(report, html`
      <div class="banner" data-kind="danger" role="alert">${icon("alert")}<div>
        <p><strong>${t("import.refused")}</strong></p>${faults.map((text) => html`<p>${text}</p>`)}</div></div>`);
  }

  /** A long import answers while it runs: its report then tells how far it is. */
  async function finish(answer) {
    let state = answer;
    while (state.status === "running") {
      const bar = progress.querySelector("progress");
      if (state.rows_total) {
        bar.max = state.rows_total;
        bar.value = state.rows_done;
      }
      find("[data-progress-text]").textContent = t("import.progress", { count: formatCount(state.rows_done) });
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
      state = await product_imports_read(state.id);
    }
    return state;
  }

  async function run(dry_run) {
    setBusy(true);
    progress.querySelector("progress").removeAttribute("value");
    find("[data-progress-text]").textContent = t(dry_run ? "import.checking" : "import.importing");
    report.replaceChildren();
    try {
      const query = { dry_run, on_error: "skip", store_id: session.state.store.id };
      const state = await finish(await product_imports_create(file, query));
      imported ||= !dry_run && state.created + state.updated > 0;
      render(report, reportMarkup(state));
    } catch (error) {
      showFault(error);
    } finally {
      setBusy(false);
      find(dry_run ? "[data-import]" : "[data-close]").focus();
    }
  }

  drop.querySelector("input").addEventListener("change", ({ target }) => take(target.files[0]));
  for (const type of ["dragenter", "dragover"]) drop.addEventListener(type, () => { drop.dataset.over = ""; });
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.removeAttribute("data-over"));
  find("[data-check]").addEventListener("click", () => run(true));
  find("[data-import]").addEventListener("click", () => run(false));
  return dialog.closed.then(() => imported);
}
