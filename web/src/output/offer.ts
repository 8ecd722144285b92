// Files for the visitor, with a sentence where one cannot be made.
import { say } from "../state/state";
import { download } from "./save";

/** Make a file and give it to the visitor. */
export async function offer(name: string, make: () => Promise<Blob> | Blob): Promise<void> {
  try {
    download(name, await make());
  } catch (error) {
    say(`${name} could not be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A file's name of a few words. */
export function fileName(words: string): string {
  return (
    words
      .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "picture"
  );
}
