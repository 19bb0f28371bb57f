/* What a dialog shows while nobody knows whether the server has stored an act (stores/commit.js). */
import { icon } from "../components/icon.js";
import { faultText } from "../components/notice.js";
import { t } from "../lib/i18n.js";
import { html, render } from "../lib/html.js";
import { playFault } from "../lib/sound.js";

function unknownMarkup({ title, text, total }) {
  return html`
    <div class="pay-unknown">
      <span class="notice-icon">${icon("offline")}</span>
      <h3>${title}</h3>
      <p class="soft">${text}</p>
      ${total && html`<p class="pay-unknown-amount amount">${total}</p>`}
      <p class="soft notice-small" aria-live="polite" data-tries></p>
      <button type="button" class="button" data-kind="primary" data-size="large" data-again>${t("pay.try_now")}</button>
    </div>`;
}

/** The wait is drawn once; each try only changes what it says, so the button stays under the finger. */
export function showUnknown(dialog, { status, error, tries }, entering, texts) {
  if (entering) {
    render(dialog.body, unknownMarkup(texts));
    dialog.body.querySelector("[data-again]").focus();
    playFault();
  }
  dialog.body.querySelector("[data-again]").setAttribute("aria-busy", String(status === "sending"));
  dialog.body.querySelector("[data-tries]").textContent = [
    error ? faultText(error) : "", t("pay.tries", { count: tries }),
  ].filter(Boolean).join(" ");
}
