// Colours for SQL and Jinja that is only read. The editor has a real grammar; this is for what lies beside it.

export type Token = { text: string; kind: 'keyword' | 'string' | 'number' | 'comment' | 'jinja' | null };

const KEYWORDS = new Set(
  'all and as asc between by case cast cross cube current date desc distinct else end except exists false filter following from full group having in inner intersect interval is join lateral left like limit not null on or order outer over partition preceding qualify range right rollup row rows select then true unbounded union unnest using values when where window with'.split(' '),
);
const PART = /(--[^\n]*|\/\*[\s\S]*?\*\/|\{#[\s\S]*?#\})|(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})|('(?:[^']|'')*'|"(?:[^"]|"")*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_]\w*)/g;

export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  const plain = (text: string): void => {
    const last = found[found.length - 1];
    if (last && last.kind === null) last.text += text;
    else if (text) found.push({ text, kind: null });
  };
  let at = 0;
  for (const match of sql.matchAll(PART)) {
    plain(sql.slice(at, match.index));
    at = match.index + match[0].length;
    const [text, comment, jinja, string, number, word] = match;
    if (word && !KEYWORDS.has(word.toLowerCase())) plain(text);
    else found.push({ text, kind: comment ? 'comment' : jinja ? 'jinja' : string ? 'string' : number ? 'number' : 'keyword' });
  }
  plain(sql.slice(at));
  return found;
}
