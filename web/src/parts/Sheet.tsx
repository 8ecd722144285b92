// Pictures cut from a sheet: a file of tiles in rows.
import { useEffect, useRef } from "preact/hooks";
import { FileError, pictureFile } from "../boot/files";
import type { Model, Size } from "../boot/model";
import { named } from "./Face";
import { say } from "../state/state";

const sheets = new Map<string, Promise<ImageBitmap>>();

/** A sheet's file, loaded once. */
export function sheet(file: string): Promise<ImageBitmap> {
  let found = sheets.get(file);
  if (found === undefined) {
    found = pictureFile(file);
    found.catch((error: unknown) => say(error instanceof FileError ? error.message : String(error)));
    sheets.set(file, found);
  }
  return found;
}

/** Load every sheet that any view shows, so that the network may go. */
export function loadSheets({ averages, time, reals }: Model): void {
  const files = [
    averages.file,
    ...(reals === null ? [] : [reals.file]),
    ...(time?.frames ?? []).map((frame) => frame.file),
  ];
  files.forEach((file) => void sheet(file).catch(() => undefined));
}

interface Props {
  readonly file: string;
  readonly tile: Size;
  readonly columns: number;
  /** Which tile; the whole sheet where it is null. */
  readonly index: number | null;
  readonly label: string;
  readonly rows?: number;
}

export function Sheet({ file, tile, columns, index, label, rows = 1 }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  const [width, height] = index === null ? [tile[0] * columns, tile[1] * rows] : tile;
  useEffect(() => {
    let wanted = true;
    sheet(file).then(
      (picture) => {
        const pen = ref.current?.getContext("2d");
        if (!wanted || !pen) return;
        const [left, top] =
          index === null ? [0, 0] : [(index % columns) * tile[0], Math.floor(index / columns) * tile[1]];
        pen.drawImage(picture, left, top, width, height, 0, 0, width, height);
        ref.current!.dataset["ready"] = "yes";
      },
      () => undefined,
    );
    return () => void (wanted = false);
  }, [file, index]);
  return <canvas ref={ref} class="face" width={width} height={height} {...named(label)} />;
}
