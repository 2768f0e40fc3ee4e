// Bytes that a page holds as text: compressed, then in base64.

/** @param {string} text */
export async function inflated(text) {
  const letters = atob(text), packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
  const inflate = new DecompressionStream("deflate");
  const stream = new Blob([packed]).stream().pipeThrough(inflate);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
