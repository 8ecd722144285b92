// The page's side of the engine: starts the worker that fits this browser, and hands it vectors.
import { addressOf, bytesOf, FileError, isEmbedded } from "../boot/files";
import type { Begin, Render, Reply } from "./messages";

export type Provider = "wasm" | "webgpu";

export interface Engine {
  readonly provider: Provider;
  readonly threads: number;
  /** Pictures of `count` vectors, one after the other, as RGBA; and the milliseconds that G took. */
  render(z: Float32Array<ArrayBuffer>, count: number): Promise<{ pixels: Uint8ClampedArray<ArrayBuffer>; ms: number }>;
}

const MOST_THREADS = 4;

/** Start an engine: WebGPU where there is one, else WebAssembly. Throws a FileError with a sentence. */
export async function startEngine(file: string, wanted: Provider | null): Promise<Engine> {
  const model = bytesOf(file);
  model.catch(() => undefined);
  if (wanted !== "wasm" && !isEmbedded() && (await hasGpu())) {
    try {
      return await start("webgpu", await model, 1);
    } catch (error) {
      console.info(`WebGPU could not be used, so WebAssembly is: ${String(error)}`);
    }
  }
  const threads = crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1) : 1;
  return start("wasm", await model, new URLSearchParams(location.search).has("one-thread") ? 1 : threads);
}

async function hasGpu(): Promise<boolean> {
  type Gpu = { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean }; isFallbackAdapter?: boolean } | null> };
  const gpu = (navigator as { gpu?: Gpu }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return !!adapter && !adapter.isFallbackAdapter && !adapter.info?.isFallbackAdapter;
}

async function start(provider: Provider, model: ArrayBuffer, threads: number): Promise<Engine> {
  const runtime = await bytesOf(`ort-${provider}.wasm`);
  const worker = new Worker(addressOf(`engine-${provider}.js`), { name: "engine" });
  const waiting = new Map<number, { done: (reply: { pixels: Uint8ClampedArray<ArrayBuffer>; ms: number }) => void; failed: (error: Error) => void }>();
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "ready") resolve();
      else if (data.kind === "rendered") take(waiting, data.id)?.done(data);
      else if (data.id === null) reject(new FileError(`the generator could not be opened, so its file may be damaged; export the page again (${data.reason})`));
      else take(waiting, data.id)?.failed(new Error(data.reason));
    };
    worker.onerror = (event) => reject(new FileError(`the engine could not be started in this browser (${event.message || "no reason given"})`));
    const begin: Begin = { kind: "begin", model: model.slice(0), runtime, threads };
    worker.postMessage(begin, [begin.model, begin.runtime]);
  }).catch((error: unknown) => {
    worker.terminate();
    throw error;
  });
  let next = 0;
  return {
    provider,
    threads,
    render: (z, count) =>
      new Promise((done, failed) => {
        const request: Render = { kind: "render", id: next++, z, count };
        waiting.set(request.id, { done, failed });
        worker.postMessage(request, [z.buffer]);
      }),
  };
}

function take<T>(waiting: Map<number, T>, id: number): T | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}
