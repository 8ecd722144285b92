// The page's side of the engine: starts the worker that fits this browser, and hands it vectors.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { addressOf, bytesOf, FileError, isEmbedded } from "../boot/files";
import type { Model } from "../boot/model";
import type { Begin, Render, Reply } from "./messages";

export type Provider = "wasm" | "webgpu";

export interface Made {
  /** RGBA, one picture after the other. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Milliseconds that G took. */
  readonly ms: number;
}

export interface Engine {
  readonly provider: Provider;
  readonly threads: number;
  /** Pictures of `count` vectors, one after the other. Throws where the engine has died. */
  render(z: Float32Array<ArrayBuffer>, count: number): Promise<Made>;
}

const MOST_THREADS = 4;

/**
 * Start an engine: WebGPU where there is one, else WebAssembly; one that loses its GPU goes on with WebAssembly. Throws a
 * FileError where the generator's file is missing or damaged, or nothing can be started.
 */
export async function startEngine(onnx: Model["onnx"], wanted: Provider | null): Promise<Engine> {
  const model = await checked(onnx);
  const plain = (): Promise<Engine> => start("wasm", model, threads());
  if (wanted === "wasm" || isEmbedded() || !(await hasGpu())) return plain();
  try {
    return withReserve(await start("webgpu", model, 1), plain);
  } catch (error) {
    console.info(`WebGPU could not be used, so WebAssembly is: ${String(error)}`);
    return plain();
  }
}

async function checked(onnx: Model["onnx"]): Promise<ArrayBuffer> {
  const model = await bytesOf(onnx.file);
  const found =
    "subtle" in crypto ? new Uint8Array(await crypto.subtle.digest("SHA-256", model)) : sha256(new Uint8Array(model));
  if (bytesToHex(found) !== onnx.sha256) {
    throw new FileError(`${onnx.file} is damaged, or belongs to another export than model.json: export the page again`);
  }
  return model;
}

function threads(): number {
  if (!crossOriginIsolated || new URLSearchParams(location.search).has("one-thread")) return 1;
  return Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1);
}

async function hasGpu(): Promise<boolean> {
  type Adapter = { info?: { isFallbackAdapter?: boolean }; isFallbackAdapter?: boolean };
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } }).gpu;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return !!adapter && !adapter.isFallbackAdapter && !adapter.info?.isFallbackAdapter;
}

/** An engine that another one stands in for, once, when it fails. */
function withReserve(first: Engine, reserve: () => Promise<Engine>): Engine {
  let current = Promise.resolve(first);
  let shown = first;
  return {
    get provider() {
      return shown.provider;
    },
    get threads() {
      return shown.threads;
    },
    async render(z, count) {
      const engine = await current;
      try {
        return await engine.render(z.slice(), count);
      } catch (error) {
        if (engine !== first) throw error;
        if (shown === first) current = reserve().then((other) => (shown = other));
        return (await current).render(z, count);
      }
    },
  };
}

async function start(provider: Provider, model: ArrayBuffer, count: number): Promise<Engine> {
  const runtime = await bytesOf(`ort-${provider}.wasm`);
  const worker = new Worker(addressOf(`engine-${provider}.js`), { name: "engine" });
  const waiting = new Map<number, { done: (made: Made) => void; failed: (error: Error) => void }>();
  const failAll = (error: Error): void => {
    waiting.forEach(({ failed }) => failed(error));
    waiting.clear();
  };
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.kind === "ready") resolve();
      else if (data.kind === "rendered") take(waiting, data.id)?.done(data);
      else if (data.id === null)
        reject(
          new FileError(`the generator could not be opened by this browser; export the page again (${data.reason})`),
        );
      else take(waiting, data.id)?.failed(new Error(data.reason));
    };
    worker.onerror = (event) => {
      const reason = event.message || "no reason given";
      reject(new FileError(`the engine could not be started in this browser (${reason})`));
      failAll(new Error(reason));
    };
    const begin: Begin = { kind: "begin", model: model.slice(0), runtime, threads: count };
    worker.postMessage(begin, [begin.model, begin.runtime]);
  }).catch((error: unknown) => {
    worker.terminate();
    throw error;
  });
  let next = 0;
  return {
    provider,
    threads: count,
    render: (z, pictures) =>
      new Promise((done, failed) => {
        const request: Render = { kind: "render", id: next++, z, count: pictures };
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
