// The engine on WebGPU.
import * as runtime from "onnxruntime-web/webgpu";
import { serve } from "./serve";

if (!self.name.startsWith("em-pthread")) serve(runtime, "webgpu");
