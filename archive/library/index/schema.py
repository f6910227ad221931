"""The tables of the index.

tasks      a row a task's state; `until` is when the next state of that task came, NULL for the one that holds
looks      what many tasks have in common, once: provider, model, status, sizes, ...
labels     their labels; 0 is none
days       how many tasks of one day, look and label there are, and what they come to: totals, and where to look
images     the beginning of each image's SHA-256
letters    lines of dead letters
prompts    texts, and `words`, by which they are found: SQLite's FTS5, https://sqlite.org/fts5.html
spoiled    how many lines of an object of the catalogue could not be read, where there are any
seen       objects of the catalogue beyond the bookmark that have been read
facts      what is known of the index itself: its bookmark, whether it is whole

A task's rowid is its moment: milliseconds since 2020, and 21 bits that tell those of one millisecond apart. So the
newest first is what SQLite gives without sorting, also of the words of prompts, and each SQL index ends in the moment
without storing it twice.

A filter is answered in three steps that have no worst case with millions of rows: which looks and labels pass (few),
which days have tasks of those (`days`), and the rows of these days from one covering index.
"""

from __future__ import annotations

# Raised whenever tables change: the file of another schema is another file, built anew.
SCHEMA = 1
# Of the rowid: so many tasks may have one millisecond.
SHIFT = 21

TABLES = """
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, look INTEGER NOT NULL, label INTEGER NOT NULL,
    fine INTEGER NOT NULL, until INTEGER, packed BLOB NOT NULL
);
CREATE INDEX tasks_by_name ON tasks (name);
CREATE INDEX tasks_replaced ON tasks (until) WHERE until IS NOT NULL;
CREATE TABLE looks (id INTEGER PRIMARY KEY, told TEXT NOT NULL UNIQUE);
CREATE TABLE labels (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE);
CREATE TABLE days (
    day INTEGER NOT NULL, look INTEGER NOT NULL, label INTEGER NOT NULL, tasks INTEGER NOT NULL,
    kept INTEGER NOT NULL, lost INTEGER NOT NULL, bytes INTEGER NOT NULL, cost INTEGER NOT NULL,
    PRIMARY KEY (day, look, label)
) WITHOUT ROWID;
CREATE TABLE images (task INTEGER NOT NULL, sha256 INTEGER NOT NULL);
CREATE TABLE letters (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, task TEXT, changed INTEGER NOT NULL, rank INTEGER NOT NULL,
    state TEXT NOT NULL, given_up INTEGER NOT NULL, told BLOB NOT NULL
);
CREATE INDEX letters_by_key ON letters (key);
CREATE INDEX letters_by_task ON letters (task);
CREATE INDEX letters_by_change ON letters (changed);
CREATE TABLE prompts (id INTEGER PRIMARY KEY, prompt TEXT NOT NULL, of_manifest INTEGER NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (
    prompt, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 0"
);
CREATE TABLE spoiled (key TEXT PRIMARY KEY, malformed INTEGER NOT NULL, newer INTEGER NOT NULL);
CREATE TABLE seen (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, fact TEXT NOT NULL);
"""

# Made when the first reading is done: to sort once is quicker than to insert in no order, and nobody asks before.
LATE_INDEXES = """
CREATE INDEX IF NOT EXISTS tasks_by_look ON tasks (look, label) WHERE until IS NULL;
CREATE INDEX IF NOT EXISTS images_by_sum ON images (sha256, task);
"""
