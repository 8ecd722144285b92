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
const CARRIED = ["preact", "@preact/signals", "@preact/signals-core", "gifenc", "onnxruntime-web", "onnxruntime-common"];

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
        output: { entryFileNames: "page.js", assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "page.css" : "[name][extname]") },
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
    plugins: [runtimeApart(), runtime(name)],
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
    closeBundle() {
      mkdirSync(out, { recursive: true });
      const wasm = RUNTIMES[name]!;
      copyFileSync(resolve(modules, "onnxruntime-web/dist", wasm), resolve(out, `${name.replace("engine", "ort")}.wasm`));
    },
  };
}

function licences(): Plugin {
  return {
    name: "licences",
    closeBundle() {
      const parts = CARRIED.map((name) => {
        const folder = resolve(modules, name);
        const facts = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8")) as { version: string; license: string };
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        const text = file ? readFileSync(resolve(folder, file), "utf8").trim() : `License: ${facts.license}`;
        return `${name} ${facts.version}\n\n${text}\n`;
      });
      writeFileSync(resolve(out, "licences.txt"), `This page carries:\n\n${parts.join("\n----\n\n")}`);
    },
  };
}
