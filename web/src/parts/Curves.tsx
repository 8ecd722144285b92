// Lines over kimg, drawn as SVG, with a mark at the moment that is shown.
interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
}
interface Props {
  readonly title: string;
  readonly kimg: readonly number[];
  readonly lines: readonly Line[];
  readonly at: number | null;
  readonly floor?: number | null;
}

const SIZE = { width: 420, height: 180, left: 46, right: 10, top: 10, bottom: 24 };

export function Curves({ title, kimg, lines, at, floor }: Props) {
  const all = lines
    .flatMap((line) => line.values)
    .filter((value): value is number => value !== null && Number.isFinite(value));
  if (all.length === 0) return null;
  const [low, high] = range([...all, ...(floor === null || floor === undefined ? [] : [floor])]);
  const last = Math.max(...kimg, 1e-9);
  const x = (value: number): number => SIZE.left + (value / last) * (SIZE.width - SIZE.left - SIZE.right);
  const y = (value: number): number =>
    SIZE.height - SIZE.bottom - ((value - low) / (high - low)) * (SIZE.height - SIZE.top - SIZE.bottom);
  return (
    <figure class="curves">
      <figcaption>
        {title}
        {lines.map((line) => (
          <span key={line.name} class={`key ${line.color}`}>
            {line.name}
          </span>
        ))}
      </figcaption>
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={`${title}: ${lines.map((line) => `${line.name} ends at ${short(lastOf(line.values))}`).join(", ")}`}
      >
        {ticks(low, high).map((value) => (
          <g key={value} class="tick">
            <line x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(value)} y2={y(value)} />
            <text x={SIZE.left - 6} y={y(value) + 4} text-anchor="end">
              {short(value)}
            </text>
          </g>
        ))}
        {[0, last / 2, last].map((value, i) => (
          <text
            key={i}
            class="foot"
            x={x(value)}
            y={SIZE.height - 6}
            text-anchor={i === 0 ? "start" : i === 1 ? "middle" : "end"}
          >
            {short(value)} {i === 2 ? "kimg" : ""}
          </text>
        ))}
        {floor !== null && floor !== undefined && (
          <line class="floor" x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y(floor)} y2={y(floor)} />
        )}
        {lines.map((line) => (
          <path key={line.name} class={line.color} d={pathOf(line.values, kimg, x, y)} />
        ))}
        {at !== null && (
          <line
            class="now"
            x1={x(Math.min(at, last))}
            x2={x(Math.min(at, last))}
            y1={SIZE.top}
            y2={SIZE.height - SIZE.bottom}
          />
        )}
      </svg>
    </figure>
  );
}

function pathOf(
  values: readonly (number | null)[],
  kimg: readonly number[],
  x: (v: number) => number,
  y: (v: number) => number,
): string {
  let pen = "M";
  return values
    .map((value, i) => {
      if (value === null || !Number.isFinite(value)) {
        pen = "M";
        return "";
      }
      const step = `${pen}${x(kimg[i]!).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return step;
    })
    .join("");
}

/** The ends of an axis: all but the wildest values, since one spike would flatten the rest. */
function range(values: number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const cut = values.length > 50 ? 0.01 : 0;
  const low = sorted[Math.floor(cut * (sorted.length - 1))]!;
  const high = sorted[Math.ceil((1 - cut) * (sorted.length - 1))]!;
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low >= 0 && low < 0.5 * high ? 0 : low - room, high + room];
}

function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((size) => size >= rough)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function lastOf(values: readonly (number | null)[]): number {
  return values.findLast((value): value is number => value !== null) ?? 0;
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}
