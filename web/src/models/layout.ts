// A layered drawing of a graph: every node right of all its parents, few crossings.

export type Box = { id: string; x: number; y: number; rank: number };
export type Edge = { from: string; to: string };
export type Drawing = { boxes: Map<string, Box>; edges: Edge[]; width: number; height: number };

export const WIDTH = 196;
export const HEIGHT = 34;
const ACROSS = 260; // from one rank to the next
const DOWN = 46;
const SWEEPS = 6;

/** Ranks by the longest path; a cycle, which a project cannot have, would not hang it. */
function ranks(ids: string[], parents: Map<string, string[]>): Map<string, number> {
  const rank = new Map<string, number>();
  const open = new Set<string>();
  for (const start of ids) {
    const stack = [start];
    while (stack.length) {
      const id = stack[stack.length - 1] as string;
      if (rank.has(id)) {
        stack.pop();
        continue;
      }
      open.add(id);
      const waiting = (parents.get(id) ?? []).filter((parent) => !rank.has(parent) && !open.has(parent));
      if (waiting.length) {
        stack.push(...waiting);
        continue;
      }
      rank.set(id, Math.max(-1, ...(parents.get(id) ?? []).map((parent) => rank.get(parent) ?? -1)) + 1);
      open.delete(id);
      stack.pop();
    }
  }
  return rank;
}

/** Draws the nodes and the edges among them. */
export function drawn(ids: string[], edges: Edge[]): Drawing {
  const known = new Set(ids);
  const inside = edges.filter((edge) => known.has(edge.from) && known.has(edge.to) && edge.from !== edge.to);
  const parents = new Map<string, string[]>();
  const children = new Map<string, string[]>();
  const add = (map: Map<string, string[]>, key: string, value: string): void => void (map.get(key)?.push(value) ?? map.set(key, [value]));
  for (const { from, to } of inside) {
    add(parents, to, from);
    add(children, from, to);
  }
  const rank = ranks(ids, parents);
  const layers: string[][] = [];
  for (const id of ids) (layers[rank.get(id) as number] ??= []).push(id);
  const place = new Map<string, number>();
  const number = (layer: string[]): void => layer.forEach((id, i) => place.set(id, i - (layer.length - 1) / 2));
  for (const layer of layers) number(layer.sort());
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const near = down ? parents : children;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(layer.map((id) => [id, middle(near.get(id) ?? [], place) ?? (place.get(id) as number)]));
      number(layer.sort((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number)));
    }
  }
  const tallest = Math.max(1, ...layers.map((layer) => layer.length));
  const boxes = new Map<string, Box>();
  for (const [i, layer] of layers.entries()) for (const id of layer) boxes.set(id, { id, rank: i, x: i * ACROSS, y: ((place.get(id) as number) + (tallest - 1) / 2) * DOWN });
  return { boxes, edges: inside, width: Math.max(0, layers.length - 1) * ACROSS + WIDTH, height: (tallest - 1) * DOWN + HEIGHT };
}

function middle(ids: string[], place: Map<string, number>): number | null {
  if (ids.length === 0) return null;
  return ids.reduce((sum, id) => sum + (place.get(id) as number), 0) / ids.length;
}

/** The nodes that lie within so many steps up and down from one. */
export function around(id: string, edges: Edge[], steps: number): Set<string> {
  const found = new Set([id]);
  for (const [from, to] of [['from', 'to'], ['to', 'from']] as const) { // prettier-ignore
    const next = new Map<string, string[]>();
    for (const edge of edges) (next.get(edge[from]) ?? next.set(edge[from], []).get(edge[from]))?.push(edge[to]);
    let rim = [id];
    const seen = new Set(rim);
    for (let step = 0; step < steps && rim.length; step++) {
      rim = rim.flatMap((one) => next.get(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
      for (const one of rim) found.add(one);
    }
  }
  return found;
}
