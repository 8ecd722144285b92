// Where a picture can be put: by dropping it there, or by choosing the place with a picture in hand.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { inHand } from "../state/shelf";
import { hand } from "../state/state";
import type { Picture } from "../state/picture";

interface Props {
  readonly label: string;
  readonly class?: string;
  readonly onPut: (picture: Picture) => void;
  readonly children: ComponentChildren;
}

export function Place({ label, class: kind, onPut, children }: Props) {
  const [over, setOver] = useState(false);
  const put = (picture: Picture | null): void => {
    if (picture === null) return;
    hand.value = null;
    onPut(picture);
  };
  return (
    <div
      class={`place ${kind ?? ""} ${over ? "over" : ""} ${hand.value ? "ready" : ""}`}
      onDragOver={(event) => {
        if (hand.value === null) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        put(hand.value);
      }}
    >
      {children}
      <button type="button" class="put" aria-label={label} title={label} onClick={() => put(inHand())}>
        +
      </button>
    </div>
  );
}
