// What goes by itself, or is scrubbed: a button and a slider over moments that follow each other in a ring.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Slider } from "./Slider";

interface Props {
  readonly name: string;
  readonly index: number;
  /** Of moments; there is nothing to play below 2. */
  readonly count: number;
  /** Moments a second. */
  readonly rate: number;
  readonly format: (index: number) => string;
  readonly onMove: (index: number) => void;
}

export function Player({ name, index, count, rate, format, onMove }: Props) {
  const playing = useSignal(false);
  const going = playing.value && count > 1;
  useEffect(() => {
    if (!going) return undefined;
    const timer = setTimeout(() => onMove((index + 1) % count), 1000 / rate);
    return () => clearTimeout(timer);
  }, [going, index, count, rate]);
  return (
    <div class="row">
      <button
        type="button"
        class="main"
        disabled={count < 2}
        aria-pressed={going}
        onClick={() => (playing.value = !playing.value)}
      >
        {going ? "Pause" : "Play"}
      </button>
      <Slider
        name={name}
        value={index}
        min={0}
        max={Math.max(1, count - 1)}
        step={1}
        disabled={count < 2}
        format={format}
        onInput={onMove}
      />
    </div>
  );
}
