// Finds the keywords of all rules in one walk over a task's words, so that the cost does not grow with the number of rules.

import { createWordTable, type WordTable } from "./word-table.ts";
import { toForms, toKeywordParts } from "./words.ts";

/** Keywords of many lists, ready to be searched at once. */
export interface PhraseIndex {
  /** Adds a list of keywords. Its number identifies it in the result of `find`. */
  add(keywords: readonly string[]): number;
  /**
   * The keywords found in `words`, by the number of their list, in the order in which they were met. `names` are the words of file names
   * and the like: only a keyword that is written as a name (`package.json`, `src/auth`) is looked for there, and only there what a file's
   * name ends with (`*.py`).
   */
  find(words: readonly string[], names?: readonly string[]): ReadonlyMap<number, ReadonlySet<string>>;
  /** The keywords in `words` with their places, the longest one at each place. */
  locate(words: readonly string[]): readonly PlacedKeyword[];
}

/** A keyword that was found. */
export interface PlacedKeyword {
  readonly keyword: string;
  /** Numbers of the lists that it belongs to. */
  readonly lists: ReadonlySet<number>;
  /** Index of its first word, and of the word behind its last. */
  readonly from: number;
  readonly to: number;
}

// A node of the trie of phrases: the nodes for each next word, and the phrases that end here. `byWord` has the nodes by the keyword's own
// word, so that phrases with the same beginning share them. Most nodes are ends, so a node gets its tables with the first next word.
interface TrieNode {
  next?: { readonly nodes: WordTable<TrieNode>; readonly byWord: Map<string, TrieNode> };
  readonly ends: { readonly list: number; readonly keyword: string }[];
}

const WRITTEN_AS_NAME = /[\p{L}\p{N}][._/\\:@-]+[\p{L}\p{N}]/u;
const isFileEnding = (keyword: string): boolean => keyword.startsWith("*.");

/** Makes an empty index. */
export function createPhraseIndex(): PhraseIndex {
  const root: TrieNode = { ends: [] };
  let lists = 0;
  return {
    add: (keywords) => {
      const list = lists;
      lists += 1;
      for (const keyword of new Set(keywords)) {
        const parts = toKeywordParts(keyword);
        if (parts.length > 0) parts.reduce(stepInto, root).ends.push({ list, keyword });
      }
      return list;
    },
    find: (words, names = []) => {
      const found = new Map<number, Set<string>>();
      const note = ({ list, keyword }: TrieNode["ends"][number]) =>
        found.set(list, (found.get(list) ?? new Set()).add(keyword));
      walk(root, words, (end) => {
        if (!isFileEnding(end.keyword)) note(end);
      });
      walk(root, names, (end, _from, to) => {
        const isEnd = (names[to] ?? "") === "";
        if (isFileEnding(end.keyword) ? isEnd : WRITTEN_AS_NAME.test(end.keyword)) note(end);
      });
      return found;
    },
    locate: (words) => {
      const places: PlacedKeyword[] = [];
      walk(root, words, ({ list, keyword }, from, to) => {
        const last = places.at(-1);
        if (last?.from !== from) places.push({ keyword, lists: new Set([list]), from, to });
        else if (last.to === to) places.splice(-1, 1, { ...last, lists: new Set([...last.lists, list]) });
        else if (last.to < to) places.splice(-1, 1, { keyword, lists: new Set([list]), from, to });
      });
      return places;
    },
  };
}

function walk(
  root: TrieNode,
  words: readonly string[],
  note: (end: TrieNode["ends"][number], from: number, to: number) => void,
): void {
  for (const at of words.keys()) {
    let nodes = root.next?.nodes.find(words[at] ?? "") ?? [];
    for (let after = at + 1; nodes.length > 0; after += 1) {
      for (const end of nodes.flatMap((node) => node.ends)) note(end, at, after);
      nodes = nodes.flatMap((node) => node.next?.nodes.find(words[after] ?? "") ?? []);
    }
  }
}

function stepInto(node: TrieNode, part: string): TrieNode {
  node.next ??= { nodes: createWordTable(), byWord: new Map() };
  const known = node.next.byWord.get(part);
  if (known !== undefined) return known;
  const next: TrieNode = { ends: [] };
  node.next.byWord.set(part, next);
  node.next.nodes.add(part, next, toForms);
  return next;
}
