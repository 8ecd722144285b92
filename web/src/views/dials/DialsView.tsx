// One picture and all its dials: named directions first, then every number of z, the one that changes most first.
import { useEffect } from "preact/hooks";
import { redo, undo } from "../../state/history";
import { Chosen } from "./Chosen";
import { Dimensions } from "./Dimensions";
import { Directions } from "./Directions";

export function DialsView() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="dials">
      <Chosen />
      <div class="columns">
        <Directions />
        <Dimensions />
      </div>
    </div>
  );
}

function onKey(event: KeyboardEvent): void {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  if (event.shiftKey) redo();
  else undo();
}
