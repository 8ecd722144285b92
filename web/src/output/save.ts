// Files for the visitor: a picture, a sheet.
import type { Picture } from "../state/picture";
import { world } from "../state/space";

const GAP = 2;

/** Give the visitor a file. */
export function download(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A picture as PNG, every pixel `scale` x `scale`. */
export async function pngOf(picture: Picture, scale = 1): Promise<Blob> {
  const [pixels] = await world().painter.pictures([picture.z]);
  return canvasBlob(enlarged(pixels!, scale));
}

/** Pictures as one PNG, in rows of nearly a square. */
export async function sheetOf(pictures: readonly Picture[], scale = 1): Promise<Blob> {
  const all = await world().painter.pictures(pictures.map((one) => one.z));
  const columns = Math.ceil(Math.sqrt(all.length));
  const [width, height] = [all[0]!.width * scale, all[0]!.height * scale];
  const rows = Math.ceil(all.length / columns);
  const sheet = new OffscreenCanvas(columns * (width + GAP) + GAP, rows * (height + GAP) + GAP);
  const pen = sheet.getContext("2d")!;
  pen.fillStyle = "white";
  pen.fillRect(0, 0, sheet.width, sheet.height);
  all.forEach((pixels, i) => {
    pen.drawImage(
      enlarged(pixels, scale),
      GAP + (i % columns) * (width + GAP),
      GAP + Math.floor(i / columns) * (height + GAP),
    );
  });
  return canvasBlob(sheet);
}

export function enlarged(pixels: ImageData, scale: number): OffscreenCanvas {
  const plain = new OffscreenCanvas(pixels.width, pixels.height);
  plain.getContext("2d")!.putImageData(pixels, 0, 0);
  if (scale === 1) return plain;
  const large = new OffscreenCanvas(pixels.width * scale, pixels.height * scale);
  const pen = large.getContext("2d")!;
  pen.imageSmoothingEnabled = false;
  pen.drawImage(plain, 0, 0, large.width, large.height);
  return large;
}

function canvasBlob(canvas: OffscreenCanvas): Promise<Blob> {
  return canvas.convertToBlob({ type: "image/png" });
}
