// Three builds into one folder: the page, and its two engines, each a single file with a fixed name, so that the Python
// package can serve them, copy them, or put them into one HTML. ONNX Runtime's WebAssembly is copied beside them.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const out = resolve(import.meta.dirname, "../src/dcgan/web/dist");
const modules = resolve(import.meta.dirname, "node_modules");
const RUNTIMES: Record<string, string> = {
  "engine-wasm": "ort-wasm-simd-threaded.wasm",
  "engine-webgpu": "ort-wasm-simd-threaded.asyncify.wasm",
};
const CARRIED = [
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "@noble/hashes",
  "gifenc",
  "onnxruntime-web",
  "onnxruntime-common",
];
const LAST = "engine-webgpu"; // of the builds

export default defineConfig(({ mode }): UserConfig => (mode in RUNTIMES ? engine(mode) : page()));

function page(): UserConfig {
  return {
    base: "./",
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false,
      cssCodeSplit: false,
      rollupOptions: {
        output: {
          entryFileNames: "page.js",
          assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "page.css" : "[name][extname]"),
        },
      },
    },
    plugins: [plainTags(), licences()],
  };
}

function engine(name: string): UserConfig {
  return {
    publicDir: false,
    build: {
      outDir: out,
      emptyOutDir: false,
      target: "es2022",
      lib: { entry: `src/engine/${name}.ts`, formats: ["iife"], name: "engine", fileName: () => `${name}.js` },
      rollupOptions: { output: { codeSplitting: false } },
    },
    plugins: [runtimeApart(), runtime(name), ...(name === LAST ? [done()] : [])],
  };
}

// The tags that the Python package looks for when it puts everything into one file: no attribute more.
function plainTags(): Plugin {
  return {
    name: "plain-tags",
    transformIndexHtml: { order: "post", handler: (html) => html.replaceAll(" crossorigin", "") },
  };
}

// ONNX Runtime names its WebAssembly by address, which a build would put into the script as text: the page hands it over.
// Its own address is that of the worker, which is a plain script, since a page that is one file can start no other.
function runtimeApart(): Plugin {
  return {
    name: "runtime-apart",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("onnxruntime-web/dist/")) return null;
      const apart = code.replaceAll(/new URL\("ort-wasm[^"]*\.wasm",\s*import\.meta\.url\)\.href/g, '""');
      return { code: apart.replaceAll("import.meta.url", "self.location.href"), map: null };
    },
  };
}

function runtime(name: string): Plugin {
  return {
    name: "runtime",
    apply: "build",
    closeBundle() {
      mkdirSync(out, { recursive: true });
      const wasm = RUNTIMES[name]!;
      copyFileSync(
        resolve(modules, "onnxruntime-web/dist", wasm),
        resolve(out, `${name.replace("engine", "ort")}.wasm`),
      );
    },
  };
}

// What the page carries, with the texts of their licences. ONNX Runtime's packages name theirs and do not hold it.
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    closeBundle() {
      const parts = CARRIED.map((name) => `${name} ${versionOf(name)}\n\n${licenceOf(name)}\n`);
      const own = readFileSync(resolve(import.meta.dirname, "../LICENSE"), "utf8");
      const notices = `ONNX Runtime is itself made of others' work: ThirdPartyNotices.txt of its release ${versionOf("onnxruntime-web")}, at github.com/microsoft/onnxruntime.\n`;
      writeFileSync(
        resolve(out, "licences.txt"),
        ["The page itself (dcgan)\n\n" + own, ...parts, notices].join("\n----\n\n"),
      );
    },
  };
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(resolve(modules, name, "package.json"), "utf8")) as { version: string }).version;
}

function licenceOf(name: string): string {
  if (name.startsWith("onnxruntime-"))
    return readFileSync(resolve(import.meta.dirname, "licences/onnxruntime.txt"), "utf8").trim();
  const file = readdirSync(resolve(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no text of its licence: add one in web/licences/`);
  return readFileSync(resolve(modules, name, file), "utf8").trim();
}

// Written last: `make web` goes by it.
function done(): Plugin {
  return {
    name: "done",
    apply: "build",
    closeBundle: () => writeFileSync(resolve(out, "built.txt"), `${versionOf("onnxruntime-web")}\n`),
  };
}
