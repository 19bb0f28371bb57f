/** A list and beside it what was chosen of it: what those views share beside their looks. */
import { go } from "../lib/router.js";
import { isDialogOpen } from "./dialog.js";

/**
 * Escape leads from what was chosen back to the list of `view`, wherever the focus is: what had it may have gone
 * from the page meanwhile.
 */
export function leadBack(view, { signal }) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isDialogOpen()) go(view);
  }, { signal });
}
