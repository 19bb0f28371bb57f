/* The till could not learn its registers: why, and a way to try again. */
import { faultNotice } from "../components/notice.js";
import { t } from "../lib/i18n.js";
import { fragment, html } from "../lib/html.js";
import { session } from "../stores/session.js";

export function mountStartFault(host, { error, onRetry }) {
  host.append(fragment(html`
    <main class="login">
      <div class="login-card">
        ${faultNotice(error)}
        <button type="button" class="button" data-kind="quiet" data-signout>${t("menu.signout")}</button>
      </div>
    </main>`));
  host.querySelector("[data-retry]").addEventListener("click", onRetry);
  host.querySelector("[data-signout]").addEventListener("click", () => session.signOut());
  host.querySelector("[data-retry]").focus();
}
