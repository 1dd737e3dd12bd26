CREATE TABLE payout (
	city {int} NOT NULL,
	payout {int} NOT NULL,
	state {int} NOT NULL,
	currency {text} NOT NULL,
	lines {int} NOT NULL,
	total_minor {int} NOT NULL,
	paid_lines {int} NOT NULL,
	paid_minor {int} NOT NULL,
	rejected_lines {int} NOT NULL,
	rejected_minor {int} NOT NULL,
	created_us {int} NOT NULL,
	exported_us {int},
	settled_us {int},
	format {int},
	digest {blob},
	PRIMARY KEY (city, payout)
) {strict};

CREATE TABLE payout_line (
	city {int} NOT NULL,
	payout {int} NOT NULL,
	line {int} NOT NULL,
	kind {int} NOT NULL,
	item {int},
	party {int} NOT NULL,
	amount_minor {int} NOT NULL,
	state {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	owed_us {int} NOT NULL,
	result_us {int},
	reason {text},
	PRIMARY KEY (city, payout, line)
) {strict};

CREATE TABLE due (
	city {int} NOT NULL,
	kind {int} NOT NULL,
	ref {int} NOT NULL,
	from_us {int} NOT NULL,
	PRIMARY KEY (city, kind, ref)
) {strict};

CREATE TABLE adjusted (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	by_seq {int} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};
