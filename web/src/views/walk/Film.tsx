// The walk as a file.
import { type Signal, useSignal } from "@preact/signals";
import { gifOf, videoOf, videoType } from "../../output/film";
import { download } from "../../output/save";
import type { Picture } from "../../state/picture";
import { world } from "../../state/space";
import { say, walk } from "../../state/state";

const WANTED_WIDTH = 256; // pixels of a film: pictures are enlarged by a whole number up to it

export function Film({ pictures }: { pictures: readonly Picture[] }) {
  const done = useSignal<string | null>(null);
  const idle = pictures.length > 0 && done.value === null;
  return (
    <div class="actions">
      <button type="button" disabled={!idle} onClick={() => void save(pictures, "gif", done)}>
        Save GIF
      </button>
      <button type="button" disabled={!idle || videoType() === null} onClick={() => void save(pictures, "video", done)}>
        Save video
      </button>
      <span role="status">{done.value ?? ""}</span>
    </div>
  );
}

async function save(pictures: readonly Picture[], kind: "gif" | "video", done: Signal<string | null>): Promise<void> {
  const percent = (share: number): void => void (done.value = `${Math.round(share * 100)}%`);
  percent(0);
  try {
    const blob = await film(pictures, kind, percent);
    const ending = { "image/gif": "gif", "video/mp4": "mp4" }[blob.type] ?? "webm";
    download(`walk.${ending}`, blob);
    say(`The walk is saved: ${pictures.length} frames, ${Math.ceil(blob.size / 1024)} kB.`);
  } catch (error) {
    say(`The walk could not be saved: ${String(error)}`);
  } finally {
    done.value = null;
  }
}

async function film(
  pictures: readonly Picture[],
  kind: "gif" | "video",
  percent: (share: number) => void,
): Promise<Blob> {
  const { fps, loop } = walk.value;
  const frames = await world().painter.pictures(pictures.map((picture) => picture.z));
  const scale = Math.max(1, Math.floor(WANTED_WIDTH / world().model.model.width));
  const type = kind === "video" ? videoType() : null;
  return type === null ? gifOf(frames, fps, scale, loop, percent) : videoOf(frames, fps, scale, type, percent);
}
