/**
 * Where the cards of a plan stand and how its edges run.
 *
 * Wide enough: layers from left to right, as in Sugiyama's method. A node's layer is the longest way to it; an edge that
 * passes a layer by gets a slot there, so that it does not run behind a card; barycentres order the layers.
 * Narrow: the nodes one below the other, in plan order, and the edges as arcs in a gutter at the left, a lane for each
 * source.
 *
 * All numbers are CSS pixels.
 */

export const CARD = { height: 84, minWidth: 188, maxWidth: 276, gapX: 52, gapY: 16 };
const LIST = { height: 76, gapY: 12, lane: 13, inset: 14 };
const SLOT_HEIGHT = 22;
const SWEEPS = 4;

/**
 * `nodes`: [{node, deps}] in plan order. Gives {mode: "layers" | "list", width, height, cards: Map(node -> {x, y, width,
 * height, layer}), edges: [{from, to, path}]}.
 */
export function layOut(nodes, width) {
  if (!nodes.length) return { mode: "layers", width, height: 0, cards: new Map(), edges: [] };
  const known = new Set(nodes.map((node) => node.node));
  const plan = nodes.map(({ node, deps }) => ({ node, deps: deps.filter((dep) => known.has(dep)) }));
  const layers = layersOf(plan);
  const needed = layers.length * CARD.minWidth + (layers.length - 1) * CARD.gapX;
  if (width < needed || (width < 560 && plan.length > 1)) return list(plan, width);
  if (!plan.some(({ deps }) => deps.length)) return grid(plan, width);
  return layered(plan, layers, width);
}

/** [[node, ...], ...]: every node in the layer after the last of its dependencies. */
function layersOf(plan) {
  const layer = new Map();
  const layers = [];
  for (const { node, deps } of plan) {
    const index = deps.length ? 1 + Math.max(...deps.map((dep) => layer.get(dep))) : 0;
    layer.set(node, index);
    (layers[index] ??= []).push(node);
  }
  return layers;
}

function layered(plan, layers, width) {
  const step = Math.min(CARD.maxWidth + CARD.gapX, (width + CARD.gapX) / layers.length);
  const cardWidth = step - CARD.gapX;
  const layerOf = new Map(layers.flatMap((nodes, index) => nodes.map((node) => [node, index])));
  const { rows, chains } = withSlots(plan, layers, layerOf);
  untangle(rows, neighboursOf(chains));
  const centres = settle(rows, neighboursOf(chains));
  const place = new Map();
  rows.forEach((row, index) => {
    for (const item of row) {
      const height = itemHeight(item);
      place.set(item, { x: index * step, y: centres.get(item) - height / 2, width: cardWidth, height, layer: index });
    }
  });
  const edges = chains.map(({ from, to, items }) => ({ from, to, path: curve(items.map((item) => place.get(item))) }));
  const cards = new Map(plan.map(({ node }) => [node, place.get(node)]));
  const height = Math.max(...[...place.values()].map((each) => each.y + each.height));
  return { mode: "layers", width: layers.length * step - CARD.gapX, height, cards, edges };
}

/** Rows of nodes (numbers) and slots (texts), and each edge as the chain of items that it runs through. */
function withSlots(plan, layers, layerOf) {
  const rows = layers.map((nodes) => [...nodes]);
  const chains = [];
  for (const { node, deps } of plan) {
    for (const dep of deps) {
      const items = [dep];
      for (let index = layerOf.get(dep) + 1; index < layerOf.get(node); index++) {
        const slot = `${dep}@${index}`; // edges of one source share their slots
        if (!rows[index].includes(slot)) rows[index].push(slot);
        items.push(slot);
      }
      chains.push({ from: dep, to: node, items: [...items, node] });
    }
  }
  return { rows, chains };
}

/** {before, after}: Map(item -> Set(items)) in the layer before and in the one after. */
function neighboursOf(chains) {
  const [before, after] = [new Map(), new Map()];
  const add = (map, item, other) => map.set(item, (map.get(item) ?? new Set()).add(other));
  for (const { items } of chains) {
    for (let n = 1; n < items.length; n++) {
      add(before, items[n], items[n - 1]);
      add(after, items[n - 1], items[n]);
    }
  }
  return { before, after };
}

/** Order each row by the mean place of its neighbours, forwards and backwards. What has none goes to the end. */
function untangle(rows, { before, after }) {
  const sortRow = (row, neighbours, other, rest) => {
    const at = new Map(
      row.map((item, index) => [item, mean(neighbours.get(item), other) ?? (rest.has(item) ? index / row.length : 2)]),
    );
    row.sort((a, b) => at.get(a) - at.get(b));
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let n = 1; n < rows.length; n++) sortRow(rows[n], before, rows[n - 1], after);
    for (let n = rows.length - 2; n >= 0; n--) sortRow(rows[n], after, rows[n + 1], before);
  }
}

/**
 * Map(item -> y of its centre): each item as near to the mean of its neighbours as the order of its row and the gaps
 * let it, by isotonic regression over the row. The topmost edge is 0.
 */
function settle(rows, { before, after }) {
  const centres = new Map();
  const offsets = rows.map((row) => {
    let y = 0;
    return row.map((item) => {
      const centre = y + itemHeight(item) / 2;
      y += itemHeight(item) + CARD.gapY;
      centres.set(item, centre);
      return centre;
    });
  });
  const align = (index, neighbours) => {
    const row = rows[index];
    const wanted = row.map((item, n) => {
      const near = [...(neighbours.get(item) ?? [])].map((other) => centres.get(other));
      const centre = near.length ? near.reduce((sum, y) => sum + y, 0) / near.length : centres.get(item);
      return centre - offsets[index][n];
    });
    isotonic(wanted).forEach((y, n) => centres.set(row[n], y + offsets[index][n]));
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let n = 1; n < rows.length; n++) align(n, before);
    for (let n = rows.length - 2; n >= 0; n--) align(n, after);
  }
  for (let n = 1; n < rows.length; n++) align(n, before);
  const top = Math.min(...[...centres].map(([item, y]) => y - itemHeight(item) / 2));
  return new Map([...centres].map(([item, y]) => [item, y - top]));
}

/** The values of a row that never fall and are nearest to these in the squares (pool adjacent violators). */
function isotonic(values) {
  const pools = [];
  for (const value of values) {
    let pool = { sum: value, count: 1 };
    while (pools.length && pools.at(-1).sum / pools.at(-1).count > pool.sum / pool.count) {
      const last = pools.pop();
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, count }) => Array(count).fill(sum / count));
}

/** Mean place, 0 to 1, of these items in the row; undefined when none is there. */
function mean(items, row) {
  const places = [...(items ?? [])].map((item) => row.indexOf(item)).filter((index) => index >= 0);
  if (!places.length) return undefined;
  return places.reduce((sum, index) => sum + (index + 0.5) / row.length, 0) / places.length;
}

const itemHeight = (item) => (typeof item === "number" ? CARD.height : SLOT_HEIGHT);

/** From the right side of the first place to the left side of the last, straight across what lies between. */
function curve(places) {
  let path = "";
  places.forEach((place, index) => {
    const y = place.y + place.height / 2;
    if (index === 0) path = `M${round(place.x + place.width)} ${round(y)}`;
    else {
      const from = places[index - 1];
      const [x0, y0] = [from.x + from.width, from.y + from.height / 2];
      const bend = (place.x - x0) / 2;
      path += `C${round(x0 + bend)} ${round(y0)} ${round(place.x - bend)} ${round(y)} ${round(place.x)} ${round(y)}`;
      if (index < places.length - 1) path += `H${round(place.x + place.width)}`;
    }
  });
  return path;
}

/** No edges: side by side, as many as there is room for. */
function grid(plan, width) {
  const columns = Math.max(1, Math.min(plan.length, Math.floor((width + CARD.gapY) / (CARD.minWidth + CARD.gapY))));
  const cardWidth = Math.min(CARD.maxWidth, (width + CARD.gapY) / columns - CARD.gapY);
  const cards = new Map(
    plan.map(({ node }, index) => {
      const column = index % columns;
      const y = Math.floor(index / columns) * (CARD.height + CARD.gapY);
      return [node, { x: column * (cardWidth + CARD.gapY), y, width: cardWidth, height: CARD.height, layer: column }];
    }),
  );
  const rows = Math.ceil(plan.length / columns);
  return { mode: "layers", width, height: rows * (CARD.height + CARD.gapY) - CARD.gapY, cards, edges: [] };
}

function list(plan, width) {
  const lanes = lanesOf(plan);
  const gutter = lanes.size ? LIST.inset + (Math.max(...lanes.values()) + 1) * LIST.lane : 0;
  const cards = new Map(
    plan.map(({ node }, index) => {
      const y = index * (LIST.height + LIST.gapY);
      return [node, { x: gutter, y, width: width - gutter, height: LIST.height, layer: 0 }];
    }),
  );
  const edges = plan.flatMap(({ node, deps }) =>
    deps.map((dep) => ({ from: dep, to: node, path: arc(cards.get(dep), cards.get(node), lanes.get(dep)) })),
  );
  return { mode: "list", width, height: plan.length * (LIST.height + LIST.gapY) - LIST.gapY, cards, edges };
}

/** Map(source -> lane), lane 0 next to the cards; sources whose arcs would run side by side get different ones. */
function lanesOf(plan) {
  const row = new Map(plan.map(({ node }, index) => [node, index]));
  const ends = new Map();
  for (const { node, deps } of plan) for (const dep of deps) ends.set(dep, Math.max(ends.get(dep) ?? 0, row.get(node)));
  const lanes = new Map();
  const sources = [...ends.keys()].sort((a, b) => ends.get(a) - row.get(a) - (ends.get(b) - row.get(b)) || a - b);
  for (const source of sources) {
    const taken = new Set(
      [...lanes].filter(([other]) => row.get(other) <= ends.get(source) && row.get(source) <= ends.get(other)).map(([, lane]) => lane),
    );
    let lane = 0;
    while (taken.has(lane)) lane++;
    lanes.set(source, lane);
  }
  return lanes;
}

function arc(from, to, lane) {
  const x = from.x - LIST.inset - lane * LIST.lane;
  const [y0, y1] = [from.y + from.height * 0.62, to.y + to.height * 0.38];
  const r = Math.min(8, from.x - x);
  return `M${from.x} ${round(y0)}H${x + r}Q${x} ${round(y0)} ${x} ${round(y0 + r)}V${round(y1 - r)}Q${x} ${round(y1)} ${x + r} ${round(y1)}H${to.x}`;
}

const round = (value) => Math.round(value * 10) / 10;
