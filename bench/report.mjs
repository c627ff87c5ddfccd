// The rows of a bench as a table: for a terminal, for docs/benchmarks.md.
import { cpus, totalmem } from "node:os";

/** Lines for a terminal. */
export function toLines(rows) {
  const table = rows.map((row) => [row.work, toOurs(row), toRaw(row), toRatio(row), row.bar, toVerdict(row)]);
  const head = ["work", "ours", "raw", "ratio", "bar", ""];
  const widths = head.map((_, at) => Math.max(...[head, ...table].map((cells) => cells[at].length)));
  const line = (cells) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]))
      .join("  ")
      .trimEnd();
  return [
    line(head),
    ...table.flatMap((cells, at) => [line(cells), ...toNotes(rows[at]).map((note) => `    ${note}`)]),
  ];
}

/** The whole of docs/benchmarks.md. */
export function toMarkdown(rows, peers) {
  const head = ["Work", "Ours", "Raw", "Ratio", "Bar", "", ...Object.values(peers)];
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const body = rows.map((row) =>
    line([
      row.work,
      toOurs(row),
      toRaw(row),
      toRatio(row),
      row.bar,
      toVerdict(row),
      ...Object.keys(peers).map((name) => toPeer(row, name)),
    ]),
  );
  const notes = rows.flatMap((row) => (row.note === undefined ? [] : [`- ${row.work}: ${row.note}.`]));
  const memory = Math.round(totalmem() / 2 ** 30);
  return `# Benchmarks

Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} cores of a shared machine (${cpus()[0]?.model ?? "unknown"}), ${memory} GiB.
Look at the ratios, which are taken within one run; the times differ from machine to machine. The model is a stand-in that answers at once, so a call costs what the programs around it cost.

${[line(head), line(head.map(() => "---")), ...body].join("\n")}

${notes.join("\n")}
- Raw is the same work without a server: \`node -e 0\` for a start, \`codex exec\` of the same Codex CLI for a call.
- The peer runs the same Codex CLI as we do. The removed official server is part of its Codex CLI 0.150.0 and runs turns within itself, without a \`codex exec\` for each.
- In the clean environment nothing is set but what the server needs. Where \`NODE_EXTRA_CA_CERTS\` is set, node itself starts slower.
`;
}

function toOurs({ times, counts }) {
  return counts === undefined ? toMs(times.ours) : String(counts.ours);
}

function toPeer({ times = {}, counts = {} }, name) {
  if (counts[name] !== undefined) return String(counts[name]);
  return times[name] === undefined ? "–" : toMs(times[name]);
}

function toRaw({ raw }) {
  return raw === undefined ? "–" : `${toMs(raw.ms)} (${raw.what})`;
}

function toRatio({ ratio }) {
  return ratio === undefined ? "–" : `× ${ratio.toFixed(2)}`;
}

function toVerdict({ isMet }) {
  return isMet ? "met" : "MISSED";
}

function toNotes({ note, times = {}, counts = {} }) {
  const peers = Object.entries({ ...times, ...counts }).filter(([name]) => name !== "ours");
  const others = peers.map(([name, value]) => `${name} ${counts[name] === undefined ? toMs(value) : value}`);
  return [...(others.length === 0 ? [] : [others.join(", ")]), ...(note === undefined ? [] : [note])];
}

function toMs(value) {
  return `${value.toFixed(0)} ms`;
}
