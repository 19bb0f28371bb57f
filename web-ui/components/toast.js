/*
 * Short messages that go by themselves, at most MAX_TOASTS at a time.
 *   toast(text, { kind: "fault", action: { label, run } })
 */
import { element, html } from "../lib/html.js";
import { icon } from "./icon.js";
import { sharedElement } from "./dialog.js";

const SHOWN_MS = 4500;
const MAX_TOASTS = 3;
const ICONS = { info: "check", fault: "alert" };

export function toast(text, { kind = "info", action = null } = {}) {
  const host = sharedElement("toasts");
  const node = element(html`
    <div class="toast" data-kind="${kind}">
      ${icon(ICONS[kind])}<span>${text}</span>
      ${action && html`<button type="button" class="toast-action">${action.label}</button>`}
    </div>`);
  const close = () => node.remove();
  node.querySelector("button")?.addEventListener("click", () => {
    close();
    action.run();
  });
  host.append(node);
  while (host.childElementCount > MAX_TOASTS) host.firstElementChild.remove();
  setTimeout(close, SHOWN_MS);
}
