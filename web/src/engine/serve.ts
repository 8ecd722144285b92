// The inside of a worker: vectors in, pictures out, by ONNX Runtime Web.
import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Begin, Render, Reply, Request } from "./messages";
import { toPixels } from "./pixels";

/** The part of ONNX Runtime Web that an engine needs; its builds for WebAssembly and WebGPU both have it. */
export interface Runtime {
  readonly env: {
    logLevel?: string | undefined;
    wasm: { numThreads?: number | undefined; wasmBinary?: ArrayBufferLike | Uint8Array | undefined };
  };
  readonly InferenceSession: {
    create(model: ArrayBuffer, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
}

/** Answer the page's requests, in order. */
export function serve(runtime: Runtime, provider: "wasm" | "webgpu"): void {
  let session: InferenceSession | null = null;
  let last = Promise.resolve();

  async function begin(request: Begin): Promise<Reply> {
    runtime.env.logLevel = "error";
    runtime.env.wasm.numThreads = request.threads;
    runtime.env.wasm.wasmBinary = request.runtime;
    session = await runtime.InferenceSession.create(request.model, {
      executionProviders: [provider],
      graphOptimizationLevel: "all",
    });
    return { kind: "ready" };
  }

  async function render({ id, z, count }: Render): Promise<Reply> {
    if (session === null) throw new Error("there is no model yet");
    const start = performance.now();
    const input = new runtime.Tensor("float32", z, [count, z.length / count]);
    const output = (await session.run({ z: input }))["pictures"]!;
    const data = (await output.getData()) as Float32Array;
    const ms = performance.now() - start;
    return { kind: "rendered", id, pixels: toPixels(data, output.dims), ms };
  }

  async function answer(request: Request): Promise<void> {
    try {
      const reply = request.kind === "begin" ? await begin(request) : await render(request);
      postMessage(reply, { transfer: reply.kind === "rendered" ? [reply.pixels.buffer] : [] });
    } catch (error) {
      const reply: Reply = { kind: "failed", id: request.kind === "render" ? request.id : null, reason: String(error) };
      postMessage(reply);
    }
  }

  addEventListener("message", (event: MessageEvent<Request>) => {
    last = last.then(() => answer(event.data));
  });
}
