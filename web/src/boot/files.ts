// The files beside the page: fetched, or, where the page is one HTML file, embedded in it as text.

/** A file that cannot be had, with a sentence for the visitor. */
export class FileError extends Error {}

/** A file's bytes. Throws a FileError where there is none. */
export async function bytesOf(name: string): Promise<ArrayBuffer> {
  const embedded = embeddedBytes(name);
  if (embedded !== null) return embedded;
  const answer = await fetch(name).catch(() => null);
  if (answer === null)
    throw new FileError(`${name} could not be loaded: is the web server that this page came from still running?`);
  if (!answer.ok)
    throw new FileError(
      `${name} is missing beside this page (the server says ${answer.status}): export the page again`,
    );
  return answer.arrayBuffer();
}

/** Where a file is, for a link or a worker. */
export function addressOf(name: string): string {
  const embedded = embeddedBytes(name);
  if (embedded === null) return name;
  let address = addresses.get(name);
  if (address === undefined) {
    address = URL.createObjectURL(new Blob([embedded], { type: TYPES[name.slice(name.lastIndexOf("."))] ?? "" }));
    addresses.set(name, address);
  }
  return address;
}

/** A picture, ready to be drawn from. Throws a FileError where it is missing or damaged. */
export async function pictureFile(name: string): Promise<ImageBitmap> {
  const bytes = await bytesOf(name);
  try {
    return await createImageBitmap(new Blob([bytes]));
  } catch {
    throw new FileError(`${name} is damaged: export the page again`);
  }
}

export function isEmbedded(): boolean {
  return document.getElementById("file:model.json") !== null;
}

const addresses = new Map<string, string>();
const TYPES: Readonly<Record<string, string>> = {
  ".webp": "image/webp",
  ".png": "image/png",
  ".js": "text/javascript",
  ".txt": "text/plain",
};

function embeddedBytes(name: string): ArrayBuffer | null {
  const text = document.getElementById(`file:${name}`)?.textContent;
  return text === null || text === undefined ? null : fromBase64(text).buffer;
}

/** The bytes of base64, plain or for addresses. Throws where it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim().replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Base64 that may stand in an address. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
