// As much of SQL's surface as an editor needs: where statements end, and which {{parameters}} there are.

export type Piece = { from: number; to: number; text: string };

/** The end of the quoted text, comment or dollar string that begins at i, or i where none does. */
function skip(sql: string, i: number): number {
  const two = sql.slice(i, i + 2);
  const until = (mark: string, from: number): number => {
    const end = sql.indexOf(mark, from);
    return end < 0 ? sql.length : end + mark.length;
  };
  if (two === '--') return until('\n', i);
  if (two === '/*') return until('*/', i + 2);
  const c = sql[i];
  if (c === "'" || c === '"') return until(c, i + 1); // a doubled quote is two quoted texts in a row
  if (c === '$') {
    const tag = /^\$[A-Za-z_]*\$/.exec(sql.slice(i, i + 64))?.[0];
    if (tag) return until(tag, i + tag.length);
  }
  return i;
}

/** The statements of a text, without the semicolons; pieces that hold nothing but comments are left out. */
export function statements(sql: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let solid = false;
  const cut = (to: number): void => {
    if (solid) {
      const raw = sql.slice(from, to);
      const lead = raw.length - raw.trimStart().length;
      pieces.push({ from: from + lead, to: from + raw.trimEnd().length, text: raw.trim() });
    }
    solid = false;
  };
  for (let i = 0; i < sql.length; ) {
    const next = skip(sql, i);
    if (next > i) {
      if (!/^(--|\/\*)/.test(sql.slice(i, i + 2))) solid = true;
      i = next;
    } else if (sql[i] === ';') {
      cut(i);
      from = ++i;
    } else {
      if (/\S/.test(sql[i] as string)) solid = true;
      i++;
    }
  }
  cut(sql.length);
  return pieces;
}

/** The statement that the position lies in or, between two, the one before it. */
export function statementAt(sql: string, position: number): Piece | null {
  const all = statements(sql);
  let found: Piece | null = all[0] ?? null;
  for (const piece of all) if (piece.from <= position) found = piece;
  return found;
}

/** The names of the {{parameters}} in order of first use, those in comments and quoted texts left out. */
export function parameterNames(sql: string): string[] {
  const names = new Set<string>();
  for (let i = 0; i < sql.length; ) {
    const next = skip(sql, i);
    if (next > i) {
      i = next;
      continue;
    }
    const match = sql[i] === '{' ? /^\{\{\s*([A-Za-z_]\w*)\s*\}\}/.exec(sql.slice(i, i + 128)) : null;
    if (match) names.add(match[1] as string);
    i += match ? match[0].length : 1;
  }
  return [...names];
}

export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
