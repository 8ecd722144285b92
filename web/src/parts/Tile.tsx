// A picture as a button: to choose, to drag.
import { hand } from "../state/state";
import type { Picture } from "../state/picture";
import { Face } from "./Face";

interface Props {
  readonly picture: Picture;
  readonly label?: string;
  readonly caption?: string;
  readonly pressed?: boolean;
  readonly onChoose: () => void;
  readonly onOpen?: () => void;
}

export function Tile({ picture, label, caption, pressed, onChoose, onOpen }: Props) {
  return (
    <button
      type="button"
      class="tile"
      aria-label={label ?? picture.words}
      aria-pressed={pressed}
      title={label ?? picture.words}
      draggable
      onClick={onChoose}
      onDblClick={onOpen}
      onDragStart={(event) => {
        hand.value = picture;
        event.dataTransfer?.setData("text/plain", picture.words);
      }}
      onDragEnd={() => (hand.value = null)}
    >
      <Face picture={picture} label="" />
      {caption !== undefined && <span class="caption">{caption}</span>}
    </button>
  );
}
