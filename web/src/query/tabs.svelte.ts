import { session } from '../lib/session.svelte';
import { read, write } from '../lib/store';
import { parameterNames } from '../lib/sql';
import type { ChartSpec, Parameter, SavedQuery } from '../lib/types';
import { Runner } from './runner.svelte';

type Kept = { id: string; title: string; sql: string; parameters: Parameter[]; saved: SavedMark | null; chart: ChartSpec | null; view: 'table' | 'chart'; execution: string | null };
type SavedMark = { id: string; name: string; sql: string; may_write: boolean };

/** One query that is being worked on. */
export class Tab {
  readonly id: string;
  title = $state('');
  sql = $state('');
  parameters = $state<Parameter[]>([]);
  saved = $state.raw<SavedMark | null>(null);
  chart = $state.raw<ChartSpec | null>(null);
  view = $state<'table' | 'chart'>('table');
  statement = $state(0);
  readonly runner = new Runner();

  constructor(kept: Partial<Kept>) {
    this.id = kept.id ?? newId();
    this.title = kept.title ?? 'Query';
    this.sql = kept.sql ?? '';
    this.parameters = kept.parameters ?? [];
    this.saved = kept.saved ?? null;
    this.chart = kept.chart ?? null;
    this.view = kept.view ?? 'table';
    if (kept.execution) void this.runner.resume(kept.execution);
  }

  get name(): string {
    return this.saved?.name ?? this.title;
  }

  get dirty(): boolean {
    return this.saved !== null && this.saved.sql !== this.sql;
  }

  /** What the text asks for; values given before are kept by name. */
  get asked(): Parameter[] {
    return parameterNames(this.sql).map((name) => this.parameters.find((parameter) => parameter.name === name) ?? { name, kind: kindOf(name), value: '' });
  }

  set(parameter: Parameter): void {
    this.parameters = [...this.parameters.filter((other) => other.name !== parameter.name), parameter];
  }

  /** The values as the server binds them; what has none is left out. */
  get values(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { name, kind, value } of this.asked) {
      if (value === '') continue;
      if (kind === 'number') values[name] = Number.isSafeInteger(Number(value)) || value.includes('.') ? Number(value) : value;
      else values[name] = kind === 'boolean' ? value === 'true' : value;
    }
    return values;
  }

  mark(query: SavedQuery): void {
    this.saved = { id: String(query.id), name: query.name, sql: query.sql, may_write: query.may_write };
  }

  get kept(): Kept {
    return { id: this.id, title: this.title, sql: this.sql, parameters: this.parameters, saved: this.saved, chart: this.chart, view: this.view, execution: this.runner.execution?.id ?? null };
  }
}

const newId = (): string => crypto.getRandomValues(new Uint32Array(2)).join('');

function kindOf(name: string): Parameter['kind'] {
  if (/(^|_)(date|day|from|to|since|until)(_|$)/.test(name)) return 'date';
  if (/(^|_)(limit|count|number|n|min|max|amount|id)(_|$)/.test(name)) return 'number';
  return /^(is|has|with)_/.test(name) ? 'boolean' : 'text';
}

// What one user of this browser writes is not for the next one.
const mine = (key: string): string => `${key}.${session.user?.id ?? ''}`;

function restored(): Tab[] {
  const kept = read<Kept[]>(mine('tabs'), []);
  const found = Array.isArray(kept) ? kept.filter((one) => typeof one?.sql === 'string').map((one) => new Tab(one)) : [];
  return found.length ? found : [new Tab({ title: 'Query 1' })];
}

class Tabs {
  list = $state.raw<Tab[]>(restored());
  at = $state(Math.max(0, Math.min(read(mine('tab'), 0), this.list.length - 1)));

  get current(): Tab {
    return (this.list[this.at] ?? this.list[0]) as Tab;
  }

  open(kept: Partial<Kept> = {}): Tab {
    const numbers = this.list.map((tab) => Number(/^Query (\d+)$/.exec(tab.title)?.[1] ?? 0));
    const tab = new Tab({ title: `Query ${Math.max(0, ...numbers) + 1}`, ...kept });
    this.list = [...this.list, tab];
    this.at = this.list.length - 1;
    return tab;
  }

  /** The tab of a saved query: the one that is open already, else a new one. */
  openSaved(query: SavedQuery): Tab {
    const open = this.list.findIndex((tab) => tab.saved?.id === String(query.id));
    if (open >= 0) {
      this.at = open;
      return this.current;
    }
    const only = this.current;
    const tab = this.list.length === 1 && !only.sql.trim() && !only.saved ? only : this.open();
    tab.sql = query.sql;
    tab.chart = query.chart;
    tab.view = query.chart ? 'chart' : 'table';
    tab.mark(query);
    return tab;
  }

  close(tab: Tab): void {
    const at = this.list.indexOf(tab);
    const rest = this.list.filter((other) => other !== tab);
    if (tab.runner.busy) void tab.runner.cancel();
    this.list = rest.length ? rest : [new Tab({ title: 'Query 1' })];
    if (this.at >= this.list.length || this.at > at) this.at = Math.max(0, this.at - 1);
  }

  keep(): void {
    if (!session.user) return;
    write(mine('tabs'), this.list.map((tab) => tab.kept)); // prettier-ignore
    write(mine('tab'), this.at);
  }
}

export const tabs = new Tabs();
