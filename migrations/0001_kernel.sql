-- The book (journal: its entries carry the transfers) and what is derived from it. Every table: city leads the key.
CREATE TABLE journal (
  city {int} NOT NULL, seq {int} NOT NULL, body {text} NOT NULL, leaf {blob} NOT NULL,
  PRIMARY KEY (city, seq)
) {strict};
-- 256 entries a row, compressed; wide rows, so they have a row number on SQLite.
CREATE TABLE journal_pack (
  city {int} NOT NULL, pack {int} NOT NULL, checked {blob} NOT NULL, body {blob} NOT NULL,
  PRIMARY KEY (city, pack)
) {wide};
CREATE TABLE turnover (
  city {int} NOT NULL, seq {int} NOT NULL, from_kind {int} NOT NULL, to_kind {int} NOT NULL,
  unit {text} NOT NULL, tax {text} NOT NULL, transfers {int} NOT NULL, amount {int} NOT NULL,
  PRIMARY KEY (city, seq, from_kind, to_kind, unit, tax)
) {strict};
CREATE TABLE balance (
  city {int} NOT NULL, account {int} NOT NULL, unit {text} NOT NULL,
  posted {int} NOT NULL, pending_in {int} NOT NULL, pending_out {int} NOT NULL,
  PRIMARY KEY (city, account, unit)
) {strict};
CREATE TABLE pending (
  city {int} NOT NULL, seq {int} NOT NULL, n {int} NOT NULL,
  from_account {int} NOT NULL, to_account {int} NOT NULL, unit {text} NOT NULL, amount {int} NOT NULL,
  PRIMARY KEY (city, seq, n)
) {strict};
CREATE TABLE history (
  city {int} NOT NULL, subject {int} NOT NULL, chunk {int} NOT NULL, seqs {blob} NOT NULL,
  PRIMARY KEY (city, subject, chunk)
) {strict};
CREATE TABLE idem (
  city {int} NOT NULL, key {blob} NOT NULL, seq {int} NOT NULL,
  PRIMARY KEY (city, key)
) {strict};
CREATE TABLE log_head (
  city {int} NOT NULL, size {int} NOT NULL, root {blob} NOT NULL, front {blob} NOT NULL,
  next_id {int} NOT NULL, recorded_us {int} NOT NULL, simulated {int} NOT NULL, note {text} NOT NULL,
  PRIMARY KEY (city)
) {strict};
CREATE TABLE log_node (
  city {int} NOT NULL, level {int} NOT NULL, number {int} NOT NULL, hash {blob} NOT NULL,
  PRIMARY KEY (city, level, number)
) {strict};
