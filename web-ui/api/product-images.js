import { request } from "./client.js";

/* Ten megabytes over a slow line take a while. */
const UPLOAD_TIMEOUT_MS = 5 * 60_000;
/** What the server takes. */
export const IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif"];
export const IMAGE_BYTES_MAX = 10 * 1024 * 1024;

const path = (product_id) => `/api/v1/products/${product_id}/image`;

/** file is a File or Blob; onProgress(sent, total) in bytes. Answers the product. */
export async function product_images_set(product_id, version, file, { onProgress, signal } = {}) {
  const call = {
    body: file,
    // The server tells the kind by the content; a file without one of these types may still be a picture.
    contentType: IMAGE_TYPES.includes(file.type) ? file.type : IMAGE_TYPES[0],
    headers: { "If-Match": `"${version}"` },
    timeout_ms: UPLOAD_TIMEOUT_MS,
    onProgress,
    signal,
  };
  return (await request("PUT", path(product_id), call)).data;
}

export async function product_images_remove(product_id, version) {
  const headers = { "If-Match": `"${version}"` };
  return (await request("DELETE", path(product_id), { headers })).data;
}
