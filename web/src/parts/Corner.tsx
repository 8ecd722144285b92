// How fast this browser is, in a corner, on request.
import { useSignal } from "@preact/signals";
import { timing } from "../engine/painter";
import { world } from "../state/space";

const ROUNDS = 20;

export function Corner() {
  const { engine, painter, space } = world();
  const measured = useSignal<string | null>(null);
  const measure = async (): Promise<void> => {
    measured.value = "measuring…";
    const parts = [];
    for (const count of [1, 16]) {
      const times = [];
      for (let round = 0; round < ROUNDS; round++) {
        const z = Array.from({ length: count }, () =>
          Float32Array.from({ length: space.zDim }, () => Math.random() * 2 - 1),
        );
        times.push(await painter.time(z));
      }
      parts.push(`${count}: ${times.toSorted((a, b) => a - b)[ROUNDS / 2]!.toFixed(1)} ms`);
    }
    measured.value = `median of ${ROUNDS}: ${parts.join(", ")}`;
  };
  const last = timing.value;
  return (
    <aside class="corner" aria-label="Speed">
      <p>
        {engine.provider === "wasm" ? "WebAssembly" : "WebGPU"}, {engine.threads}{" "}
        {engine.threads === 1 ? "thread" : "threads"}
      </p>
      <p>{last === null ? "nothing drawn yet" : `last: ${last.count} in ${last.ms.toFixed(1)} ms`}</p>
      <button type="button" class="small" onClick={() => void measure()}>
        Measure
      </button>
      <p class="measured">{measured.value ?? ""}</p>
    </aside>
  );
}
