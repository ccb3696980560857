import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, toggleComment } from '@codemirror/commands';
import { PostgreSQL, sql } from '@codemirror/lang-sql';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { statementAt } from '../lib/sql';
import type { Catalog } from '../lib/types';

export type Actions = { runAtCursor: () => void; runAll: () => void; save: () => void; format: () => void; changed: (text: string) => void };

const language = new Compartment();

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.name), tags.typeName], color: 'var(--code-function)' },
]);

const look = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--panel)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--panel)', color: 'var(--muted)', border: 'none', paddingLeft: '4px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 5%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--select)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--accent) 14%, transparent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent-line)' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-tooltip': { border: '1px solid var(--line-strong)', borderRadius: '6px', backgroundColor: 'var(--raised)', boxShadow: 'var(--shadow)', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px', maxHeight: '16em' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px', color: 'var(--text)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--text)' },
  '.cm-completionDetail': { marginLeft: '1.5em', fontStyle: 'normal', color: 'var(--muted)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionIcon': { display: 'none' },
  '.cm-panels': { backgroundColor: 'var(--bg)', color: 'var(--text)' },
  '.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 8px' },
  '.cm-panel.cm-search label': { fontSize: '12px' },
  '.cm-textfield': { backgroundColor: 'var(--panel)', border: '1px solid var(--control-line)', borderRadius: '4px', fontSize: '12px' },
  '.cm-button': { backgroundImage: 'none', backgroundColor: 'var(--panel)', border: '1px solid var(--line-strong)', borderRadius: '4px', fontSize: '12px' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)', outline: '1px solid var(--warn)' },
});

/** SQL with the names of the catalog to complete. */
function sqlWith(catalog: Catalog | null): Extension {
  const schema: Record<string, Record<string, Completion[]>> = {};
  for (const { name, tables } of catalog?.schemas ?? []) {
    const inside: Record<string, Completion[]> = {};
    for (const table of tables) inside[table.name] = table.columns.map((column) => ({ label: column.name, detail: column.type.toLowerCase(), type: 'property' }));
    schema[name] = inside;
  }
  const functions = (catalog?.functions ?? []).map((name): Completion => ({ label: name, detail: 'function', type: 'function', apply: `${name}(` }));
  const tables = new Map(Object.values(schema).flatMap((inside) => Object.entries(inside)));
  const defaultSchema = catalog?.schemas[0]?.name;
  // Beside what the grammar knows to complete: functions, and the columns of the tables that the statement names.
  const more = (context: CompletionContext): CompletionResult | null => {
    const word = context.matchBefore(/\w+/);
    if (!word || context.state.sliceDoc(word.from - 1, word.from) === '.') return null;
    const statement = statementAt(context.state.doc.toString(), context.pos)?.text ?? '';
    const named = new Set(statement.match(/\w+/g) ?? []);
    const columns = new Map([...named].flatMap((name) => tables.get(name) ?? []).map((column) => [column.label, { ...column, boost: 2 }]));
    return { from: word.from, options: [...columns.values(), ...functions], validFor: /^\w*$/ };
  };
  return [sql({ dialect: PostgreSQL, schema, ...(defaultSchema ? { defaultSchema } : {}) }), PostgreSQL.language.data.of({ autocomplete: more })];
}

export function newState(text: string, catalog: Catalog | null, actions: Actions): EditorState {
  const doing = (action: () => void) => (): boolean => {
    action();
    return true;
  };
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      highlightActiveLineGutter(),
      highlightActiveLine(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      indentOnInput(),
      bracketMatching(),
      closeBrackets(),
      autocompletion(),
      highlightSelectionMatches(),
      search(),
      syntaxHighlighting(colours),
      look,
      EditorView.lineWrapping,
      placeholder('select … from …'),
      EditorView.contentAttributes.of({ 'aria-label': 'SQL' }),
      keymap.of([
        { key: 'Mod-Enter', run: doing(actions.runAtCursor) },
        { key: 'Mod-Shift-Enter', run: doing(actions.runAll) },
        { key: 'Mod-s', run: doing(actions.save), preventDefault: true },
        { key: 'Shift-Alt-f', run: doing(actions.format), preventDefault: true },
        { key: 'Mod-/', run: toggleComment },
        ...closeBracketsKeymap,
        ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
      ]),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) actions.changed(update.state.doc.toString());
      }),
      language.of(sqlWith(catalog)),
    ],
  });
}

export function useCatalog(view: EditorView, catalog: Catalog | null): void {
  view.dispatch({ effects: language.reconfigure(sqlWith(catalog)) });
}

/** An editor inside a shadow root: there its styles are adopted style sheets, which a strict content security policy allows. */
export function newView(host: HTMLElement, state: EditorState): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  const parent = document.createElement('div');
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(':host { display: block; } div:first-of-type { height: 100%; } * { box-sizing: border-box; }');
  root.adoptedStyleSheets = [sheet];
  root.append(parent);
  return new EditorView({ state, parent, root });
}
