// A named number that is dragged, or moved by arrow keys.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Props {
  readonly name: ComponentChildren;
  readonly label?: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly format?: (value: number) => string;
  readonly disabled?: boolean;
  readonly title?: string;
  readonly onInput: (value: number) => void;
  readonly children?: ComponentChildren;
}

export function Slider({ name, label, value, min, max, step, format, disabled, title, onInput, children }: Props) {
  const id = useId();
  const shown = format ? format(value) : value.toFixed(2);
  return (
    <div class="slider" title={title}>
      <label for={id}>{name}</label>
      <input
        id={id}
        type="range"
        aria-label={label}
        aria-valuetext={shown}
        min={min}
        max={max}
        step={step}
        value={value}
        disabled={disabled}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
      />
      <output for={id}>{shown}</output>
      {children}
    </div>
  );
}
