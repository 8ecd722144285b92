// The engine on WebAssembly. ONNX Runtime starts this same file again for each of its threads, by name.
import * as runtime from "onnxruntime-web/wasm";
import { serve } from "./serve";

if (!self.name.startsWith("em-pthread")) serve(runtime, "wasm");
