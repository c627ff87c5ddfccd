// Databases, storage, files, formats.
export const DATA = `
database, db, postgres, postgresql, mysql, sqlite, mariadb, sql, data store, rdbms
table, relation, rows
column, field, attribute, property
row, record, line, entry
index, indices, indexed, lookup structure
migration, migrate, schema change, alter table, upgrade, convert, conversion, move over, move data, switch
expand and contract, zero downtime, without downtime, online migration, rename column, backfill, dual write
backfill, fill in, populate, fill up
rollback, roll back, revert, undo, go back, reverse, back out, return to the old, restore previous
lock, locked, blocking, lock timeout, advisory lock, mutex, exclusive, row lock
deadlock, lock order, wait for each other, stuck
transaction, atomic, atomicity, all or nothing, commit
constraint, unique index, exclusion constraint, foreign key, check constraint
consistency, consistent, consistency check, integrity, inconsistent, mismatch, contradictory
optimistic locking, version check, lost update, row version, compare and swap, conflict, somebody was faster
concurrent, concurrency, simultaneous, simultaneously, at once, at the same time, parallel, same moment, same time, race, pair of
race condition, race, toctou, simultaneous, concurrent
conflict, collision, clash, contradiction, overlap, collide
merge, combine, join, reconcile, unify, crdt, bring together
crdt, conflict free, concurrent editing, yjs, automerge, operational transform
last write wins, last writer wins, overwrite, clobber, overwritten
query, sql query, search request, statement, select
query plan, planner, explain, statistics, analyze
vacuum, bloat, autovacuum, dead rows, dead tuples
n plus one, too many queries, lazy loading
pagination, paging, page by page, cursor, offset, next page
view, materialized view, snapshot table
partition, partitioned, shard, split
archive, archived, archiving, cold storage, long term, history, old data
backup, back up, snapshot, dump, copy, saved copy, safety copy
restore, recover, recovery, bring back, get back, put back, restoration
disaster recovery, recover, second site, offsite, other building, off site
storage, disk, disk space, hard drive, ssd, space, nvme, volume
disk full, no space, out of space, fills up
object store, s3, bucket, blob, blob store, minio
blob, layer, binary, artifact, object
file, document, attachment, upload
upload, send file, put, transfer, submit file
download, fetch, pull, load, get
import, load in, ingest, read in, take over, bring in
export, dump, extract, send out, output
csv, spreadsheet, excel, xlsx, table file
json, jsonb, document
xml, markup, schema
pdf, document, print
parse, parser, read, decode, interpret
serialise, serialize, encode, marshal
encoding, utf 8, utf8, unicode, charset, character set, mojibake, umlaut, special characters, accents
invalid, malformed, broken, corrupt, garbage, faulty, wrong
corrupt, corruption, damaged, broken file, bit rot
checksum, hash, digest, fingerprint, sha256, crc
normalise, normalize, canonical, clean up, harmonise, unify
identifier, id, key, uuid, ulid, number
search, find, lookup, look up, retrieve, query, full text, seek
full text, fts, text search, search index, search engine, elasticsearch, lucene
typo, misspelt, misspelling, misspelled, spelling, fuzzy, spelling mistake, wrongly spelled, trigram, levenshtein
synonym, same meaning, word family
ranking, rank, relevance, order of results, sort, score, weight
recommendation, recommend, suggestion, suggest, similar items
match, matching, pair, pairing, assign, assignment, mapping, correspond, compare
compare, comparison, diff, difference, contrast
filter, exclude, narrow, hide, leave out
label, tag, category, classification, mark
metadata, attributes, details, properties
schema, structure, model, layout, shape
validation, validate, check input, verify, input check
version, revision, release, edition
history, log of changes, audit trail, old versions, past
soft delete, tombstone, trash, recycle bin, mark as deleted, deleted flag
garbage collection, gc, sweep, clean up, cleanup, mark and sweep, unreferenced, orphan, collector
cleanup, clean up, tidy, housekeeping, purge, remove old, sweep
orphan, unreferenced, dangling, left over, leftover
cardinality, too many labels, number of series, unbounded
time series, measurements, readings, points, samples, metrics
downsample, downsampling, aggregate, roll up, rollup, thin out, hourly, coarse
aggregate, sum, total, roll up, summarise
event sourcing, append only, immutable, journal, ledger, event log
immutable, never changed, append only, cannot be edited, unalterable, write once
deduplicate, dedupe, merge duplicates, same article
stale data, out of date, old values
data loss, lost data, lose, lost, gone
sensor, gauge, meter, probe, detector, device, measuring
measurement, reading, measured value, sample, value
outlier, spike, implausible, absurd, anomaly, unlikely, jump, glitch, wrong value
median, smoothing, average, mean, smooth, moving average
threshold, limit, trigger level, cutoff
embedding, vector, similarity, nearest neighbour
lake, data lake, warehouse, lakehouse
etl, pipeline, data flow, ingest
`;
