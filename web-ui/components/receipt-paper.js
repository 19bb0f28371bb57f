/*
 * A receipt or a report as it would come out of the printer: the server's text,
 * on paper.  print() sends the same text to the browser's printer.
 */
import { transactions_receipt } from "../api/transactions.js";
import { t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { session } from "../stores/session.js";
import { faultNotice } from "./notice.js";

const COLUMNS = 42;
const SKELETON_LINES = 14;

function sheetOf(text, columns) {
  const sheet = document.createElement("pre");
  sheet.textContent = text;
  sheet.style.setProperty("--columns", columns);
  return sheet;
}

/** Prints a text that is `columns` wide. */
export function printText(text, columns) {
  const sheet = document.getElementById("print");
  sheet.replaceChildren(sheetOf(text, columns));
  addEventListener("afterprint", () => sheet.replaceChildren(), { once: true });
  print();
}

/**
 * Shows the receipt of a transaction in host, as {copy, gift} says; answers
 * {print, show}, where show(form) puts another form on the paper.
 */
export function mountReceipt(host, transaction_id, { signal, ...form } = {}) {
  const columns = session.state.store?.receipt_columns ?? COLUMNS;
  const ask = () => transactions_receipt(transaction_id, { ...form, columns, signal });
  const paper = mountPaper(host, ask, { label: t("receipt.label"), columns });
  return {
    print: paper.print,
    show(next) {
      form = next;
      return paper.load();
    },
  };
}

/** Shows the text that ask() answers on paper; answers {print, load}. */
export function mountPaper(host, ask, { label, columns = COLUMNS }) {
  let text = null;
  let loaded = null;
  let latest = null;
  host.append(fragment(html`<div class="paper" aria-busy="true"></div>`));
  const paper = host.querySelector(".paper");

  async function read() {
    text = null;
    paper.setAttribute("aria-busy", "true");
    render(paper, html`${Array.from({ length: SKELETON_LINES }, () => html`<span class="paper-skeleton"></span>`)}`);
    const mine = ask();
    latest = mine;
    try {
      const answer = await mine;
      if (latest !== mine) return; // Another form was asked for meanwhile.
      text = answer;
      const sheet = sheetOf(text, columns);
      sheet.tabIndex = 0;
      sheet.setAttribute("role", "document");
      sheet.setAttribute("aria-label", label);
      paper.replaceChildren(sheet);
    } catch (error) {
      if (latest === mine && error.kind !== "cancelled") render(paper, faultNotice(error));
    } finally {
      if (latest === mine) paper.setAttribute("aria-busy", "false");
    }
  }

  function load() {
    loaded = read();
    return loaded;
  }

  paper.addEventListener("click", ({ target }) => {
    if (target.closest("[data-retry]")) load();
  });
  load();

  return {
    load,
    async print() {
      await loaded;
      if (text === null) await load();
      if (text !== null) printText(text, columns);
    },
  };
}
