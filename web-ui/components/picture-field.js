/*
 * The picture of a product in its form: chosen, dropped, taken with a phone's
 * camera, removed.  Whoever mounts it says what becomes of a file:
 *
 *   const field = mountPictureField(host, { product, onFile, onRemove, signal });
 *
 *   onFile(file, onProgress)   answers the product, or null to keep the file as a preview
 *   onRemove()                 the same
 *
 * Both may throw; the words are shown beside the picture, which stays as it was.
 */
import { IMAGE_BYTES_MAX, IMAGE_TYPES } from "../api/product-images.js";
import { has, t } from "../lib/i18n.js";
import { fragment, html, render } from "../lib/html.js";
import { announce } from "./announce.js";
import { icon } from "./icon.js";
import { faultText } from "./notice.js";
import { picture, productPicture, watchPictures } from "./picture.js";

const WHOLE = 0.999;

function body() {
  const accept = IMAGE_TYPES.join(",");
  return html`
    <div class="picture-field-frame"></div>
    <div class="picture-field-side">
      <div class="picture-field-actions">
        <button type="button" class="button" data-picture="choose" aria-describedby="picture-hint">${icon("upload")}<span></span></button>
        <button type="button" class="button" data-picture="camera">${icon("camera")}<span>${t("picture.camera")}</span></button>
        <button type="button" class="button" data-picture="remove" data-kind="quiet">${icon("trash")}<span>${t("picture.remove")}</span></button>
      </div>
      <progress class="import-progress" max="1" aria-label="${t("picture.uploading")}" hidden></progress>
      <p class="hint soft" id="picture-hint">${t("picture.hint")} <span class="picture-field-drop">${t("picture.drop")}</span></p>
      <p class="fault" role="alert"></p>
    </div>
    <input type="file" name="picture" accept="${accept}" tabindex="-1" aria-hidden="true" hidden>
    <input type="file" name="photo" accept="${accept}" capture="environment" tabindex="-1" aria-hidden="true" hidden>`;
}

/** A fault in words that fit a picture, otherwise as everywhere. */
function faultWords(error) {
  const key = `picture.fault.${error.code ?? error.kind}`;
  return has(key) ? t(key) : faultText(error);
}

/** A file that the browser can read, or why it is refused before it is sent. */
function refusal(file) {
  if (file.size > IMAGE_BYTES_MAX) return t("picture.fault.body_too_large");
  return file.type && !file.type.startsWith("image/") ? t("picture.fault.unsupported_media_type") : "";
}

export function mountPictureField(host, { product, onFile, onRemove, signal }) {
  host.classList.add("picture-field");
  host.append(fragment(body()));
  const find = (selector) => host.querySelector(selector);
  const [frame, progress, fault] = [".picture-field-frame", "progress", ".fault"].map(find);
  const [choose, camera, remove] = ["choose", "camera", "remove"].map((name) => find(`[data-picture="${name}"]`));
  let shown = product;
  let preview = "";
  let busy = false;

  function show() {
    const has = Boolean(preview || shown.image);
    render(frame, preview ? picture(shown.name, preview) : productPicture(shown, "8rem"));
    choose.querySelector("span").textContent = t(has ? "picture.replace" : "picture.choose");
    remove.hidden = !has;
  }

  function setPreview(file) {
    if (preview) URL.revokeObjectURL(preview);
    preview = file ? URL.createObjectURL(file) : "";
  }

  function setBusy(on) {
    busy = on;
    host.setAttribute("aria-busy", String(on));
    progress.hidden = !on;
    progress.removeAttribute("value");
    for (const button of [choose, camera, remove]) button.disabled = on;
  }

  /** The last bytes sent, the server decodes: how long is not known. */
  function showProgress(sent, total) {
    if (!total || sent / total > WHOLE) progress.removeAttribute("value");
    else progress.value = sent / total;
  }

  async function change(work, done) {
    const focused = host.contains(document.activeElement) ? document.activeElement : null;
    fault.textContent = "";
    setBusy(true);
    try {
      const answer = await work();
      if (answer) {
        shown = answer;
        setPreview(null);
      }
      show();
      announce(t(done));
    } catch (error) {
      fault.textContent = faultWords(error);
    } finally {
      setBusy(false);
      (focused?.hidden ? choose : focused)?.focus();
    }
  }

  function take(file) {
    if (!file || busy) return;
    const reason = refusal(file);
    if (reason) {
      fault.textContent = reason;
      return;
    }
    change(async () => {
      const answer = await onFile(file, showProgress);
      if (answer === null) setPreview(file);
      return answer;
    }, "picture.changed");
  }

  choose.addEventListener("click", () => find('[name="picture"]').click(), { signal });
  camera.addEventListener("click", () => find('[name="photo"]').click(), { signal });
  remove.addEventListener("click", () => change(async () => {
    const answer = await onRemove();
    if (answer === null) setPreview(null);
    return answer;
  }, "picture.removed"), { signal });
  host.addEventListener("change", ({ target }) => {
    if (target.type !== "file") return;
    take(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  }, { signal });

  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    host.addEventListener(name, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      host.dataset.over = "";
    }, { signal });
  }
  host.addEventListener("dragleave", (event) => {
    if (!host.contains(event.relatedTarget)) delete host.dataset.over;
  }, { signal });
  host.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    delete host.dataset.over;
    take(event.dataTransfer.files[0]);
  }, { signal });
  signal.addEventListener("abort", () => setPreview(null));
  watchPictures(host, { signal });
  show();

  return { get busy() { return busy; } };
}
