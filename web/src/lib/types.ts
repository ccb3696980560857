// What the server says (docs/api.yaml), in the names it uses.

export type Role = 'admin' | 'editor' | 'viewer';
export type Id = string | number;
export type User = { id: Id; email: string; name?: string | null; role: Role };
export type Session = {
  user: User | null;
  setup_needed: boolean;
  project: { name: string; folder_name: string; target: string; engine: string; error?: Problem | string | null } | null;
  version: string;
};
export type UserEntry = { id: Id; email: string; role: Role; disabled: boolean; created_at: string };
export type TokenEntry = { id: Id; name: string; created_at?: string; last_used_at?: string | null };

export type Column = { name: string; type: string };
export type SchemaTable = { name: string; kind: string; materialized: string | null; unique_id: string | null; columns: Column[] };
export type Catalog = { schemas: { name: string; tables: SchemaTable[] }[]; functions: string[] };

export type Span = { line: number; column: number; excerpt?: string | null };
export type Problem = { code: string; message: string; hint?: string | null; spans?: Span[] };

export type ExecutionState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export type Statement = {
  index: number;
  sql: string;
  state: ExecutionState;
  error: Problem | null;
  columns: Column[];
  row_count: number;
  truncated: boolean;
  elapsed_ms: number | null;
};
export type Execution = {
  id: string;
  state: ExecutionState;
  queue_place?: number;
  sql: string;
  started_at: string | null;
  elapsed_ms: number | null;
  statements: Statement[];
};
export type Cell = string | number | boolean | null;
export type Rows = { offset: number; rows: Cell[][]; row_count: number };
export type HistoryEntry = { id: string; sql: string; state: ExecutionState; started_at: string; elapsed_ms: number | null; row_count: number | null; error: Problem | null };

export type ChartKind = 'line' | 'bar' | 'stacked' | 'horizontal' | 'scatter' | 'area';
export type ChartSpec = { kind: ChartKind; x: string; y: string[] };
export type Parameter = { name: string; kind: 'text' | 'number' | 'date' | 'boolean'; value: string };
export type Sharing = 'private' | 'read' | 'write';
export type SavedQuery = {
  id: Id;
  name: string;
  sql: string;
  tags: string[];
  chart: ChartSpec | null;
  shared: Sharing;
  owner: { id: Id; email: string };
  may_write: boolean;
  updated_at: string;
};

export type Model = {
  unique_id: string;
  name: string;
  resource_type: string;
  schema: string | null;
  materialized: string | null;
  description: string;
  columns: { name: string; type: string | null; description: string }[];
  tests: { name: string; status: string | null }[];
  depends_on: string[];
  path: string;
  tags: string[];
  last_run: { status: string; finished_at: string | null; execution_time: number | null } | null;
};
export type ModelDetail = Model & { raw_code: string | null; compiled_code: string | null; explain: Plan | null };

export type PartitionState = 'fresh' | 'changed' | 'missing';
export type Partition = { value: string; state: PartitionState; rows: number | null; version: number | null; at: string | null; files: string[]; reason: string | null };
export type Partitions = { partition_by: string | null; partitions: Partition[]; reason?: string | null };

export type FileState = 'held' | 'changed' | 'new' | 'gone';
export type SourceFile = {
  source: string;
  path: string;
  size: number | null;
  modified_at: string | null;
  state: FileState;
  fingerprint: string | null;
  rows: number | null;
  held_by: { unique_id: string; name: string; version: number }[];
};

export type RunNode = {
  unique_id: string;
  name: string;
  status: string;
  execution_time: number | null;
  rows: number | null;
  strategy: string | null;
  reason: string | null;
  message?: string | null;
  bytes_read?: number | null;
  rows_read?: number | null;
  files_read?: number | null;
  partitions_written?: number | null;
  compiled_code?: string | null;
};
export type RunState = 'queued' | 'running' | 'success' | 'error' | 'cancelled';
export type Run = {
  id: string;
  command: string;
  args: string[];
  state: RunState;
  started_at: string | null;
  finished_at: string | null;
  user: string | null;
  nodes: RunNode[];
  queue_place?: number;
  error?: Problem | string | null;
  log?: (string | { line: string })[];
};

export type PlanStep = {
  node: string;
  name: string;
  materialized: string;
  strategy: string;
  reason: { code: string; text: string; advice?: string } | null;
  changed_files: { change: string; path: string; old_path?: string | null; bytes?: number | null }[];
  files_total: number | null;
  partition_column: string | null;
  all_partitions: boolean;
  partitions: string[] | null;
  estimate: { files: number | null; bytes: number | null; rows: number | null };
  rebuild_estimate: { files: number | null; bytes: number | null; rows: number | null };
  decided_at_run_time?: boolean;
};
export type Plan = { steps: PlanStep[] };

export type CertificateModel = {
  model: string;
  relation?: string;
  materialized: string;
  verdict: string;
  note: string;
  checked: string;
  relative_tolerance: number | null;
  table_version: number | null;
  committed_at: string | null;
  engine: string;
  published_rows: number | null;
  truth_rows: number | null;
  differences: { partition: unknown[]; missing: number; extra: number; different: number }[];
  changed_files: { change: string; path: string }[];
  inputs: { path: string; bytes: number; xxh128: string }[];
  result_hash: string | null;
  seconds: number;
};
export type Certificate = { generated_at: string; tidemark_version: string; models: CertificateModel[] };
export type Verification = { id?: string; state: string; certificate: Certificate | null; text: string };

export type TableVersion = { version: number; at: string; operation: string; how: string | null; why: string | null; rows: number | null };
