// A walk as a GIF, or as a video that the browser records.
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { enlarged } from "./save";

type Progress = (share: number) => void;

/** Frames as an animated GIF, which repeats where the walk is a loop, each with its own palette of 256 colours. */
export async function gifOf(
  frames: readonly ImageData[],
  fps: number,
  scale: number,
  loop: boolean,
  progress: Progress,
): Promise<Blob> {
  const gif = GIFEncoder();
  for (const [i, frame] of frames.entries()) {
    const large = enlarged(frame, scale);
    const { data, width, height } = large.getContext("2d")!.getImageData(0, 0, large.width, large.height);
    const palette = quantize(data, 256);
    gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay: 1000 / fps, repeat: loop ? 0 : -1 });
    progress((i + 1) / frames.length);
    await new Promise((resolve) => setTimeout(resolve)); // the page stays awake
  }
  gif.finish();
  return new Blob([gif.bytes() as Uint8Array<ArrayBuffer>], { type: "image/gif" });
}

/** The kind of video that this browser records, or null. */
export function videoType(): string | null {
  if (typeof MediaRecorder === "undefined") return null;
  return (
    ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm;codecs=vp8"].find((type) =>
      MediaRecorder.isTypeSupported(type),
    ) ?? null
  );
}

/** Frames as a video: they are shown on a canvas at their speed and recorded, so it takes as long as it plays. */
export async function videoOf(
  frames: readonly ImageData[],
  fps: number,
  scale: number,
  type: string,
  progress: Progress,
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = even(frames[0]!.width * scale);
  canvas.height = even(frames[0]!.height * scale);
  const pen = canvas.getContext("2d")!;
  const stream = canvas.captureStream(0);
  const track = stream.getVideoTracks()[0] as MediaStreamTrack & { requestFrame(): void };
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 8_000_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const ended = new Promise((resolve, reject) => {
    recorder.onstop = resolve;
    recorder.onerror = () => reject(new Error("the browser could not record it"));
  });
  recorder.start();
  for (const [i, frame] of frames.entries()) {
    pen.drawImage(enlarged(frame, scale), 0, 0);
    track.requestFrame();
    progress((i + 1) / frames.length);
    await new Promise((resolve) => setTimeout(resolve, 1000 / fps));
  }
  recorder.stop();
  await ended;
  track.stop();
  return new Blob(parts, { type: type.split(";")[0]! });
}

function even(n: number): number {
  return n + (n % 2); // encoders want even sides
}
