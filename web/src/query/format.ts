import { duckdb, formatDialect } from 'sql-formatter';

/** The text laid out anew. {{parameters}} stay as they are; what is no SQL throws. */
export function formatted(sql: string): string {
  return formatDialect(sql, { dialect: duckdb, keywordCase: 'lower', functionCase: 'preserve', tabWidth: 2, paramTypes: { custom: [{ regex: '\\{\\{\\s*[A-Za-z_]\\w*\\s*\\}\\}' }] } });
}
