// The random stream of the command: the generator that PyTorch has on a CPU, so that seed 12 is the same picture here
// and in `dcgan sample --seeds 12`. Sources: Matsumoto and Nishimura 1998 (MT19937); Box and Muller 1958; the order in
// which PyTorch draws is held by cases that the Python tests share (tests/models/seed_cases.json).
import { blake2b } from "@noble/hashes/blake2.js";

const WORDS = 624;
const encoder = new TextEncoder();

/** The low 32 bits of the address (seed, purpose), as `dcgan.rng.key` makes it: all that MT19937 is begun with. */
export function address(seed: string, purpose: string): number {
  const digest = blake2b(encoder.encode(`${seed}/0/${purpose}/0`), { dkLen: 8 });
  const view = new DataView(digest.buffer, digest.byteOffset, 8);
  return ((view.getUint32(0, true) >>> 1) | ((view.getUint32(4, true) & 1) << 31)) >>> 0;
}

/** A stream of draws that begins at an address. */
export class Stream {
  private readonly state = new Uint32Array(WORDS);
  private place = WORDS;
  private kept: number | null = null;

  constructor(start: number) {
    this.state[0] = start;
    for (let i = 1; i < WORDS; i++) {
      const last = this.state[i - 1]!;
      this.state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** 32 random bits. */
  bits(): number {
    if (this.place === WORDS) this.twist();
    let y = this.state[this.place++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** U(0, 1) of 24 bits. */
  uniform(): number {
    return (this.bits() & 0xffffff) / 0x1000000;
  }

  /** `count` numbers of N(0, 1). From 16 on they are made 16 at a time, the last 16 anew where some are left over. */
  normals(count: number): Float32Array {
    if (count < 16) return Float32Array.from({ length: count }, () => this.normal());
    const found = Float32Array.from({ length: count }, () => this.uniform());
    for (let i = 0; i + 16 <= count; i += 16) boxMuller(found.subarray(i, i + 16));
    if (count % 16 !== 0) {
      const last = found.subarray(count - 16);
      for (let i = 0; i < 16; i++) last[i] = this.uniform();
      boxMuller(last);
    }
    return found;
  }

  /** `count` numbers of U(-1, 1). */
  uniforms(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.uniform() * 2 - 1);
  }

  private normal(): number {
    if (this.kept !== null) {
      const found = this.kept;
      this.kept = null;
      return found;
    }
    const turn = 2 * Math.PI * this.uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform53()));
    this.kept = radius * Math.sin(turn);
    return radius * Math.cos(turn);
  }

  private uniform53(): number {
    const high = this.bits() & 0x1fffff;
    return (high * 0x100000000 + this.bits()) / 0x20000000000000;
  }

  private twist(): void {
    const s = this.state;
    for (let i = 0; i < WORDS; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % WORDS]! & 0x7fffffff);
      s[i] = s[(i + 397) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.place = 0;
  }
}

function boxMuller(part: Float32Array): void {
  for (let j = 0; j < 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - part[j]!));
    const turn = 2 * Math.PI * part[j + 8]!;
    part[j] = radius * Math.cos(turn);
    part[j + 8] = radius * Math.sin(turn);
  }
}
