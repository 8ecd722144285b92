// The page: a head with tabs, one view, the shelf.
import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { broken } from "./engine/painter";
import { Corner } from "./parts/Corner";
import { Safe } from "./parts/Safe";
import { Shelf } from "./parts/Shelf";
import { nextTheme, theme } from "./state/theme";
import { world } from "./state/space";
import { notice, type Tab, tab, TABS } from "./state/state";
import { Algebra } from "./views/algebra/Algebra";
import { Breeding } from "./views/breeding/Breeding";
import { DialsView } from "./views/dials/DialsView";
import { Gallery } from "./views/gallery/Gallery";
import { Share } from "./views/share/Share";
import { Training } from "./views/training/Training";
import { WalkView } from "./views/walk/WalkView";

const VIEWS: Readonly<Record<Tab, { readonly name: string; readonly View: () => preact.JSX.Element }>> = {
  gallery: { name: "Gallery", View: Gallery },
  dials: { name: "Dials", View: DialsView },
  algebra: { name: "Algebra", View: Algebra },
  breeding: { name: "Breeding", View: Breeding },
  walk: { name: "Walk", View: WalkView },
  training: { name: "Training", View: Training },
  share: { name: "Share", View: Share },
};

export function App() {
  const { model } = world();
  const speed = useSignal(new URLSearchParams(location.search).has("speed"));
  const { View } = VIEWS[tab.value];
  useLayoutEffect(() => {
    scrollTo(0, 0);
    document.getElementById(`tab-${tab.value}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [tab.value]);
  return (
    <>
      <header>
        <div class="title">
          <h1>{model.title}</h1>
          <p>
            {model.model.height}×{model.model.width}, {model.model.z_dim} numbers of{" "}
            {model.model.prior === "normal" ? "N(0, 1)" : "U(-1, 1)"},{" "}
            {Math.round(model.model.kimg).toLocaleString("en")} kimg
          </p>
        </div>
        <div class="tools">
          <button type="button" class="small" aria-pressed={speed.value} onClick={() => (speed.value = !speed.value)}>
            Speed
          </button>
          <button type="button" class="small" onClick={nextTheme}>
            Theme: {theme.value}
          </button>
        </div>
        <div role="tablist" aria-label="Views" onKeyDown={onArrow}>
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={tab.value === name}
              aria-controls="view"
              tabIndex={tab.value === name ? 0 : -1}
              onClick={() => go(name)}
            >
              {VIEWS[name].name}
            </button>
          ))}
        </div>
      </header>
      <main>
        {broken.value !== null && (
          <p class="bad panel" role="alert">
            {broken.value}
          </p>
        )}
        <div id="view" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
          <Safe key={tab.value}>
            <View />
          </Safe>
        </div>
      </main>
      {speed.value && <Corner />}
      <Shelf />
    </>
  );
}

/** Show a view; what was said in the one before is said no longer. */
function go(name: Tab): void {
  tab.value = name;
  notice.value = "";
}

function onArrow(event: KeyboardEvent): void {
  const ways: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    Home: -TABS.indexOf(tab.value),
    End: TABS.length - 1 - TABS.indexOf(tab.value),
  };
  const way = ways[event.key];
  if (way === undefined) return;
  event.preventDefault();
  go(TABS[(TABS.indexOf(tab.value) + way + TABS.length) % TABS.length]!);
  document.getElementById(`tab-${tab.value}`)?.focus();
}
