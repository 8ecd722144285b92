/** Pictures in [-1, 1], (n, C, H, W) with C 1, 3 or 4, as RGBA of 0 to 255, one after the other; rounded as in Python. */
export function toPixels(data: Float32Array, dims: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const [n, channels, height, width] = dims as [number, number, number, number];
  const area = height * width;
  const pixels = new Uint8ClampedArray(n * area * 4);
  for (let picture = 0; picture < n; picture++) {
    const from = picture * channels * area;
    let to = picture * area * 4;
    for (let i = 0; i < area; i++, to += 4) {
      for (let c = 0; c < 3; c++) pixels[to + c] = (data[from + (channels === 1 ? 0 : c * area) + i]! + 1) * 127.5;
      pixels[to + 3] = channels === 4 ? (data[from + 3 * area + i]! + 1) * 127.5 : 255;
    }
  }
  return pixels;
}
