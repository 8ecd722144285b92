// Where the focus goes when what has it is removed: to its neighbour of the same kind.

/** Remove something by its button, and give the focus to the next such button, or the one before. */
export function removeAt(button: HTMLElement, remove: () => void): void {
  const all = [...(button.closest("ul, .strip, .stack")?.querySelectorAll<HTMLElement>(".remove") ?? [])];
  const next = all[all.indexOf(button) + 1] ?? all[all.indexOf(button) - 1];
  remove();
  next?.focus();
}
