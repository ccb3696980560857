// A stand-in for `tidemark serve`: the same addresses and shapes with made-up data, kept in memory. For `npm run dev` and for tests of
// states that are hard to bring about for real.
//   node mock/server.mjs [--port 4310] [--setup] [--empty] [--large]
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalog, files, manyModels, modelDetail, models, partitions, planStep } from './data.mjs';
import { answer } from './sql.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
export const ADMIN = { email: 'admin@example.com', password: 'tidemark-demo-1' };

class Refusal extends Error {
  constructor(status, code, message, hint = null, spans = []) {
    super(message);
    Object.assign(this, { status, code, hint, spans });
  }
}

const now = (offset = 0) => new Date(Date.now() + offset).toISOString();
const minutesAgo = (minutes) => now(-minutes * 60_000);

function statementsOf(sql) {
  const found = [];
  let from = 0;
  let quote = '';
  for (let i = 0; i <= sql.length; i++) {
    const c = sql[i];
    if (quote && c !== undefined) {
      if (c === quote) quote = '';
    } else if (c === "'" || c === '"') quote = c;
    else if (c === undefined || c === ';') {
      if (sql.slice(from, i).trim()) found.push(sql.slice(from, i).trim());
      from = i + 1;
    }
  }
  return found;
}

class Mock {
  constructor({ setup = false, empty = false, large = false, hostile = null } = {}) {
    this.options = { setup, empty, large };
    this.setupNeeded = setup;
    this.sessions = new Map();
    this.users = setup ? [] : [{ id: 'u1', email: ADMIN.email, password: ADMIN.password, role: 'admin', disabled: false, created_at: minutesAgo(60 * 24 * 40) }, { id: 'u2', email: 'analyst@example.com', password: 'tidemark-demo-2', role: 'viewer', disabled: false, created_at: minutesAgo(60 * 24 * 6) }];
    this.links = new Map([['SETUP', 'setup']]);
    this.tokens = [];
    this.executions = new Map();
    this.history = [];
    this.runs = empty ? [] : this.pastRuns();
    this.verifications = new Map();
    this.models = large ? manyModels(1000) : empty ? [] : models(minutesAgo(52));
    this.queries = empty || setup ? [] : this.firstQueries();
    this.hostile = hostile;
    if (hostile) this.plant(hostile);
  }

  /** Puts the text where names and descriptions come from users and files. */
  plant(text) {
    this.models[1].name = text;
    this.models[1].description = text;
    this.models[1].columns[0].name = text;
    this.models[1].columns[0].description = text;
    this.queries[0].name = text;
    this.queries[0].tags = [text];
    this.runs[0].nodes[0].name = text;
    this.runs[0].nodes[0].message = text;
    this.runs[0].log.push(text);
  }

  firstQueries() {
    const owner = { id: 'u1', email: ADMIN.email };
    const query = (id, name, sql, tags, chart, shared, days) => ({ id, name, sql, tags, chart, shared, owner, may_write: true, updated_at: minutesAgo(days * 1440) });
    return [
      query('q1', 'Daily revenue', 'select trip_date, daily_revenue, daily_trips\nfrom agg_daily_revenue_v4\nwhere trip_date >= {{from_date}}\norder by trip_date', ['revenue', 'daily'], { kind: 'line', x: 'trip_date', y: ['daily_revenue'] }, 'read', 1),
      query('q2', 'Trips, a look at the raw ones', 'select * from stg_trips limit 1000', ['trips'], null, 'private', 9),
    ];
  }

  pastRuns() {
    const list = [];
    for (let i = 0; i < 14; i++) {
      const began = 52 + i * 60 * 11;
      const failed = i === 4;
      const nodes = models(null).filter((m) => m.resource_type === 'model').map((model, n) => {
        const broken = failed && model.name === 'agg_daily_revenue_v3';
        const view = model.materialized === 'view';
        const merged = model.materialized === 'materialized_view';
        const quick = merged ? 0.5 : model.name.startsWith('stg_trips_v2') ? 3.4 : 1.4;
        return {
          unique_id: model.unique_id, name: model.name, status: broken ? 'error' : failed && model.name.endsWith('window') ? 'skipped' : 'success', execution_time: view ? 0.02 : Math.round(quick * (1 + ((i * 7 + n * 3) % 5) / 8) * 100) / 100,
          rows: view ? null : 184, strategy: merged ? (i === 13 ? 'rebuild' : 'merge') : 'as written', reason: merged && i === 13 ? 'nothing was built before' : null,
          message: broken ? 'TM3110: division by zero in the 2nd column' : view ? 'OK' : `OK: ${merged ? 1 : 7} files read, 184 rows`, bytes_read: view ? 0 : merged ? 21_686_067 : 353_000_000, rows_read: view ? 0 : merged ? 1_271_413 : 20_332_093, files_read: view ? 0 : merged ? 1 : 7,
          partitions_written: model.materialized === 'incremental' ? 31 : null, compiled_code: modelDetail(model).compiled_code,
        }; // prettier-ignore
      });
      const seconds = nodes.reduce((sum, node) => sum + node.execution_time, 0) * 0.6;
      list.push({
        id: `r${14 - i}`, command: i % 3 === 1 ? 'build' : 'run', args: i % 3 === 2 ? ['--select', '+agg_daily_revenue_v4'] : [], state: failed ? 'error' : 'success', started_at: minutesAgo(began), finished_at: now(-began * 60_000 + seconds * 1000), user: i % 2 ? null : ADMIN.email, nodes,
        log: [`${nodes.length} nodes selected`, ...nodes.map((node, n) => `${n + 1} of ${nodes.length} ${node.status === 'error' ? 'ERROR' : 'OK'} ${node.name} [${node.execution_time}s]`)],
      }); // prettier-ignore
    }
    return list;
  }

  user(request) {
    const token = /tidemark_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    const user = this.users.find((u) => u.id === this.sessions.get(token));
    return user && !user.disabled ? user : null;
  }

  shown(user) {
    return { id: user.id, email: user.email, name: null, role: user.role, disabled: user.disabled, created_at: user.created_at };
  }

  sessionOf(user) {
    return { user: user && this.shown(user), setup_needed: this.setupNeeded, project: user ? { name: 'nyc_taxi', folder_name: 'nyc_taxi', target: 'real', engine: 'lake' } : null, version: '0.1.0' };
  }

  startSession(response, user) {
    const token = randomUUID();
    this.sessions.set(token, user.id);
    response.setHeader('Set-Cookie', `tidemark_session=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return this.sessionOf(user);
  }

  /** Does a call; throws Refusal. Answers undefined where it has written the response itself. */
  async call(method, url, body, request, response) {
    const [, , area, id, sub, n, what] = url.pathname.split('/').map(decodeURIComponent);
    const user = this.user(request);
    if (method !== 'GET' && request.headers['x-tidemark'] !== '1') throw new Refusal(403, 'TM7012', 'the header X-Tidemark is missing');
    if (area === 'session') return this.session(method, body, request, response, user);
    if (area === 'setup' || area === 'password') return this.redeem(area, body, response);
    if (!user) throw new Refusal(401, 'TM7001', 'you are not signed in', 'sign in again');
    const needs = (role) => {
      const rank = { viewer: 0, editor: 1, admin: 2 };
      if (rank[user.role] < rank[role]) throw new Refusal(403, 'TM7003', `this needs the role ${role}; yours is ${user.role}`, 'an admin can change it');
    };
    switch (area) {
      case 'schema': return this.schema();
      case 'executions': return this.execution(method, url, body, id, sub, n, what, response);
      case 'history': return { entries: this.history.filter((e) => e.sql.includes(url.searchParams.get('search') ?? '')) };
      case 'queries': return this.query(method, url, body, id, user);
      case 'models': return this.model(id);
      case 'partitions': return this.options.empty || this.options.large ? { partition_by: null, partitions: [] } : partitions(this.find(id), minutesAgo(52));
      case 'files': return { files: this.options.empty ? [] : files(minutesAgo(200)) };
      case 'runs': if (method !== 'GET') needs('editor'); return this.run(method, url, body, id, sub, request, response, user);
      case 'plan': return { steps: this.selected(body.select).map(planStep) };
      case 'verify': if (method === 'POST') needs('editor'); return this.verify(method, body, id);
      case 'tables': return this.table(id, sub);
      case 'users': needs('admin'); return this.admin(method, body, id, sub);
      case 'tokens': return this.token(method, body, id);
      default: throw new Refusal(404, 'TM7004', `there is no ${url.pathname}`);
    } // prettier-ignore
  }

  session(method, body, request, response, user) {
    if (method === 'GET') return this.sessionOf(user);
    if (method === 'DELETE') {
      this.sessions.delete(/tidemark_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]);
      response.setHeader('Set-Cookie', 'tidemark_session=; Max-Age=0; Path=/');
      return {};
    }
    const known = this.users.find((u) => u.email === body.email && u.password === body.password && !u.disabled);
    if (!known) throw new Refusal(401, 'TM7002', 'this e-mail and password do not go together', 'an admin can send you a link to set a new password');
    return this.startSession(response, known);
  }

  redeem(area, body, response) {
    const what = this.links.get(body.token);
    if (!what || (area === 'setup') !== (what === 'setup')) throw new Refusal(403, 'TM7005', 'this link was used already or has expired', 'ask for a new one');
    if ((body.password ?? '').length < 10) throw new Refusal(422, 'TM7006', 'the password has fewer than 10 characters', 'take a few words');
    this.links.delete(body.token);
    let user;
    if (what === 'setup') {
      user = { id: 'u1', email: body.email, role: 'admin', disabled: false, created_at: now() };
      this.users.push(user);
      this.setupNeeded = false;
    } else user = this.users.find((u) => u.id === what);
    user.password = body.password;
    return this.startSession(response, user);
  }

  schema() {
    if (this.options.empty) return { schemas: [], functions: [] };
    const column = { name: this.hostile ?? 'id', type: 'BIGINT' };
    const many = this.options.large ? Array.from({ length: 5000 }, (_, i) => ({ name: `table_${String(i).padStart(4, '0')}`, kind: 'table', materialized: 'table', unique_id: null, columns: [{ name: 'id', type: 'BIGINT' }, { name: 'value', type: 'DOUBLE' }] })) : [];
    return catalog(this.hostile ? [{ name: this.hostile, kind: 'table', materialized: 'table', unique_id: null, columns: [column] }] : many);
  }

  execution(method, url, body, id, sub, n, what, response) {
    if (method === 'POST') {
      const execution = { id: randomUUID(), sql: body.sql, parameters: body.parameters ?? {}, began: Date.now(), ended: null, cancelled: false, watchers: [] };
      execution.results = statementsOf(body.sql).map((sql) => ({ sql, ...answer(sql, execution.parameters) }));
      this.executions.set(execution.id, execution);
      this.history.unshift({ id: execution.id, sql: body.sql, state: 'done', started_at: now(), elapsed_ms: 12, row_count: null, error: null });
      response.statusCode = 202;
      return { id: execution.id };
    }
    const execution = this.executions.get(id);
    if (!execution) throw new Refusal(404, 'TM7320', 'this result is no longer kept', 'run the query again');
    if (method === 'DELETE') {
      execution.cancelled = true;
      execution.ended ??= Date.now();
      for (const wake of execution.watchers.splice(0)) wake();
      return {};
    }
    if (sub === 'statements') return this.rows(execution.results[Number(n)], what, url, response);
    return this.state(execution, Number(url.searchParams.get('wait') ?? 0));
  }

  async state(execution, wait) {
    const view = this.viewOf(execution);
    if (wait && view.state === 'running') {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(wait, 5000));
        execution.watchers.push(() => (clearTimeout(timer), resolve()));
      });
    }
    return this.viewOf(execution);
  }

  viewOf(execution) {
    let blocked = null;
    const statements = execution.results.map((result, index) => {
      let state = blocked ?? 'done';
      if (!blocked && result.error) state = blocked = 'failed';
      else if (!blocked && result.slow) state = blocked = execution.cancelled ? 'cancelled' : 'running';
      else if (blocked) state = blocked === 'running' ? 'queued' : 'cancelled';
      const done = state === 'done';
      return { index, sql: result.sql, state, error: state === 'failed' ? result.error : null, columns: done ? result.columns : [], row_count: done ? result.count : 0, truncated: false, elapsed_ms: done ? 9 : state === 'running' ? Date.now() - execution.began : null };
    });
    const state = execution.cancelled ? 'cancelled' : (blocked ?? 'done');
    const entry = this.history.find((e) => e.id === execution.id);
    Object.assign(entry, { state, row_count: statements.reduce((sum, s) => sum + s.row_count, 0), error: statements.find((s) => s.error)?.error ?? null });
    return { id: execution.id, state, queue_place: 0, sql: execution.sql, started_at: new Date(execution.began).toISOString(), elapsed_ms: (execution.ended ?? (state === 'running' ? Date.now() : execution.began + 12)) - execution.began, statements };
  }

  rows(result, what, url, response) {
    if (!result?.columns) throw new Refusal(404, 'TM7321', 'this statement has no rows');
    const offset = Number(url.searchParams.get('offset') ?? 0);
    if (what === 'export') {
      const format = url.searchParams.get('format');
      const text = [result.columns.map((c) => c.name), ...Array.from({ length: Math.min(result.count, 20_000) }, (_, i) => result.row(i))].map((row) => row.map((cell) => cell ?? '').join(',')).join('\n');
      response.setHeader('Content-Disposition', `attachment; filename="result.${format}"`);
      response.setHeader('Content-Type', 'text/csv');
      response.end(text + '\n');
      return undefined;
    }
    const limit = Math.min(Number(url.searchParams.get('limit') ?? 500), 10_000, Math.max(0, result.count - offset));
    return { offset, rows: Array.from({ length: limit }, (_, i) => result.row(offset + i)), row_count: result.count };
  }

  query(method, url, body, id, user) {
    if (method === 'POST') {
      const query = { id: randomUUID().slice(0, 8), name: body.name, sql: body.sql, tags: body.tags ?? [], chart: body.chart ?? null, shared: body.shared ?? 'private', owner: { id: user.id, email: user.email }, may_write: true, updated_at: now() };
      this.queries.unshift(query);
      return { query };
    }
    if (!id) {
      const search = (url.searchParams.get('search') ?? '').toLowerCase();
      const tag = url.searchParams.get('tag');
      return { queries: this.queries.filter((q) => (q.name + q.sql).toLowerCase().includes(search) && (!tag || q.tags.includes(tag))) };
    }
    const query = this.queries.find((q) => q.id === id);
    if (!query) throw new Refusal(404, 'TM7330', 'there is no such query', 'it was deleted, or it is not shared with you');
    if (method === 'PUT') Object.assign(query, body, { updated_at: now() });
    if (method === 'DELETE') this.queries = this.queries.filter((q) => q !== query);
    return { query };
  }

  find(id) {
    const model = this.models.find((m) => m.unique_id === id);
    if (!model) throw new Refusal(404, 'TM7340', `there is no model ${id}`);
    return model;
  }

  selected(select = []) {
    const wanted = select.map((s) => s.replaceAll('+', ''));
    return this.models.filter((m) => m.resource_type === 'model' && (wanted.length === 0 || wanted.some((w) => m.name === w || m.unique_id === w)));
  }

  model(id) {
    return id ? modelDetail(this.find(id)) : { models: this.models };
  }

  table(id, sub) {
    const model = this.find(id);
    if (sub === 'rows') return { columns: model.columns.map(({ name, type }) => ({ name, type })), rows: Array.from({ length: 20 }, (_, i) => answer(`select * from ${model.name}`).row?.(i) ?? []) };
    return { versions: [7, 6, 5, 3].map((version, i) => ({ version, at: minutesAgo(52 + i * 700), operation: version === 3 ? 'CREATE TABLE AS SELECT' : 'WRITE', how: version === 3 ? 'rebuild' : 'merge', why: version === 3 ? 'nothing was built before' : null, rows: 184 - i })) };
  }

  run(method, url, body, id, sub, request, response, user) {
    if (method === 'POST' && !id) return this.startRun(body, response, user);
    if (!id) return { runs: this.runs.map(({ log, ...run }) => run).slice(0, Number(url.searchParams.get('limit') ?? 50)) }; // eslint-disable-line no-unused-vars
    const run = this.runs.find((r) => r.id === id);
    if (!run) throw new Refusal(404, 'TM7350', 'there is no such run');
    if (sub === 'events') return this.events(run, request, response);
    if (sub === 'retry') return this.startRun({ command: run.command, select: run.nodes.map((node) => node.name) }, response, user);
    if (method === 'DELETE') this.finish(run, 'cancelled');
    return run;
  }

  startRun(body, response, user) {
    const nodes = this.selected(body.select).map((m) => ({ unique_id: m.unique_id, name: m.name, status: 'queued', execution_time: null, rows: null, strategy: null, reason: null, message: null, bytes_read: null, rows_read: null, files_read: null, partitions_written: null, compiled_code: null }));
    const run = { id: `r${this.runs.length + 1}`, command: body.command, args: body.select?.length ? ['--select', ...body.select] : [], state: 'running', started_at: now(), finished_at: null, user: user.email, nodes, log: [`${nodes.length} nodes selected`], streams: new Set() };
    Object.defineProperty(run, 'streams', { enumerable: false });
    this.runs.unshift(run);
    run.timer = undefined;
    Object.defineProperty(run, 'timer', { enumerable: false, writable: true });
    this.step(run, 0);
    response.statusCode = 202;
    return { id: run.id };
  }

  step(run, i) {
    const node = run.nodes[i];
    if (!node) return this.finish(run, 'success');
    const tell = (event, data) => this.tell(run, event, data);
    node.status = 'running';
    tell('node', node);
    run.timer = setTimeout(() => {
      Object.assign(node, { status: 'success', execution_time: 0.3, rows: 184, strategy: 'merge', message: 'OK: 1 file read, 184 rows', bytes_read: 21_686_067, rows_read: 1_271_413, files_read: 1 });
      tell('node', node);
      run.log.push(`${i + 1} of ${run.nodes.length} OK ${node.name} [0.30s]`);
      tell('log', { line: run.log[run.log.length - 1] });
      this.step(run, i + 1);
    }, 300);
    run.timer.unref?.();
    return undefined;
  }

  finish(run, state) {
    clearTimeout(run.timer);
    if (run.state !== 'running') return;
    Object.assign(run, { state, finished_at: now() });
    for (const node of run.nodes) if (['queued', 'running'].includes(node.status)) node.status = state === 'success' ? 'success' : 'cancelled';
    this.tell(run, 'state', { state, finished_at: run.finished_at });
    this.tell(run, 'done', { state });
    for (const stream of run.streams) stream.end();
  }

  tell(run, event, data) {
    for (const stream of run.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  events(run, request, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    for (const node of run.nodes) response.write(`event: node\ndata: ${JSON.stringify(node)}\n\n`);
    for (const line of run.log) response.write(`event: log\ndata: ${JSON.stringify({ line })}\n\n`);
    response.write(`event: state\ndata: ${JSON.stringify({ state: run.state, finished_at: run.finished_at })}\n\n`);
    if (run.state !== 'running') {
      response.end(`event: done\ndata: ${JSON.stringify({ state: run.state })}\n\n`);
    } else {
      run.streams.add(response);
      request.on('close', () => run.streams.delete(response));
    }
    return undefined;
  }

  verify(method, body, id) {
    if (method === 'POST') {
      const made = { id: `v${this.verifications.size + 1}`, began: Date.now(), select: body.select ?? [] };
      this.verifications.set(made.id, made);
      return { id: made.id };
    }
    const made = this.verifications.get(id);
    if (!made) throw new Refusal(404, 'TM7360', 'there is no such verification');
    if (Date.now() - made.began < 600) return { state: 'running', certificate: null, text: '' };
    const certified = this.selected(made.select).filter((m) => m.materialized !== 'view').map((m) => this.certified(m));
    return { state: 'done', certificate: { tidemark_certificate: 1, tidemark_version: '0.1.0', generated_at: now(), models: certified }, text: certified.map((c) => `${c.verdict}    ${c.model}`).join('\n') };
  }

  certified(model) {
    const verdict = { materialized_view: 'exact', table: 'equal', incremental: model.name.endsWith('window') ? 'stale' : 'equal' }[model.materialized];
    const stale = verdict === 'stale';
    return {
      model: model.unique_id, materialized: model.materialized, verdict, note: '', checked: 'all', relative_tolerance: verdict === 'exact' ? 0 : 1e-9, table_version: 7, committed_at: minutesAgo(52), engine: 'duckdb 1.5.5', published_rows: stale ? 153 : 184, truth_rows: 184,
      differences: stale ? [{ partition: [], missing: 31, extra: 0, different: 2 }] : [], changed_files: stale ? [{ change: 'added', path: 'data/raw/yellow_tripdata_2021-01.parquet', bytes: 21_686_067 }] : [],
      inputs: files(now()).filter((f) => f.size).map((f) => ({ path: f.path, bytes: f.size, xxh128: f.fingerprint })), truth_xxh128: '61513d3e9c9f9519c66e963681dc50ed', result_hash: 'ec33bbf038aa0c1601bd719bf1cdfb99', seconds: 1.93,
    }; // prettier-ignore
  }

  admin(method, body, id, sub) {
    const link = (user) => {
      const token = randomUUID();
      this.links.set(token, user.id);
      return token;
    };
    if (method === 'GET') return { users: this.users.map((u) => this.shown(u)) };
    if (method === 'POST' && !id) {
      if (this.users.some((u) => u.email === body.email)) throw new Refusal(409, 'TM7007', `${body.email} is there already`);
      const user = { id: randomUUID().slice(0, 8), email: body.email, role: body.role, disabled: false, created_at: now() };
      this.users.push(user);
      return { user: this.shown(user), invite_token: link(user) };
    }
    const user = this.users.find((u) => u.id === id);
    if (!user) throw new Refusal(404, 'TM7008', 'there is no such user');
    if (sub === 'reset') return { reset_token: link(user) };
    Object.assign(user, body);
    return { user: this.shown(user) };
  }

  token(method, body, id) {
    if (method === 'POST') {
      const token = { id: randomUUID().slice(0, 8), name: body.name, created_at: now(), last_used_at: null };
      this.tokens.push(token);
      return { ...token, token: `tm_${randomUUID().replaceAll('-', '')}` };
    }
    if (method === 'DELETE') this.tokens = this.tokens.filter((t) => t.id !== id);
    return { tokens: this.tokens };
  }
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function serveFile(url, response) {
  const path = normalize(decodeURIComponent(url.pathname)).replace(/^(\.\.[/\\])+/, '');
  const name = TYPES[extname(path)] ? path : 'index.html';
  try {
    const data = await readFile(join(DIST, name));
    response.setHeader('Content-Type', TYPES[extname(name)] ?? 'application/octet-stream');
    response.end(data);
  } catch {
    response.writeHead(404).end('not found');
  }
}

/** An http.Server that is not listening yet; its `mock` holds the state. */
export function mockServer(options) {
  const mock = new Mock(options);
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('Content-Security-Policy', CSP);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!url.pathname.startsWith('/api/')) return void serveFile(url, response);
    try {
      const body = ['POST', 'PUT'].includes(request.method) ? await bodyOf(request) : {};
      const result = await mock.call(request.method, url, body, request, response);
      if (result === undefined) return;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(result));
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      if (response.headersSent) return void response.end();
      response.writeHead(error.status ?? 500, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { code: error.code ?? 'TM7999', message: error.message, hint: error.hint ?? null, spans: error.spans ?? [] } }));
    }
  });
  server.mock = mock;
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const has = (flag) => process.argv.includes(flag);
  const at = process.argv.indexOf('--port');
  const port = at > 0 ? Number(process.argv[at + 1]) : 4310;
  mockServer({ setup: has('--setup'), empty: has('--empty'), large: has('--large') }).listen(port, '127.0.0.1', () => {
    console.log(`mock server on http://127.0.0.1:${port}  (${ADMIN.email}, ${ADMIN.password}${has('--setup') ? '; /setup#SETUP' : ''})`);
  });
}
