// Start: the model, the engine, the address; then the page.
import { render } from "preact";
import { App } from "./App";
import { FileError } from "./boot/files";
import { loadModel } from "./boot/model";
import { startEngine } from "./engine/engine";
import { loadSheets } from "./parts/Sheet";
import { Painter } from "./engine/painter";
import { followAddress, readAddress } from "./state/address";
import { begin as beginState } from "./state/begin";
import { sizeOfPictures } from "./state/picture";
import { setWorld } from "./state/space";
import { show } from "./state/theme";

const SOON = 300; // milliseconds after the first view: its pictures come first
const root = document.getElementById("app")!;

async function begin(): Promise<void> {
  show();
  root.replaceChildren(sentence("Loading the generator…", "waiting soon"));
  const model = await loadModel();
  document.title = model.title;
  const wanted = new URLSearchParams(location.search).get("engine");
  const engine = await startEngine(model.onnx, wanted === "wasm" || wanted === "webgpu" ? wanted : null);
  const { prior, z_dim, width, height } = model.model;
  setWorld({ model, space: { prior, zDim: z_dim }, engine, painter: new Painter(engine, width, height) });
  document.documentElement.dataset["pixels"] = Math.max(width, height) <= 40 ? "sharp" : "smooth";
  sizeOfPictures(width, height);
  beginState();
  await readAddress();
  root.replaceChildren();
  render(<App />, root);
  followAddress();
  setTimeout(() => loadSheets(model), SOON);
}

function sentence(text: string, kind: string): HTMLElement {
  const p = document.createElement("p");
  p.className = kind;
  p.textContent = text;
  p.setAttribute("role", kind === "failed" ? "alert" : "status");
  return p;
}

begin().catch((error: unknown) => {
  const text = error instanceof FileError ? error.message : `The page could not start: ${String(error)}`;
  root.replaceChildren(sentence(text, "failed"));
});
