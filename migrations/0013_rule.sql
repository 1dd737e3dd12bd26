CREATE TABLE rule (
	city {int} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	kind {int} NOT NULL,
	name {text} NOT NULL,
	body {text} NOT NULL,
	digest {blob} NOT NULL,
	PRIMARY KEY (city, seq, n)
) {strict};

CREATE INDEX rule_digest ON rule (city, digest);

CREATE TABLE rule_now (
	city {int} NOT NULL,
	kind {int} NOT NULL,
	name {text} NOT NULL,
	seq {int} NOT NULL,
	n {int} NOT NULL,
	digest {blob} NOT NULL,
	PRIMARY KEY (city, kind, name)
) {strict};
