/*
 * Keeps the children of `host` in step with a list, one child a key, without
 * touching those that stay: focus, scroll place and transitions survive.
 *
 *   reconcile(list, lines, (line) => line.key, createRow, updateRow)
 *
 * create(item) gives the element; update(element, item, index) fills it and is
 * called for new and kept elements alike.
 */
export function reconcile(host, items, keyOf, create, update) {
  const kept = new Map();
  for (const child of host.children) kept.set(child.dataset.key, child);

  let place = host.firstElementChild;
  items.forEach((item, index) => {
    const key = String(keyOf(item));
    let child = kept.get(key);
    if (child) {
      kept.delete(key);
    } else {
      child = create(item);
      child.dataset.key = key;
    }
    if (child === place) place = place.nextElementSibling;
    else host.insertBefore(child, place);
    update(child, item, index);
  });
  for (const child of kept.values()) child.remove();
}
