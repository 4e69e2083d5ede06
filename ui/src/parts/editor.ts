// The editor for YAML: CodeMirror in a shadow root, whose styles are adopted sheets, so that none is inline. What may be
// typed, what a key means and what is wrong are told by the caller.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type Completion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { linter, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";

export interface Finding {
  /** From 1; 0 where no place is known. */
  line: number;
  column: number;
  message: string;
  is_error: boolean;
}

export interface EditorHelp {
  suggest: (text: string, position: number) => Promise<{ from: number; options: Completion[] } | null>;
  explain: (text: string, position: number) => Promise<string>;
  check: (text: string) => Promise<Finding[]>;
  changed: (text: string) => void;
}

const colours = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--ground)", fontSize: "13px" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--dim)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--chosen)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", maxWidth: "32rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "var(--dim)", fontStyle: "normal" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "var(--on-accent)" },
  ".explanation": { padding: "0.4rem 0.6rem" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn)" },
  ".cm-lint-marker-error": { content: "none" },
  ".cm-lint-marker-warning": { content: "none" },
  ".cm-lint-marker-error::before": { content: "'✖'", color: "var(--bad)", fontSize: "12px" },
  ".cm-lint-marker-warning::before": { content: "'!'", color: "var(--warn)", fontWeight: "700" },
  ".cm-diagnostic": { borderLeftColor: "var(--dim)" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--text)" },
});

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--series1)" },
  { tag: [tags.string, tags.content], color: "var(--text)" },
  { tag: tags.comment, color: "var(--dim)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.atom, tags.number], color: "var(--series2)" },
]);

function place_of(state: EditorState, finding: Finding): { from: number; to: number } {
  const line = state.doc.line(Math.max(1, Math.min(finding.line, state.doc.lines)));
  const from = Math.min(line.to, line.from + Math.max(0, finding.column - 1));
  const rest = state.sliceDoc(from, line.to);
  const length = /^[^\s:,}\]]+/.exec(rest)?.[0].length ?? rest.length;
  return { from, to: Math.max(from, Math.min(line.to, from + length)) };
}

export function open_editor(host: HTMLElement, text: string, label: string, help: EditorHelp): EditorView {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const check_wait_ms = 400;
  return new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), lintGutter(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), highlightSelectionMatches(), yaml(), syntaxHighlighting(words), colours, EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
        autocompletion({ override: [(context) => help.suggest(context.state.doc.toString(), context.pos)] }),
        hoverTooltip(async (view, position) => {
          const word = view.state.wordAt(position);
          const explanation = word === null ? "" : await help.explain(view.state.doc.toString(), word.to);
          if (word === null || explanation === "") return null;
          return {
            pos: word.from, end: word.to, above: true,
            create: () => {
              const dom = document.createElement("div");
              dom.className = "explanation";
              dom.textContent = explanation;
              return { dom };
            },
          };
        }),
        linter(
          async (view) =>
            (await help.check(view.state.doc.toString())).map((finding) => ({
              ...place_of(view.state, finding), message: finding.message, severity: finding.is_error ? "error" : "warning",
            })),
          { delay: check_wait_ms },
        ),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) help.changed(update.state.doc.toString());
        }),
      ],
    }),
  });
}

export function replace_text(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
