// Light or dark: as the system has it, unless the visitor says otherwise; remembered by this browser.
import { signal } from "@preact/signals";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>(remembered());

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
  show();
  try {
    localStorage.setItem("theme", theme.value);
  } catch {
    // a browser may keep nothing: the choice then holds for this visit
  }
}

export function show(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

function remembered(): Theme {
  try {
    return THEMES.find((one) => one === localStorage.getItem("theme")) ?? "auto";
  } catch {
    return "auto";
  }
}
