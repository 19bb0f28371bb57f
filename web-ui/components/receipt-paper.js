/*
 * A receipt or a report as it would come out of the printer: the server's text
 * of 42 columns, on paper.  print() sends the same text to the browser's printer.
 */
import { transactions_receipt } from "../api/transactions.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { faultNotice } from "./notice.js";

const COLUMNS = 42;
const SKELETON_LINES = 14;

function printText(text) {
  const sheet = document.getElementById("print");
  const paper = document.createElement("pre");
  paper.textContent = text;
  sheet.replaceChildren(paper);
  addEventListener("afterprint", () => sheet.replaceChildren(), { once: true });
  print();
}

/** Shows the receipt of a transaction in host; answers {print}. */
export function mountReceipt(host, transaction_id, { signal } = {}) {
  return mountPaper(host, () => transactions_receipt(transaction_id, { signal }), { label: t("receipt.label") });
}

/** Shows the text that ask() answers on paper; answers {print}. */
export function mountPaper(host, ask, { label }) {
  let text = null;
  host.append(fragment(html`<div class="paper" aria-busy="true"></div>`));
  const paper = host.querySelector(".paper");

  async function load() {
    paper.setAttribute("aria-busy", "true");
    render(paper, html`${Array.from({ length: SKELETON_LINES }, () => html`<span class="paper-skeleton"></span>`)}`);
    try {
      text = await ask();
      const pre = document.createElement("pre");
      pre.textContent = text;
      pre.tabIndex = 0;
      pre.setAttribute("role", "document");
      pre.setAttribute("aria-label", label);
      pre.style.setProperty("--columns", COLUMNS);
      paper.replaceChildren(pre);
    } catch (error) {
      if (error.kind !== "cancelled") render(paper, faultNotice(error));
    } finally {
      paper.setAttribute("aria-busy", "false");
    }
  }

  paper.addEventListener("click", ({ target }) => {
    if (target.closest("[data-retry]")) load();
  });
  const loaded = load();

  return {
    async print() {
      await loaded;
      if (text === null) await load();
      if (text !== null) printText(text);
    },
  };
}
