// Tiles of which one is reached by Tab, and the others from it by arrow keys.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  readonly class: string;
  readonly label: string;
  readonly children: ComponentChildren;
  /** A key that is no arrow, on the tile at a place. */
  readonly onKey?: (key: string, place: number) => void;
}

export function Grid({ class: kind, label, children, onKey }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const tiles = (): HTMLElement[] => [...ref.current!.querySelectorAll<HTMLElement>(".tile")];
  useLayoutEffect(() => {
    const all = tiles();
    const first =
      all.find((tile) => tile === document.activeElement) ?? all.find((tile) => tile.ariaPressed === "true") ?? all[0];
    all.forEach((tile) => (tile.tabIndex = tile === first ? 0 : -1));
  });
  const move = (event: KeyboardEvent): void => {
    const all = tiles();
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = all[at + (steps(event.key, all) ?? 0)];
    if (steps(event.key, all) === null) return onKey?.(event.key, at);
    event.preventDefault();
    if (next === undefined) return;
    all.forEach((tile) => (tile.tabIndex = tile === next ? 0 : -1));
    next.focus();
  };
  return (
    <div ref={ref} class={kind} role="group" aria-label={label} onKeyDown={move}>
      {children}
    </div>
  );
}

/** How many tiles an arrow goes on by; null where the key is none. */
function steps(key: string, tiles: readonly HTMLElement[]): number | null {
  const row = tiles.filter((tile) => tile.offsetTop === tiles[0]!.offsetTop).length;
  return { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row }[key] ?? null;
}
