// Bytes that a page holds as text: compressed, then in base64.

/** @param {string} text */
export async function inflated(text) {
  const inflate = new DecompressionStream("deflate");
  const stream = new Blob([bytesIn(text)]).stream().pipeThrough(inflate);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Newer browsers read base64 by themselves, many times as fast.
/** @returns {Uint8Array<ArrayBuffer>} */
function bytesIn(text) {
  const own = /** @type {any} */ (Uint8Array);
  if (own.fromBase64) return own.fromBase64(text);
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
