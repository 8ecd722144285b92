// vectors.json: vectors on their way to the command and back.
import type { Model } from "../boot/model";
import type { Picture } from "../state/picture";

const FORMAT = "dcgan-vectors";
const VERSION = 1;
const OTHER = "These vectors are of another generator: here they are other pictures.";

export interface Read {
  readonly vectors: readonly { readonly name: string; readonly z: Float32Array }[];
  /** A sentence, where they are of another generator. */
  readonly warning: string | null;
}

/** Vectors as the JSON that an expression of `dcgan latent` reads: file:vectors.json#0. */
export function vectorsOf(pictures: readonly Picture[], { model }: Model): Blob {
  const vectors = pictures.map(({ words, z }) => ({ name: words, z: Array.from(z) }));
  const plain = { format: FORMAT, version: VERSION, z_dim: model.z_dim, digest: model.digest, vectors };
  return new Blob([JSON.stringify(plain)], { type: "application/json" });
}

/** The vectors of such a JSON. Throws an Error with a sentence where it is none, or of vectors of another length. */
export function readVectors(text: string, { model }: Model): Read {
  const plain = parsed(text);
  const vectors = plain.vectors.map((row: unknown, i) => {
    const { name, z } = (row ?? {}) as { name?: unknown; z?: unknown };
    if (!Array.isArray(z) || z.length !== model.z_dim) {
      throw new Error(`Vector ${i} of the file has not the ${model.z_dim} numbers of this generator's z.`);
    }
    const found = Float32Array.from(z as number[]);
    if (!z.every((x) => typeof x === "number") || !found.every(Number.isFinite)) {
      throw new Error(`Vector ${i} of the file holds what is no number, or too large a one.`);
    }
    return { name: String(name ?? i).slice(0, 200), z: found };
  });
  return { vectors, warning: plain.digest === model.digest ? null : OTHER };
}

function parsed(text: string): { vectors: unknown[]; digest: unknown } {
  let plain: { format?: unknown; version?: unknown; vectors?: unknown; digest?: unknown } | null;
  try {
    plain = JSON.parse(text) as typeof plain;
  } catch {
    throw new Error("The file is no JSON: choose a vectors.json that this page saved.");
  }
  if (plain?.format !== FORMAT || plain.version !== VERSION || !Array.isArray(plain.vectors)) {
    throw new Error("The file holds no vectors of this page: choose a vectors.json that it saved.");
  }
  return { vectors: plain.vectors, digest: plain.digest };
}
