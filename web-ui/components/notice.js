/* What a place shows when it has nothing to show: empty, or failed with a way on. */
import { missingScope } from "../api/client.js";
import { has, t } from "../lib/i18n.js";
import { html } from "../lib/html.js";
import { icon } from "./icon.js";

/** A fault in the reader's words: by its code, otherwise as the server put it. */
export function faultText(error) {
  const scope = missingScope(error);
  if (scope) return t("fault.scope", { scope });
  const key = `fault.${error.code ?? error.kind}`;
  if (has(key)) return t(key);
  if (error.kind === "problem" && error.detail) return error.detail;
  return t("fault.unexpected");
}

export function emptyNotice(name, title, text = "") {
  return html`
    <div class="notice">
      <span class="notice-icon">${icon(name)}</span>
      <p class="notice-title">${title}</p>
      ${text && html`<p class="soft">${text}</p>`}
    </div>`;
}

/** The button carries data-retry; whoever shows the notice listens for it. */
export function faultNotice(error) {
  const name = error.kind === "network" || error.kind === "timeout" ? "offline" : "alert";
  return html`
    <div class="notice" role="alert">
      <span class="notice-icon" data-kind="danger">${icon(name)}</span>
      <p class="notice-title">${t("fault.title")}</p>
      <p class="soft">${faultText(error)}</p>
      ${error.requestId && html`<p class="soft notice-small">${t("fault.request", { id: error.requestId })}</p>`}
      <button type="button" class="button" data-retry>${t("action.retry")}</button>
    </div>`;
}
