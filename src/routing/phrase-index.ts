// Finds the keywords of all rules in one walk over a task's words, so that the cost does not grow with the number of rules.
import { toForms, toWords } from "./words.ts";

/** Keywords of many lists, ready to be searched at once. */
export interface PhraseIndex {
  /** Adds a list of keywords. Its number identifies it in the result of `find`. */
  add(keywords: readonly string[]): number;
  /** The keywords found in `words`, by the number of their list, in the order in which they were met. */
  find(words: readonly string[]): ReadonlyMap<number, ReadonlySet<string>>;
}

// A node of the trie of phrases: the nodes for each next word, and the phrases that end here.
interface TrieNode {
  readonly next: Map<string, TrieNode[]>;
  /** Nodes by the keyword's own word, so that phrases with the same beginning share them. */
  readonly byWord: Map<string, TrieNode>;
  readonly ends: { readonly list: number; readonly keyword: string }[];
}

/** Makes an empty index. */
export function createPhraseIndex(): PhraseIndex {
  const root = createNode();
  let lists = 0;
  return {
    add: (keywords) => {
      const list = lists;
      lists += 1;
      for (const keyword of new Set(keywords)) {
        const words = toWords(keyword);
        if (words.length > 0) words.reduce(stepInto, root).ends.push({ list, keyword });
      }
      return list;
    },
    find: (words) => {
      const found = new Map<number, Set<string>>();
      for (const at of words.keys()) {
        let nodes = root.next.get(words[at] ?? "") ?? [];
        for (let after = at + 1; nodes.length > 0; after += 1) {
          for (const { list, keyword } of nodes.flatMap((node) => node.ends)) {
            found.set(list, (found.get(list) ?? new Set()).add(keyword));
          }
          nodes = nodes.flatMap((node) => node.next.get(words[after] ?? "") ?? []);
        }
      }
      return found;
    },
  };
}

function stepInto(node: TrieNode, word: string): TrieNode {
  const known = node.byWord.get(word);
  if (known !== undefined) return known;
  const next = createNode();
  node.byWord.set(word, next);
  for (const form of toForms(word)) node.next.set(form, [...(node.next.get(form) ?? []), next]);
  return next;
}

function createNode(): TrieNode {
  return { next: new Map(), byWord: new Map(), ends: [] };
}
