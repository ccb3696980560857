// Made-up but likely data of the example project: the same on every start.

const DAY = 86_400_000;

/** Numbers from 0 to 1 that look random and are the same every time. */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const isoDay = (time) => new Date(time).toISOString().slice(0, 10);

function daily() {
  const random = numbers(7);
  const days = [];
  const strays = ['2008-12-31', '2009-01-01', '2023-12-31'];
  for (const day of strays) days.push({ trip_date: day, trips: 1 + Math.floor(random() * 4) });
  for (let time = Date.UTC(2024, 0, 1); time < Date.UTC(2024, 6, 1); time += DAY) {
    const weekday = new Date(time).getUTCDay();
    const level = 88_000 + 16_000 * Math.sin((weekday - 1) / 1.1) + 9_000 * Math.sin(time / DAY / 23);
    days.push({ trip_date: isoDay(time), trips: Math.round(level + 14_000 * random()) });
  }
  days.sort((a, b) => (a.trip_date < b.trip_date ? -1 : 1));
  let running = 0n;
  return days.map(({ trip_date, trips }) => {
    const cents = BigInt(Math.round(trips * (2_540 + 420 * random())));
    running += cents;
    return { trip_date, cents, trips, passengers: Math.round(trips * (1.28 + 0.1 * random())), running };
  });
}

const money = (cents) => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

export const days = daily();

const AGGREGATE = [
  ['trip_date', 'DATE', 'Day of the pick-up.'],
  ['daily_revenue', 'DECIMAL(38,2)', 'Sum of total_amount, US dollars.'],
  ['daily_trips', 'BIGINT', 'Number of trips.'],
  ['daily_passengers', 'BIGINT', 'Sum of the known passenger counts.'],
  ['running_revenue', 'DECIMAL(38,2)', 'daily_revenue of this and all earlier days, US dollars.'],
];

const TRIPS = [
  ['trip_id', 'VARCHAR', 'Source file and 0-based row in it; stable for ever.'],
  ['trip_ts', 'TIMESTAMP', 'Pick-up time, New York wall clock.'],
  ['dropoff_ts', 'TIMESTAMP', 'Drop-off time, New York wall clock.'],
  ['trip_date', 'DATE', 'Day of the pick-up.'],
  ['vendor_id', 'INTEGER', 'Who recorded the trip.'],
  ['total_amount', 'DOUBLE', 'What the passenger paid, US dollars; always above 0 here.'],
  ['fare_amount', 'DOUBLE', 'Metered fare, US dollars.'],
  ['tip_amount', 'DOUBLE', 'Card tips, US dollars; cash tips are not recorded.'],
  ['passenger_count', 'DOUBLE', 'As the driver entered it; null where unknown.'],
  ['trip_distance', 'DOUBLE', 'Miles by the taximeter.'],
  ['pickup_location_id', 'INTEGER', 'Taxi zone of the pick-up.'],
  ['payment_type', 'BIGINT', '1 card, 2 cash, 3 no charge, 4 dispute, 5 unknown, 6 voided.'],
];

const aggregateRow = (day) => [day.trip_date, money(day.cents), String(day.trips), String(day.passengers), money(day.running)];

function tripRow(i) {
  const random = numbers(i + 1);
  const at = Date.UTC(2024, 0, 1) + Math.floor(random() * 181 * DAY);
  const fare = Math.round((4 + random() * 40) * 100) / 100;
  const tip = random() < 0.6 ? Math.round(fare * 0.2 * 100) / 100 : 0;
  const moment = (time) => new Date(time).toISOString().slice(0, 19).replace('T', ' ');
  const month = isoDay(at).slice(0, 7);
  return [
    `yellow_tripdata_${month}.parquet#${i}`, moment(at), moment(at + (240 + random() * 2400) * 1000), isoDay(at), 1 + Math.floor(random() * 2),
    Math.round((fare + tip + 3.5) * 100) / 100, fare, tip, random() < 0.05 ? null : 1 + Math.floor(random() * 3), Math.round(random() * 1400) / 100,
    1 + Math.floor(random() * 263), String(1 + Math.floor(random() * 2)),
  ]; // prettier-ignore
}

const table = (name, materialized, columns, count, row) => ({
  name, materialized, kind: materialized === 'view' ? 'view' : 'table', unique_id: `model.nyc_taxi.${name}`, columns, count, row,
});

export const tables = [
  ...['v1', 'v2', 'v3', 'v4'].map((version) =>
    table(`agg_daily_revenue_${version}`, { v1: 'table', v2: 'table', v3: 'incremental', v4: 'materialized_view' }[version], AGGREGATE, days.length, (i) => aggregateRow(days[i])),
  ),
  table('agg_daily_revenue_window', 'incremental', AGGREGATE.slice(0, 3), days.length - 3, (i) => aggregateRow(days[i + 3]).slice(0, 3)),
  table('stg_trips', 'view', TRIPS, 2_400_000, tripRow),
  table('stg_trips_v2', 'incremental', [...TRIPS, ['source_file', 'VARCHAR', 'The file that the trip came in.']], 2_400_000, (i) => [...tripRow(i), tripRow(i)[0].split('#')[0]]),
];

export function catalog(extra = []) {
  const shown = (t) => ({ name: t.name, kind: t.kind, materialized: t.materialized, unique_id: t.unique_id, columns: t.columns.map(([name, type]) => ({ name, type })) });
  return {
    schemas: [{ name: 'analytics', tables: [...tables.map(shown).sort((a, b) => (a.name < b.name ? -1 : 1)), ...extra] }],
    functions: ['abs', 'avg', 'coalesce', 'count', 'date_trunc', 'lag', 'lead', 'lower', 'max', 'median', 'min', 'quantile_cont', 'round', 'row_number', 'strftime', 'sum', 'upper'],
  };
}

const NOTES = {
  stg_trips: 'Yellow taxi trips as a view over the files. Trips without a pick-up time or with a total that is missing, zero or negative are left out.',
  stg_trips_v2: 'The same trips stored file by file. A file that came, changed or went since the last run replaces its own partition and no other.',
  agg_daily_revenue_v1: 'Version 1, full batch. Rebuilt from all files on every run.',
  agg_daily_revenue_v2: 'Version 2, incremental events. Rebuilt on every run from the trips that stg_trips_v2 keeps.',
  agg_daily_revenue_v3: 'Version 3, incremental aggregation. Days from the first affected one on are recomputed and overwritten.',
  agg_daily_revenue_v4: "Version 4, exact maintenance. Version 1's SQL, kept equal to it for the cost of what changed.",
  agg_daily_revenue_window: 'A warning: only the last 14 days are recomputed, so files that come later than that are missed.',
};

const CODE = {
  stg_trips: "select\n    filename || '#' || file_row_number as trip_id,\n    tpep_pickup_datetime as trip_ts,\n    cast(tpep_pickup_datetime as date) as trip_date,\n    total_amount,\n    passenger_count\nfrom {{ source('tlc', 'yellow_trips') }}\nwhere tpep_pickup_datetime is not null and total_amount > 0\n",
  agg_daily_revenue_v3: "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by=['trip_date']) }}\n\nselect trip_date, sum(total_amount) as daily_revenue, count(*) as daily_trips\nfrom {{ ref('stg_trips') }}\n{% if is_incremental() %} where {{ affected_partitions('trip_date') }} {% endif %}\ngroup by trip_date\n",
  agg_daily_revenue_v4: "{{ config(materialized='materialized_view') }}\n\n-- Version 4: version 1's SQL, one word changed.\n\nselect\n    trip_date,\n    sum(total_amount) as daily_revenue,\n    count(*) as daily_trips,\n    sum(passenger_count) as daily_passengers,\n    sum(sum(total_amount)) over (\n        order by trip_date rows between unbounded preceding and current row\n    ) as running_revenue\nfrom {{ ref('stg_trips') }}\ngroup by trip_date\norder by trip_date\n",
};

const PARENTS = {
  stg_trips: ['source.nyc_taxi.tlc.yellow_trips'],
  stg_trips_v2: ['source.nyc_taxi.tlc.yellow_trips'],
  agg_daily_revenue_v2: ['model.nyc_taxi.stg_trips_v2'],
};

export function models(lastRun) {
  const list = tables.map((t) => ({
    unique_id: t.unique_id,
    name: t.name,
    resource_type: 'model',
    schema: 'analytics',
    materialized: t.materialized,
    description: NOTES[t.name],
    columns: t.columns.map(([name, type, description]) => ({ name, type, description })),
    tests: ['not_null', 'unique'].map((test) => ({ name: `${test}_${t.name}_${t.columns[0][0]}`, status: 'pass' })),
    depends_on: PARENTS[t.name] ?? ['model.nyc_taxi.stg_trips'],
    path: `models/${t.name.startsWith('stg') ? 'staging' : 'metrics'}/${t.name}.sql`,
    tags: t.name.startsWith('agg') ? ['revenue'] : [],
    last_run: { status: 'success', finished_at: lastRun, execution_time: 1.2 },
  }));
  const source = {
    unique_id: 'source.nyc_taxi.tlc.yellow_trips', name: 'yellow_trips', resource_type: 'source', schema: 'tlc', materialized: 'external', description: 'The monthly files of the TLC, one a month.',
    columns: [], tests: [], depends_on: [], path: 'models/sources.yml', tags: [], last_run: null,
  }; // prettier-ignore
  return [source, ...list];
}

export function modelDetail(model) {
  const raw = CODE[model.name] ?? `select *\nfrom {{ ref('${(model.depends_on[0] ?? '').split('.').pop()}') }}\n`;
  const compiled = raw.replace(/\{\{ (?:ref|source)\((?:'tlc', )?'(\w+)'\) \}\}/g, '"warehouse"."analytics"."$1"').replace(/\{\{ config.*?\}\}\n\n/s, '').replace(/\{%.*?%\}/g, '');
  return { ...model, raw_code: model.resource_type === 'source' ? null : raw, compiled_code: model.resource_type === 'source' ? null : compiled, explain: model.resource_type === 'source' ? null : { steps: [planStep(model)] } };
}

const LATE = 'data/raw/yellow_tripdata_2021-01.parquet';
const REPLACED = 'data/raw/yellow_tripdata_2024-03.parquet';
const months = ['2024-01', '2024-02', '2024-03', '2024-04', '2024-05', '2024-06'];

export function planStep(model) {
  const changed = [
    { change: 'added', path: LATE, old_path: null, bytes: 21_686_067 },
    { change: 'replaced', path: REPLACED, old_path: null, bytes: 60_078_280 },
  ];
  const all = { files: 7, bytes: 353_000_000, rows: null };
  const by = {
    view: { strategy: 'as written', estimate: { files: null, bytes: null, rows: null } },
    table: { strategy: 'as written', estimate: all },
    incremental: { strategy: 'as written', estimate: all },
    materialized_view: { strategy: 'merge', estimate: { files: 2, bytes: 81_764_347, rows: null } },
  }[model.materialized];
  const partitioned = model.materialized === 'incremental' && model.name !== 'agg_daily_revenue_window';
  const from = Date.UTC(2021, 0, 1);
  return {
    node: model.unique_id, name: model.name, materialized: model.materialized, reason: model.materialized === 'materialized_view' ? null : { code: 'as_written', text: 'runs its own SQL on every run', advice: '' },
    changed_files: model.materialized === 'view' ? [] : changed, files_total: 7, partition_column: partitioned ? 'trip_date' : null, all_partitions: false,
    partitions: partitioned ? Array.from({ length: 31 }, (_, i) => `DATE '${isoDay(from + i * DAY)}'`) : null, rebuild_estimate: all, decided_at_run_time: false, ...by,
  }; // prettier-ignore
}

export function partitions(model, at) {
  if (model.name === 'stg_trips_v2') {
    const fresh = months.map((month) => ({ value: `data/raw/yellow_tripdata_${month}.parquet`, state: month === '2024-03' ? 'changed' : 'fresh', rows: 380_000, version: 3, at, files: [`data/raw/yellow_tripdata_${month}.parquet`], reason: month === '2024-03' ? 'its file was replaced' : null }));
    return { partition_by: 'source_file', partitions: [{ value: LATE, state: 'missing', rows: null, version: null, at: null, files: [LATE], reason: 'its file came after the last run' }, ...fresh] };
  }
  if (!model.name.startsWith('agg')) return { partition_by: null, partitions: [] };
  const held = days.map((day) => {
    const month = day.trip_date.slice(0, 7);
    const changed = month === '2024-03';
    return { value: day.trip_date, state: changed ? 'changed' : 'fresh', rows: day.trips, version: month < '2024-05' ? 3 : 7, at, files: [`data/raw/yellow_tripdata_${month < '2024' ? '2024-01' : month}.parquet`], reason: changed ? `${REPLACED} was replaced` : null };
  });
  const missing = Array.from({ length: 31 }, (_, i) => ({ value: isoDay(Date.UTC(2021, 0, 1) + i * DAY), state: 'missing', rows: null, version: null, at: null, files: [LATE], reason: `${LATE} came after the last run` }));
  return { partition_by: 'trip_date', partitions: [...held, ...missing].sort((a, b) => (a.value < b.value ? -1 : 1)) };
}

export function files(at) {
  const by = (version) => ['v1', 'v3', 'v4'].map((v) => ({ unique_id: `model.nyc_taxi.agg_daily_revenue_${v}`, name: `agg_daily_revenue_${v}`, version }));
  const random = numbers(11);
  const file = (month, state, held) => ({
    source: 'tlc.yellow_trips', path: `data/raw/yellow_tripdata_${month}.parquet`, size: state === 'gone' ? null : Math.round(44e6 + random() * 18e6), modified_at: state === 'gone' ? null : at, state,
    fingerprint: Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(''), rows: Math.round(2.9e6 + random() * 6e5), held_by: held ? by(held) : [],
  }); // prettier-ignore
  return [file('2020-12', 'gone', 2), file('2021-01', 'new', 0), ...months.map((month) => file(month, month === '2024-03' ? 'changed' : 'held', month < '2024-05' ? 3 : 7))];
}

/** A made-up project with many models in layers, for what must work at that size. */
export function manyModels(count) {
  const random = numbers(3);
  const perLayer = Math.ceil(count / 12);
  return Array.from({ length: count }, (_, i) => {
    const layer = Math.floor(i / perLayer);
    const parents = layer === 0 ? [] : [...new Set(Array.from({ length: 1 + Math.floor(random() * 3) }, () => (layer - 1) * perLayer + Math.floor(random() * perLayer)))];
    return {
      unique_id: `model.large.m_${i}`, name: `m_${String(layer).padStart(2, '0')}_${i}`, resource_type: 'model', schema: 'analytics', materialized: 'table', description: '', columns: [], tests: [],
      depends_on: parents.map((p) => `model.large.m_${p}`), path: `models/m_${i}.sql`, tags: [], last_run: null,
    }; // prettier-ignore
  });
}
